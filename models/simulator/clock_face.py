"""One school day, and times of day as text: seconds to the end of an RFC 3339 time in UTC."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

TIMEZONE = "Europe/Amsterdam"
_DAY_SECONDS = 24 * 3600
_NOON = 12


@dataclass(frozen=True, slots=True)
class SchoolDay:
    """A day on which the district is open."""

    number: int
    """Counted from 0."""
    date: date
    gap_days: int
    """Calendar days since the school day before."""
    ahead: int
    """Local time minus UTC, in seconds."""

    @property
    def ordinal(self) -> int:
        """The date as a number."""
        return self.date.toordinal()


@lru_cache(maxsize=1)
def faces() -> list[str]:
    """Write ``THH:MM:SSZ`` for every second of a UTC day."""
    hours_minutes = [f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(24 * 60)]
    seconds = [f"{second:02d}Z" for second in range(60)]
    return [face + second for face in hours_minutes for second in seconds]


def offset_seconds(day: date) -> int:
    """Say how far local time is ahead of UTC at noon of a day.

    >>> offset_seconds(date(2026, 1, 5)), offset_seconds(date(2026, 7, 6))
    (3600, 7200)
    """
    noon = datetime(day.year, day.month, day.day, _NOON, tzinfo=ZoneInfo(TIMEZONE))
    ahead = noon.utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds()) % _DAY_SECONDS
