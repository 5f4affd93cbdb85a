"""Every case of ``tests/conformance``, to the byte, through every door there is in one process.

The answers were written by an independent implementation; ``tests/conformance/README.md`` says
how they are compared.
"""

import csv
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import builders
import engines
import msgspec
import pytest

from alerts.alert import Alert
from streams.replay import Options, replay

CASES = sorted(
    path.parent for path in (Path(__file__).parents[1] / "conformance").glob("*/log.ndjson")
)
TABLES = ("pupils.csv", "school_days.csv", "unenrolled.csv")
FILES = {*TABLES, "alerts.ndjson", "rejects.ndjson", "summary.json"}
DAYS_IN_ANY_ORDER = 40
SHUFFLES = 3
of_every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@dataclass(frozen=True)
class Replayed:
    """What `gemist replay` wrote."""

    folder: Path

    @property
    def tables(self) -> dict[str, bytes]:
        return {name: (self.folder / name).read_bytes() for name in TABLES}

    @property
    def alerts(self) -> list[Alert]:
        lines = (self.folder / "alerts.ndjson").read_bytes().splitlines()
        return [msgspec.json.decode(line, type=Alert) for line in lines]

    @property
    def rejected_lines(self) -> list[int]:
        lines = (self.folder / "rejects.ndjson").read_bytes().splitlines()
        return sorted(json.loads(line)["line"] for line in lines)


def replayed(folder: Path, *logs: Path, every_batch: bool = False, jobs: int = 1) -> Replayed:
    replay(
        [str(log) for log in logs],
        folder,
        Options("nl", every_batch, jobs),
        progress=lambda _: None,
        stopwatch=lambda: 1.0,
    )
    assert {path.name for path in folder.iterdir()} == FILES
    return Replayed(folder)


def lines_of(case: Path) -> list[bytes]:
    return (case / "log.ndjson").read_bytes().splitlines(keepends=True)


def rows_of(case: Path, name: str) -> list[tuple[str, ...]]:
    with (case / "expected" / name).open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def expected_tables(case: Path) -> dict[str, bytes]:
    return {name: (case / "expected" / name).read_bytes() for name in TABLES}


def expected_standing(case: Path) -> list[tuple[str, ...]]:
    return sorted(rows_of(case, "standing.csv"))


def expected_rejects(case: Path) -> list[int]:
    return sorted(int(line) for (line,) in rows_of(case, "rejects.csv"))


def assert_answers(case: Path, answer: engines.Answer) -> None:
    tables = dict(zip(TABLES, map(str.encode, answer.tables), strict=True))
    assert tables == expected_tables(case)
    assert answer.standing == expected_standing(case)


@pytest.mark.parametrize("every_batch", [False, True], ids=["whole", "every-batch"])
@of_every_case
def test_replay_writes_the_answers(case: Path, tmp_path: Path, *, every_batch: bool) -> None:
    found = replayed(tmp_path / "out", case / "log.ndjson", every_batch=every_batch)
    assert found.tables == expected_tables(case)
    assert engines.standing(found.alerts) == expected_standing(case)
    assert found.rejected_lines == expected_rejects(case)


@of_every_case
def test_each_line_repeated_right_after_itself_changes_nothing(case: Path) -> None:
    answer = engines.run([[line for line in lines_of(case) for _ in range(2)]])
    assert_answers(case, answer)
    twice = [number for line in expected_rejects(case) for number in (2 * line - 1, 2 * line)]
    assert [line for line, _ in answer.rejects] == sorted(twice)


@pytest.mark.parametrize("through", engines.EVERY_ENGINE)
@of_every_case
def test_batches_change_nothing(case: Path, through: str) -> None:
    answer = engines.run(engines.cut(random.Random(case.name), lines_of(case)), through=through)
    assert_answers(case, answer)
    assert [line for line, _ in answer.rejects] == expected_rejects(case)


def orders(case: Path) -> Iterator[list[bytes]]:
    for seed in range(SHUFFLES):
        lines = lines_of(case)
        random.Random(seed).shuffle(lines)
        yield lines


def is_in_any_order(case: Path) -> bool:
    days = [school for school, *_ in rows_of(case, "school_days.csv")]
    return all(days.count(school) <= DAYS_IN_ANY_ORDER for school in days)


@pytest.mark.parametrize(
    "case", [case for case in CASES if is_in_any_order(case)], ids=lambda case: case.name
)
def test_the_order_of_lines_changes_nothing(case: Path) -> None:
    for lines, through in itertools.product(orders(case), engines.IN_PROCESS):
        answer = engines.run(engines.cut(random.Random(1), lines), through=through)
        assert_answers(case, answer)
        assert len(answer.rejects) == len(expected_rejects(case))


def test_most_cases_may_be_shuffled() -> None:
    assert sum(map(is_in_any_order, CASES)) > len(CASES) // 2


def two_files(folder: Path) -> list[Path]:
    """A log of seven schools, cut in the middle of a day into two files."""
    lines = builders.random_log(random.Random(7), schools=7, dates=20)
    middle = len(lines) // 2
    files = [folder / "one.ndjson", folder / "two.ndjson"]
    for file, part in zip(files, (lines[:middle], lines[middle:]), strict=True):
        file.write_bytes(b"".join(line + b"\n" for line in part))
    return files


def test_two_processes_write_what_one_does(tmp_path: Path) -> None:
    files = two_files(tmp_path)
    one = replayed(tmp_path / "one", *files)
    two = replayed(tmp_path / "two", *files, jobs=2)
    assert two.tables == one.tables
    assert len(one.alerts) > 50
    assert engines.by_school(two.alerts) == engines.by_school(one.alerts)
    for name in ("rejects.ndjson", "summary.json"):
        assert (two.folder / name).read_bytes() == (one.folder / name).read_bytes()


def test_more_processes_than_schools_write_the_same(tmp_path: Path) -> None:
    case = CASES[0]
    found = replayed(tmp_path / "out", case / "log.ndjson", jobs=3)
    assert found.tables == expected_tables(case)
    assert engines.standing(found.alerts) == expected_standing(case)


def test_rejects_say_in_which_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b"\n{}\n")
    (tmp_path / "b.ndjson").write_bytes(b"nonsense\n\n\n[]")
    found = replayed(tmp_path / "out", tmp_path / "a.ndjson", tmp_path / "b.ndjson")
    lines = (found.folder / "rejects.ndjson").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"file": f"{tmp_path}/a.ndjson", "line": 2, "reason": "type", "field": "type",
         "value": "null"},
        {"file": f"{tmp_path}/b.ndjson", "line": 1, "reason": "json", "field": None,
         "value": "nonsense\n"},
        {"file": f"{tmp_path}/b.ndjson", "line": 4, "reason": "object", "field": None,
         "value": "[]"},
    ]  # fmt: skip


def test_the_summary_counts_what_was_read_refused_and_said(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.name == "21-rejects")
    found = replayed(tmp_path / "out", case / "log.ndjson")
    summary = json.loads((found.folder / "summary.json").read_bytes())
    assert summary["events"] == {"enrolment": 2, "register": 2, "school": 1}
    assert summary["marks"]["absent"] == 1
    assert sum(summary["rejects"].values()) == len(expected_rejects(case))
    said = sum(sum(states.values()) for states in summary["alerts"].values())
    assert said == len(found.alerts)
    assert set(summary) == {
        "events", "marks", "rejects", "alerts", "seconds", "marks_per_second",
    }  # fmt: skip
