"""The reference against the conformance cases, before it is held against anything else."""

import csv
import random
from pathlib import Path

import pytest

from . import Result, replay

CASES = sorted(
    path.parent for path in (Path(__file__).parents[1] / "conformance").glob("*/log.ndjson")
)
SHUFFLES = 3


def lines_of(case: Path) -> list[bytes]:
    return (case / "log.ndjson").read_bytes().splitlines()


def rows_of(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def assert_tables_and_standing(case: Path, result: Result) -> None:
    expected = case / "expected"
    assert result.pupils_csv.encode() == (expected / "pupils.csv").read_bytes()
    assert result.school_days_csv.encode() == (expected / "school_days.csv").read_bytes()
    assert result.unenrolled_csv.encode() == (expected / "unenrolled.csv").read_bytes()
    assert sorted(result.standing) == sorted(rows_of(expected / "standing.csv"))


def rejected_lines(case: Path) -> list[int]:
    return sorted(int(line) for (line,) in rows_of(case / "expected" / "rejects.csv"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_gives_the_expected_answers(case: Path) -> None:
    result = replay(lines_of(case))
    assert_tables_and_standing(case, result)
    assert sorted(line for line, _ in result.rejects) == rejected_lines(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_line_repeated_right_after_itself_changes_nothing(case: Path) -> None:
    twice = [line for line in lines_of(case) for _ in range(2)]
    result = replay(twice)
    assert_tables_and_standing(case, result)
    expected = [number for line in rejected_lines(case) for number in (2 * line - 1, 2 * line)]
    assert sorted(line for line, _ in result.rejects) == sorted(expected)


def is_short(case: Path) -> bool:
    """No school of it has more than 40 school days: nothing can be too old in any order."""
    schools = [school for school, *_ in rows_of(case / "expected" / "school_days.csv")]
    return all(schools.count(school) <= 40 for school in schools)


@pytest.mark.parametrize(
    "case", [case for case in CASES if is_short(case)], ids=lambda case: case.name
)
def test_the_order_of_lines_changes_nothing(case: Path) -> None:
    lines = lines_of(case)
    for seed in range(SHUFFLES):
        shuffled = lines.copy()
        random.Random(seed).shuffle(shuffled)
        result = replay(shuffled)
        assert_tables_and_standing(case, result)
        assert len(result.rejects) == len(rejected_lines(case))
