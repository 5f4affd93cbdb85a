"""When schools are open: terms, holidays, study days, and the seasons of illness.

A Dutch school year in outline, from rules that hold for any year, so that a district can be
simulated for ten years without a table of dates. It is no official calendar.
"""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

#: ISO weeks without school: Christmas (two), spring, May (two), summer (six), autumn.
_HOLIDAY_WEEKS = {
    1: "Christmas holiday",
    9: "spring holiday",
    17: "May holiday",
    18: "May holiday",
    **dict.fromkeys(range(29, 35), "summer holiday"),
    43: "autumn holiday",
    52: "Christmas holiday",
    53: "Christmas holiday",
}
#: Days after Easter Sunday without school.
_MOVABLE = {
    -2: "Good Friday",
    1: "Easter Monday",
    39: "Ascension Day",
    40: "day after Ascension",
    50: "Whit Monday",
}
_FRIDAY = 4
_AUGUST = 8
#: Influenza's weeks: its middle and spread in days, after the onsets by week of
#: influenza_by_class.json (453 to 553 onsets in the 16th to 18th week after 1 October).
_INFLUENZA_MIDDLE = (1, 25)
_INFLUENZA_SPREAD_DAYS = 14.0
_WINTER_MIDDLE = (1, 20)
_WINTER_SPREAD_DAYS = 55.0


def _easter(year: int) -> date:
    """Find Easter Sunday by the anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


@lru_cache(maxsize=64)
def _single_days(year: int) -> dict[date, str]:
    """List the single days off of a calendar year."""
    sunday = _easter(year)
    return {sunday + timedelta(days=days): name for days, name in _MOVABLE.items()}


def holiday(day: date) -> str | None:
    """Name the holiday on a weekday, or None when the district is open.

    >>> holiday(date(2025, 12, 25)), holiday(date(2026, 5, 14)), holiday(date(2026, 2, 2))
    ('Christmas holiday', 'Ascension Day', None)
    """
    return _HOLIDAY_WEEKS.get(day.isocalendar().week) or _single_days(day.year).get(day)


def is_weekday(day: date) -> bool:
    """Tell whether a date is one of Monday to Friday."""
    return day.weekday() <= _FRIDAY


def open_days(start: date) -> Iterator[date]:
    """List the district's open days from ``start`` on, without end."""
    day = start
    while True:
        if is_weekday(day) and holiday(day) is None:
            yield day
        day += timedelta(days=1)


def school_year(day: date) -> int:
    """Return the year in which the day's school year began (on 1 August)."""
    return day.year if day.month >= _AUGUST else day.year - 1


def _bell(day: date, middle: tuple[int, int], spread_days: float) -> float:
    """Draw a bell over the year around a month and day, 1 at its top."""
    year = school_year(day) + (1 if middle[0] < _AUGUST else 0)
    distance = (day - date(year, *middle)).days / spread_days
    return math.exp(-0.5 * distance * distance)


def influenza_season(day: date) -> float:
    """Say how strongly influenza comes in from outside the school, 0 to 1."""
    return _bell(day, _INFLUENZA_MIDDLE, _INFLUENZA_SPREAD_DAYS)


def winter(day: date) -> float:
    """Say how much it is winter, 0 to 1: colds follow it."""
    return _bell(day, _WINTER_MIDDLE, _WINTER_SPREAD_DAYS)
