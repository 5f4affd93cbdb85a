"""When a school's day is over: the `close` events that a live engine's clock writes.

SEMANTICS.md 2: a date on which registers came is closed at a set local time of the school, or an
hour after the date's newest register arrived where that is later, at 23:59 at the latest. After a
standstill only the newest one due is written, for it closes those before it.
"""

from collections.abc import Mapping
from datetime import date as Date  # noqa: N812 - a type here, and `date` is an ordinal
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import orjson

from models.events.columns import Columns
from models.events.instants import date_of, write_date, write_instant
from models.events.types import Close
from streams.step import Engine

Dates = dict[tuple[str, int], int]
"""(school, date) → when the date's newest register arrived."""

_HOUR_SECONDS: Final = 3600
_LATEST: Final = time(23, 59)
_DATE_BITS: Final = 32
_DATE_MASK: Final = (1 << _DATE_BITS) - 1


class Came:
    """Dates on which registers came, and which no close is known of."""

    def __init__(self, dates: Mapping[tuple[str, int], int]) -> None:
        self.dates: Dates = dict(dates)
        self._closed: dict[str, int] = {}

    def __bool__(self) -> bool:
        """Is there any?"""
        return bool(self.dates)

    def new(self, columns: Columns, engine: Engine, now: float) -> Dates:
        """Dates, not closed yet, of registers that arrived now; they do not count as noted."""
        names, schools = engine.decoder.names.texts, engine.schools
        came: Dates = {}
        for registers in columns.registers:
            both = np.unique((registers.school.astype(np.int64) << _DATE_BITS) + registers.date)
            came |= {
                (names[each >> _DATE_BITS], each & _DATE_MASK): int(now) for each in both.tolist()
            }
        return {
            (school, date): at
            for (school, date), at in came.items()
            if date > self._closed.get(school, 0)
            and (school not in schools or date > schools[school].book.closed_until)
        }

    def note(self, came: Dates, columns: Columns) -> None:
        """Note such dates, and let go of those that the same events close."""
        self.dates |= came
        for event in closes(columns):
            until = date_of(event.date)
            self._closed[event.school] = max(until, self._closed.get(event.school, 0))
            for school, date in list(self.dates):
                if school == event.school and date <= until:
                    del self.dates[school, date]


def closes(columns: Columns) -> list[Close]:
    """The `close` events among what was decoded."""
    return [event for _, event in columns.others if isinstance(event, Close)]


def due_at(date: int, arrived_at: int, timezone: str, close_at: time) -> float:
    """When a date is to be closed whose newest register arrived then; seconds since 1970.

    >>> from models.events.instants import date_of
    >>> due = due_at(date_of("2026-11-24"), 0, "Europe/Amsterdam", time(17, 30))
    >>> datetime.fromtimestamp(due, ZoneInfo("UTC")).isoformat()
    '2026-11-24T16:30:00+00:00'
    """
    zone = ZoneInfo(timezone)
    day = Date.fromordinal(date)
    local = [datetime.combine(day, at, zone).timestamp() for at in (close_at, _LATEST)]
    return min(max(local[0], arrived_at + _HOUR_SECONDS), local[1])


def due_dates(
    came: Mapping[tuple[str, int], int],
    timezones: Mapping[str, str],
    close_at: time,
    now: float,
) -> dict[str, int]:
    """The newest date of each school that is to be closed now."""
    due: dict[str, int] = {}
    for (school, date), arrived_at in came.items():
        if (
            date > due.get(school, 0)
            and due_at(date, arrived_at, timezones[school], close_at) <= now
        ):
            due[school] = date
    return due


def close_line(school: str, date: int, now: int) -> bytes:
    """Write the `close` of a school's date, recorded now."""
    day = write_date(date)
    return orjson.dumps(
        {
            "type": "close",
            "id": f"close-{day}",
            "school": school,
            "recorded_at": write_instant(now),
            "date": day,
        }
    )
