"""New York's expansion says what the city published, and its checker counts what stands."""

import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.bench.newyork import (
    DENSE_DAYS,
    SNOW_DAY,
    absent_pupils,
    choose_schools,
    read_attendance,
    school_lines,
)
from tests.bench.newyork_check import count, report

DAYS = {date(2013, 9, 9) + timedelta(days=at): 0.9 + (at % 7) / 100 for at in range(40)}


def test_a_day_that_was_not_submitted_has_no_share(tmp_path: Path) -> None:
    file = tmp_path / "attendance.csv.gz"
    with gzip.open(file, "wt") as out:
        out.write("date,school,attendance_pct\n20140213,01M015,43.6\n20140214,01M015,NS\n")
        out.write("20120213,01M015,90.0\n")
    assert read_attendance(file) == {"01M015": {SNOW_DAY: 0.436}}


def test_only_dense_schools_are_chosen_and_the_seed_decides_which() -> None:
    year = {date(2013, 9, 1) + timedelta(days=at): 0.9 for at in range(DENSE_DAYS)}
    attendance = {f"s{number}": year for number in range(20)} | {"thin": DAYS}
    chosen = choose_schools(attendance, 5, seed=1)
    assert list(chosen) == sorted(chosen)
    assert len(chosen) == 5
    assert "thin" not in chosen
    assert list(choose_schools(attendance, 5, seed=1)) == list(chosen)
    with pytest.raises(SystemExit, match="only 20 schools"):
        choose_schools(attendance, 21, seed=1)


def test_each_day_as_many_are_absent_as_was_published() -> None:
    missed = np.zeros(100)
    for day, away in absent_pupils(DAYS, 100, np.random.default_rng(1)):
        assert abs(away.mean() - (1 - DAYS[day])) <= 0.005
        missed += away
    assert np.sort(missed)[-20:].sum() > 0.45 * missed.sum(), "a few make up much of it"


def test_a_schools_log_lists_the_absent_and_ends_with_a_close() -> None:
    lines = list(school_lines("01M015", DAYS, 60, np.random.default_rng(2)))
    assert [recorded for recorded, _ in lines] != []
    events = [json.loads(text) for _, text in lines]
    assert [event["type"] for event in events[:2]] == ["school", "enrolment"]
    assert events[-1]["type"] == "close"
    registers = [event for event in events if event["type"] == "register"]
    assert len(registers) == 3 * len(DAYS)
    for day, share in DAYS.items():
        said = sum(len(event["marks"]) for event in registers if event["date"] == str(day))
        assert said == round(60 * (1 - share))


def message(alert: str, state: str, day: date, version: int, **others: object) -> str:
    fields = {"kind": "attendance", "pupil": "p", "group": None} | others
    opened = {"id": alert, "state": state, "opened_on": str(day), "version": version}
    return json.dumps(opened | fields) + "\n"


def test_alerts_are_counted_once_and_not_when_withdrawn(tmp_path: Path) -> None:
    file = tmp_path / "alerts.ndjson"
    days = [SNOW_DAY - timedelta(days=at) for at in range(3)]
    file.write_text(
        message("a", "open", days[0], 1)
        + message("a", "raised", days[0], 2)
        + message("b", "open", days[1], 1)
        + message("b", "withdrawn", days[1], 3)
        + message("c", "open", days[2], 1)
        + message("g", "open", SNOW_DAY, 1, kind="group", pupil=None)
    )
    counts = count(file)
    assert counts.pupil_alerts == {days[0]: 1, days[2]: 1}
    assert counts.school_notices == {SNOW_DAY: 1}
    assert not counts.flooded()
    assert "1 about a whole school" in report(counts)


def test_a_flood_on_the_snow_day_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "alerts.ndjson"
    earlier = [message(f"a{at}", "open", SNOW_DAY - timedelta(days=at), 1) for at in range(1, 6)]
    file.write_text("".join(earlier + [message(f"s{at}", "open", SNOW_DAY, 1) for at in range(3)]))
    assert count(file).flooded()
