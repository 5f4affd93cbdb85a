"""What happens in the demo, and when: a history, and then days around the one on which it snows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812 - a type here
from datetime import datetime, time
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from models.events.instants import instant_of
from models.simulator import DEFAULT_START, Plan
from models.simulator import simulate as blocks_of
from models.simulator.clock_face import TIMEZONE
from models.simulator.places import lay_out
from models.simulator.snow import snow_day
from models.simulator.terms import open_days

HISTORY_DAYS: Final = 45
"""School days that are loaded before the first live one."""
MOST_LIVE_DAYS: Final = 60
SNOWS_ON: Final = 2
"""The live day on which it snows, counted from 1."""
SESSIONS: Final = 6
"""Lessons of 50 minutes."""
ZONE: Final = ZoneInfo(TIMEZONE)

_PLANNED_DAYS: Final = 190
"""A school year: when it snows must not depend on how many days are shown."""
DIGEST_AT: Final = time(7, 30)
"""When people get their daily mail: before the first lesson."""
_BEGINS, _ENDS, _NIGHT = time(7, 0), time(18, 30), time(23, 59)
_LEAST_PUPILS: Final = 30
"""Of a school: of fewer than 20 on a day nothing is a common cause."""
_MOST_PUPILS, _MOST_SCHOOLS = 10_000, 20


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as a school's system sends it."""

    at: int
    """When it was recorded; seconds since 1970."""
    school: str
    date: str | None
    """Of a register."""
    line: bytes
    marks: int


@dataclass(frozen=True, slots=True)
class SchoolDay:
    """A day of the district, with all that its schools send on it, in order."""

    date: Date
    events: list[Event]
    snows: bool

    @property
    def begins(self) -> float:
        """Before anybody records anything; seconds since 1970."""
        return datetime.combine(self.date, _BEGINS, ZONE).timestamp()

    @property
    def mail(self) -> float:
        """When people get their daily mail; seconds since 1970."""
        return datetime.combine(self.date, DIGEST_AT, ZONE).timestamp()

    @property
    def ends(self) -> float:
        """After the last event, and when a node has closed the day; seconds since 1970."""
        return datetime.combine(self.date, _ENDS, ZONE).timestamp()

    @property
    def night(self) -> float:
        """When a node has closed the day, however late its registers came."""
        return datetime.combine(self.date, _NIGHT, ZONE).timestamp()

    @property
    def schools(self) -> set[str]:
        """Schools that hold lessons on it."""
        today = self.date.isoformat()
        return {each.school for each in self.events if each.date == today}


class DemoPlan:
    """A district of invented pupils; the same numbers give the same events.

    Raises `ValueError` with a sentence for a reader where a number makes no sense.

    >>> plan = DemoPlan(pupils=60, schools=2, seed=4)
    >>> plan.snow_date.isoformat()
    '2025-12-01'
    """

    def __init__(self, *, pupils: int, schools: int, seed: int) -> None:
        if not 1 <= schools <= _MOST_SCHOOLS:
            raise ValueError(f"schools must be from 1 to {_MOST_SCHOOLS}, not {schools}")
        if not schools * _LEAST_PUPILS <= pupils <= _MOST_PUPILS:
            least = schools * _LEAST_PUPILS
            raise ValueError(
                f"pupils must be from {least} to {_MOST_PUPILS} for {schools} schools, not {pupils}"
            )
        self._district = Plan(
            pupils=pupils, schools=schools, seed=seed, sessions=SESSIONS, days=_PLANNED_DAYS
        )
        self._dates = list(islice(open_days(DEFAULT_START), _PLANNED_DAYS))
        self._snow = snow_day(self._district)
        self._first_live = self._snow - (SNOWS_ON - 1)
        self._first = self._first_live - HISTORY_DAYS
        self._blocks = blocks_of(self._district)
        self._number = 0

    @property
    def schools(self) -> list[str]:
        """Their ids."""
        return lay_out(self._district).schools

    @property
    def snow_date(self) -> Date:
        """The day on which half of the district stays at home."""
        return self._dates[self._snow]

    @property
    def eve(self) -> Date:
        """The last school day before the live ones."""
        return self._dates[self._first_live - 1]

    def beginning(self) -> SchoolDay:
        """Schools and enrolments, as they are when the first school day is loaded."""
        founding: list[Event] = []
        for block in self._blocks:
            founding += _events(block.data)
            if block.marks:
                self._number += 1
            if self._number == self._first:
                break
        kept = [each for each in founding if each.date is None]
        return SchoolDay(self._dates[self._first - 1], kept, snows=False)

    def history(self) -> Iterator[SchoolDay]:
        """The school days before the live ones; to be asked for after the beginning."""
        return islice(self._days(), HISTORY_DAYS)

    def live(self, days: int) -> Iterator[SchoolDay]:
        """The live school days; to be asked for after the history."""
        return islice(self._days(), days)

    def _days(self) -> Iterator[SchoolDay]:
        since = self._dates[self._first].isoformat()
        snow = self.snow_date.isoformat()
        for block in self._blocks:
            number = self._number
            self._number += 1
            events = [each for each in _events(block.data) if (each.date or since) >= since]
            if self._snow <= number <= self._snow + 1:  # a register may come a day later
                events = [_excused(each) if each.date == snow else each for each in events]
            yield SchoolDay(self._dates[number], events, snows=number == self._snow)


def _events(data: bytes) -> Iterator[Event]:
    for line in data.splitlines():
        said = orjson.loads(line)
        is_register = said["type"] == "register"
        yield Event(
            at=instant_of(said["recorded_at"]),
            school=said["school"],
            date=said["date"] if is_register else None,
            line=line,
            marks=len(said["marks"]) if is_register else 0,
        )


def _excused(event: Event) -> Event:
    """Record unexplained absence as leave, as schools do where snow keeps people at home."""
    said: dict[str, Any] = orjson.loads(event.line)
    for mark in said["marks"]:
        if mark["status"] == "absent" and mark.get("reason") == "unknown":
            mark["reason"] = "leave"
    return Event(event.at, event.school, event.date, orjson.dumps(said), event.marks)
