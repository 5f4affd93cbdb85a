"""The same seed gives the same bytes; memory follows the pupils, not the days."""

import hashlib
import subprocess
import sys
import tracemalloc
from datetime import date

import pytest

from models.simulator import Plan, Style, simulate
from models.simulator.terms import holiday, open_days


def digest(plan: Plan) -> str:
    found = hashlib.sha256()
    for block in simulate(plan):
        found.update(block.data)
    return found.hexdigest()


@pytest.mark.parametrize("style", list(Style))
def test_the_same_seed_gives_the_same_bytes(style: Style) -> None:
    plan = Plan(pupils=200, schools=2, days=45, seed=3, style=style)
    assert digest(plan) == digest(plan)


def test_another_process_gives_the_same_bytes() -> None:
    program = (
        "import hashlib; from models.simulator import Plan, simulate\n"
        "plan = Plan(pupils=200, schools=2, days=45, seed=3)\n"
        "print(hashlib.sha256(b''.join(b.data for b in simulate(plan))).hexdigest())"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "PYTHONPATH": ":".join(sys.path)},
    )
    assert result.stdout.strip() == digest(Plan(pupils=200, schools=2, days=45, seed=3))


def test_another_seed_gives_another_district() -> None:
    assert digest(Plan(pupils=60, days=5, seed=1)) != digest(Plan(pupils=60, days=5, seed=2))


def test_memory_does_not_grow_with_the_days() -> None:
    list(simulate(Plan(pupils=25, days=2, seed=1)))  # tables that are made once

    def peak(days: int) -> int:
        tracemalloc.start()
        for _ in simulate(Plan(pupils=400, schools=2, days=days, seed=1)):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(200) < 1.3 * peak(20) + 100_000


def test_blocks_count_what_is_in_them() -> None:
    for block in simulate(Plan(pupils=120, days=12, seed=5, style=Style.DEFAULT)):
        assert block.data.endswith(b"\n")
        assert block.data.count(b"\n") == block.events
        assert block.data.count(b'"status":"') - block.data.count(b'"type":"enrolment"') == (
            block.marks
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"pupils": 0},
        {"days": 0},
        {"seed": -1},
        {"schools": 0},
        {"schools": 11},
        {"sessions": 13},
        {"group_size": 0},
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"must be from|at least"):
        Plan(**({"pupils": 10, "days": 10, "seed": 1} | wrong))


def test_smallest_districts_can_be_simulated() -> None:
    for days in (1, 2, 9):
        for sessions in (1, 12):
            plan = Plan(pupils=3, schools=3, days=days, seed=0, sessions=sessions, group_size=1)
            assert sum(block.events for block in simulate(plan)) >= 9


def test_a_start_in_a_holiday_moves_to_the_first_open_day() -> None:
    plan = Plan(pupils=10, days=1, seed=1, start=date(2025, 12, 24))
    data = b"".join(block.data for block in simulate(plan))
    assert b'"type":"close","id":"close-2026-01-05"' in data


def test_a_school_year_has_about_189_days_in_any_year() -> None:
    for year in range(2000, 2040):
        days = list(zip(range(230), open_days(date(year, 8, 25)), strict=False))
        count = sum(day < date(year + 1, 7, 14) for _, day in days)
        assert 180 <= count <= 200
        assert holiday(date(year, 12, 25)) or date(year, 12, 25).weekday() > 4
