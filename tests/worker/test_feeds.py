"""A school is silent when a day on which it should have sent something is over."""

from datetime import UTC, datetime

import pytest
from builders import as_line

from models.book import Book
from streams.feeds import is_silent, missed_days, silence_seconds
from streams.step import Batch, Engine

SCHOOL_WEEK = ["2026-03-02", "2026-03-03", "2026-03-05", "2026-03-06"]
"""Monday to Friday; on Wednesday there was no school."""


def register(date: str) -> dict:
    return {
        "type": "register", "id": date, "school": "A1", "recorded_at": f"{date}T09:00:00Z",
        "date": date, "session": 1, "marks": [{"pupil": "p1", "status": "present"}],
    }  # fmt: skip


def calendar(date: str, *, is_open: bool) -> dict:
    return {
        "type": "calendar", "id": date, "school": "A1", "recorded_at": "2026-03-01T09:00:00Z",
        "date": date, "open": is_open,
    }  # fmt: skip


def book(*events: dict) -> Book:
    engine = Engine("nl")
    engine.step(Batch([as_line(event) for event in events], range(len(events))))
    return engine.schools["A1"].book


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "silent"),
    [
        ("2026-03-06T20:00", False),
        ("2026-03-09T07:00", False),  # a weekend
        ("2026-03-09T20:00", False),  # Monday is not over
        ("2026-03-10T00:30", True),  # it is, at the school's midnight
        ("2026-03-09T23:30", True),  # which is an hour before UTC's
        ("2026-05-01T00:30", True),
        ("2026-07-01T00:30", False),  # it has left
    ],
)
def test_a_day_is_missed_when_it_is_over(now: str, *, silent: bool) -> None:
    assert is_silent(book(*map(register, SCHOOL_WEEK)), at(now)) is silent


def test_a_weekday_on_which_there_is_no_school_is_not_missed() -> None:
    days = [*SCHOOL_WEEK, "2026-03-09", "2026-03-10"]
    assert not is_silent(book(*map(register, days)), at("2026-03-12T08:00"))
    assert is_silent(book(*map(register, days)), at("2026-03-13T08:00"))


def test_missed_days_are_those_on_which_a_register_was_expected() -> None:
    assert missed_days(book(*map(register, SCHOOL_WEEK)), at("2026-03-09T08:00")) == 0
    assert missed_days(book(*map(register, SCHOOL_WEEK)), at("2026-03-13T08:00")) == 3


def test_the_calendar_stands_over_habit() -> None:
    holiday = [calendar(date, is_open=False) for date in ("2026-03-09", "2026-03-10")]
    assert not is_silent(book(*map(register, SCHOOL_WEEK), *holiday), at("2026-03-11T08:00"))
    opened = calendar("2026-03-07", is_open=True)
    assert is_silent(book(*map(register, SCHOOL_WEEK), opened), at("2026-03-08T08:00"))


def test_a_school_that_never_had_a_school_day_is_not_silent() -> None:
    assert not is_silent(book(calendar("2026-03-02", is_open=True)), at("2026-03-20T08:00"))


def test_silence_is_counted_from_when_the_newest_register_was_recorded() -> None:
    assert silence_seconds(book(*map(register, SCHOOL_WEEK)), at("2026-03-06T10:00")) == 3600
    assert silence_seconds(book(calendar("2026-03-02", is_open=True)), 7.0) == 7.0
    assert silence_seconds(None, 7.0) == 7.0
