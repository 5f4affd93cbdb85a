"""A school's day is closed by the node's clock, at the school's own time."""

from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path

import nodes
import orjson
import pytest

from models.events.instants import date_of
from streams.closing import due_at

CLOSE_AT = time(17, 30)
NODE = "2026-11-24T12:00:00+01:00"


def event(kind: str, at: str, **fields: object) -> bytes:
    said = {"type": kind, "id": f"{kind}-{at}", "school": "A1", "recorded_at": at} | fields
    return orjson.dumps(said)


def register(date: str, at: str = "T09:00:00Z", school: str = "A1") -> bytes:
    marks = [{"pupil": "p1", "status": "present"}]
    said = f"{date}{at}"
    return event("register", said, school=school, date=date, session=1, marks=marks)


def closes(folder: Path) -> list[tuple[str, str]]:
    found = [orjson.loads(line) for line in nodes.events_in(folder)]
    return [(each["school"], each["date"]) for each in found if each["type"] == "close"]


def closed(folder: Path, count: int) -> Callable[[], bool]:
    return lambda: len(closes(folder)) >= count


@pytest.mark.parametrize(
    ("timezone", "arrived", "due"),
    [
        ("Europe/Amsterdam", "2026-11-24T09:00:00+01:00", "2026-11-24T17:30:00+01:00"),
        ("America/Kralendijk", "2026-11-24T09:00:00+01:00", "2026-11-24T17:30:00-04:00"),
        ("Europe/Amsterdam", "2026-11-24T17:10:00+01:00", "2026-11-24T18:10:00+01:00"),
        ("Europe/Amsterdam", "2026-11-24T23:20:00+01:00", "2026-11-24T23:59:00+01:00"),
        ("Europe/Amsterdam", "2026-11-26T08:00:00+01:00", "2026-11-24T23:59:00+01:00"),
    ],
    ids=["at half past five", "on Bonaire", "an hour after", "at the latest", "days later"],
)
def test_a_day_is_due_at_the_schools_time_or_an_hour_after_its_newest_register(
    timezone: str, arrived: str, due: str
) -> None:
    at = int(datetime.fromisoformat(arrived).timestamp())
    expected = datetime.fromisoformat(due).timestamp()
    assert due_at(date_of("2026-11-24"), at, timezone, CLOSE_AT) == expected


def test_the_night_on_which_clocks_change_is_no_other() -> None:
    due = due_at(date_of("2026-10-25"), 0, "Europe/Amsterdam", CLOSE_AT)
    assert due == datetime.fromisoformat("2026-10-25T17:30:00+01:00").timestamp()


def test_the_clock_writes_the_close_into_the_log_once(tmp_path: Path) -> None:
    clock = nodes.Clock(NODE)
    with nodes.node(tmp_path, clock, close_at=CLOSE_AT) as log:
        nodes.send(log, register("2026-11-24"))
        clock.move_to("2026-11-24T17:29:00+01:00")
        nodes.send(log, register("2026-11-24", "T09:30:00Z"))
        assert closes(tmp_path) == []
        clock.move_to("2026-11-24T18:30:00+01:00")
        nodes.wait_until(closed(tmp_path, 1), "a close")
        clock.move_to("2026-11-24T20:00:00+01:00")
        nodes.send(log, event("school", "2026-11-24T19:00:00Z"))
    line = orjson.loads(nodes.events_in(tmp_path)[2])
    assert line == {
        "type": "close", "id": "close-2026-11-24", "school": "A1",
        "recorded_at": "2026-11-24T17:30:00Z", "date": "2026-11-24",
    }  # fmt: skip
    assert closes(tmp_path) == [("A1", "2026-11-24")]


def test_a_node_that_stood_still_for_a_week_closes_the_newest_day_at_its_start(
    tmp_path: Path,
) -> None:
    clock = nodes.Clock("2026-11-23T12:00:00+01:00")
    with nodes.node(tmp_path, clock, close_at=CLOSE_AT) as log:
        nodes.send(log, register("2026-11-23"), register("2026-11-23", school="B2"))
        clock.move_to("2026-11-24T12:00:00+01:00")
        nodes.wait_until(closed(tmp_path, 2), "closes of Monday")
        nodes.send(log, register("2026-11-24"), register("2026-11-27", "T09:00:00Z"))
    clock.move_to("2026-12-01T08:00:00+01:00")
    with nodes.node(tmp_path, clock, close_at=CLOSE_AT):
        nodes.wait_until(closed(tmp_path, 3), "the close of Friday")
    assert sorted(closes(tmp_path))[:2] == [("A1", "2026-11-23"), ("A1", "2026-11-27")]
    assert closes(tmp_path).count(("A1", "2026-11-24")) == 0


def test_a_node_that_is_told_never_to_close_does_not(tmp_path: Path) -> None:
    clock = nodes.Clock(NODE)
    with nodes.node(tmp_path, clock, close_at=None) as log:
        nodes.send(log, register("2026-11-24"))
        clock.move_to("2026-11-30T12:00:00+01:00")
        nodes.send(log, event("school", "2026-11-30T10:00:00Z"))
    assert closes(tmp_path) == []


def test_a_school_that_closes_its_day_itself_is_believed(tmp_path: Path) -> None:
    clock = nodes.Clock(NODE)
    with nodes.node(tmp_path, clock, close_at=CLOSE_AT) as log:
        nodes.send(log, register("2026-11-24"))
        nodes.send(log, event("close", "2026-11-24T14:00:00Z", date="2026-11-24"))
        clock.move_to("2026-11-25T12:00:00+01:00")
        nodes.send(log, register("2026-11-25"))
        clock.move_to("2026-11-25T18:00:00+01:00")
        nodes.wait_until(closed(tmp_path, 2), "the close of Wednesday")
    assert closes(tmp_path) == [("A1", "2026-11-24"), ("A1", "2026-11-25")]
