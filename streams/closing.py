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

import orjson

from models.events.instants import write_date, write_instant

_HOUR_SECONDS: Final = 3600
_LATEST: Final = time(23, 59)


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
