"""Which dates are school days, and how far back a book reaches (SEMANTICS.md 2 and 3)."""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from models.arrays import IntArray

PATTERN_DAYS: Final = 60
"""Patterns look at so many school days."""
OPEN_TO_MARKS_DAYS: Final = 40
"""Marks are taken for so many newest school days; what was decided before them is final."""
BOOK_DAYS: Final = 100
"""So a book of the two can work out every day that can still change."""
_FRIDAY: Final = 5
_WEEK: Final = 7


def school_days(found: Iterable[int], calendar: Mapping[int, bool], newest_said: int) -> IntArray:
    """School days, sorted, of the dates on which something was said or implied.

    ``newest_said`` is the date of the newest ``recorded_at`` of a register: none is later. The
    calendar adds open dates and takes closed ones away, up to the newest date found.
    """
    days = {day for day in found if day <= newest_said}
    if days and calendar:
        newest = max(days)
        days |= {day for day, is_open in calendar.items() if is_open and day <= newest}
        days -= {day for day, is_open in calendar.items() if not is_open}
    return np.array(sorted(days), np.int32)


def weekdays(first: int, last: int) -> list[int]:
    """Mondays to Fridays of a span of dates, both ends included."""
    return [day for day in range(first, last + 1) if (day - 1) % _WEEK < _FRIDAY]


def week(days: IntArray) -> IntArray:
    """Number of each date's ISO week; day 1 of the calendar is a Monday."""
    weeks: IntArray = (days - 1) // _WEEK
    return weeks


def week_starts(days: IntArray, weeks: int) -> IntArray:
    """For each school day the first index of its last so many school weeks.

    ``days`` must reach back far enough, or to the first one: a window is cut at index 0.

    >>> week_starts(np.array([1, 2, 8, 15]), 2).tolist()
    [0, 0, 0, 2]
    """
    number = week(days)
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    which = np.searchsorted(starts, np.arange(len(days)), side="right") - 1
    first: IntArray = starts[np.maximum(which - weeks + 1, 0)]
    return first
