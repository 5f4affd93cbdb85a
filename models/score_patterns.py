"""Further patterns, for the scorecard (SEMANTICS.md 5, last row).

Like the others they are as of a school day, and look at the 60 school days up to it and at
nothing older. They say something about a course with ten dates as well as about a school with a
thousand lessons: so some of them go by known days and not by school days. A *counted* day is a
known day of the pupil that is no common-cause day. Sums are of whole numbers, or go day after
day, so a pattern is the same to the bit wherever it is worked out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from models.arrays import AnyArray, BoolArray, FloatArray, IntArray
from models.common_cause import SCHOOL
from models.patterns import Patterns
from models.pupil_days import PupilDays
from models.roster import Roster
from models.school_days import PATTERN_DAYS, week

_MIDDLE: Final = 20
_FEWEST_SESSIONS: Final = 10
"""A difference of shares of fewer sessions says nothing about some points."""
_NEWEST_DAYS: Final = 3
_FEWEST_MISSED_DAYS: Final = 5
_HALF_LIFE_DAYS: Final = 4
_WEIGHTS: Final = np.rint(2.0 ** (20 - np.arange(PATTERN_DAYS) / _HALF_LIFE_DAYS)).astype(np.int64)
"""By how many counted days ago: half as much every four; whole numbers."""
_WEEK_DAYS: Final = 7
_EIGHT_WEEKS, _TWELVE_WEEKS = 8 * _WEEK_DAYS, 12 * _WEEK_DAYS
_FEWEST_DAYS_TO_LEAVE: Final = 14
"""In fewer calendar days of a term hardly anybody can have left it."""

Measure = Callable[["Window"], FloatArray]


@dataclass(frozen=True, slots=True)
class ScorePattern:
    """One further pattern."""

    definition: str
    measure: Measure
    is_quotient: bool


class Window:
    """The 60 school days up to one, of everybody in the school: ``[days, pupils]`` each."""

    def __init__(self, patterns: Patterns, as_of: int) -> None:
        last = int(patterns.as_of[as_of])
        rows = slice(max(0, last - PATTERN_DAYS + 1), last + 1)
        self.pupil_days: PupilDays = patterns.pupil_days.rows(rows)
        self.days: IntArray = self.pupil_days.days.astype(np.int64)
        covered = False if patterns.covered is None else patterns.covered[rows]
        self.counted: BoolArray = self.pupil_days.is_known & ~np.asarray(covered)
        self.known: IntArray = self.pupil_days.known * self.counted.astype(np.int64)
        self.missed: IntArray = self.pupil_days.missed * self.counted.astype(np.int64)
        self.late: IntArray = self.pupil_days.late * self.counted.astype(np.int64)
        self.roster: Roster = patterns.roster
        self.school_missed = patterns.levels.missed[rows, SCHOOL].astype(np.int64)
        self.school_known = patterns.levels.expected[rows, SCHOOL].astype(np.int64)

    @cached_property
    def counted_days_after(self) -> IntArray:
        """How many counted days came after each day."""
        up_to_the_end = np.cumsum(self.counted[::-1], axis=0, dtype=np.int64)[::-1]
        after: IntArray = up_to_the_end - self.counted
        return after

    @cached_property
    def in_time(self) -> IntArray:
        """Sessions attended, and not late."""
        in_time: IntArray = self.known - self.missed - self.late
        return in_time

    def left_share(self, since: int) -> FloatArray:
        """Of everyone enrolled on a date, the share that has left since; of all the same."""
        pupils = self.known.shape[1]
        return np.full(pupils, self.roster.left_share(since, int(self.days[-1]), pupils))

    def newest(self, school_days: int) -> BoolArray:
        """Which rows are the last so many school days, ``[days, 1]``."""
        newest: BoolArray = np.arange(len(self.days))[:, None] >= len(self.days) - school_days
        return newest


def _share(part: AnyArray, whole: IntArray, fewest: int = 1) -> FloatArray:
    """A quotient, NaN where there is too little to be a part of."""
    share = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=share, where=whole >= fewest)
    return share


def _count(of: AnyArray) -> FloatArray:
    count: FloatArray = of.sum(axis=0).astype(np.float64)
    return count


def _where(there_is_any: Any, values: AnyArray) -> FloatArray:
    found: FloatArray = np.where(there_is_any, values, np.nan)
    return found


def _missed_share_of(window: Window, weights: AnyArray, fewest: int = 1) -> FloatArray:
    missed, known = (window.missed * weights).sum(axis=0), (window.known * weights).sum(axis=0)
    return _share(missed, known, fewest)


def _missed_share_60(window: Window) -> FloatArray:
    return _share(window.missed.sum(axis=0), window.known.sum(axis=0))


def _missed_share_change_20(window: Window) -> FloatArray:
    newest = window.newest(_MIDDLE)
    now = _missed_share_of(window, newest, _FEWEST_SESSIONS)
    return now - _missed_share_of(window, ~newest, _FEWEST_SESSIONS)


def _missed_share_excess_20(window: Window) -> FloatArray:
    there = window.counted & window.newest(_MIDDLE)
    own = _missed_share_of(window, there, _FEWEST_SESSIONS)
    return own - _share(window.school_missed @ there, window.school_known @ there)


def _newest_missed_share(window: Window) -> FloatArray:
    return _missed_share_of(window, window.counted_days_after < 1)


def _missed_share_change_3_days(window: Window) -> FloatArray:
    newest = window.counted_days_after < _NEWEST_DAYS
    return _missed_share_of(window, newest) - _missed_share_of(window, ~newest)


def _recent_missed_share(window: Window) -> FloatArray:
    weights = _WEIGHTS[np.minimum(window.counted_days_after, PATTERN_DAYS - 1)]
    return _missed_share_of(window, weights)


def _missed_of_3_days(window: Window) -> FloatArray:
    fully = window.counted & (window.missed == window.known)
    missed = (fully & (window.counted_days_after < _NEWEST_DAYS)).sum(axis=0)
    return _where(window.counted.any(axis=0), missed)


def _not_in_time_excess_60(window: Window) -> FloatArray:
    school_late = window.pupil_days.late.sum(axis=1, dtype=np.int64)
    school = (window.school_missed + school_late) / np.maximum(window.school_known, 1)
    own = (window.missed + window.late) / np.maximum(window.known, 1)
    excess = np.where(window.counted, own - school[:, None], 0.0)
    days = window.counted.sum(axis=0)
    # Day after day: numpy's sum adds in another order where there is one pupil.
    total = np.cumsum(excess, axis=0)[-1]
    return _share(total, days)


def _in_time_sessions_60(window: Window) -> FloatArray:
    return _count(window.in_time)


def _late_share_60(window: Window) -> FloatArray:
    return _share(window.late.sum(axis=0), (window.known - window.missed).sum(axis=0))


def _partial_days_60(window: Window) -> FloatArray:
    days = window.pupil_days
    partial = (days.missed > 0) & (days.missed < days.known)
    return _count(partial)


def _spells_60(window: Window) -> FloatArray:
    known = window.pupil_days.is_known
    missed = known & (window.pupil_days.missed > 0)
    rows = np.arange(len(known))[:, None]
    last_known = np.maximum.accumulate(np.where(known, rows, -1), axis=0)
    before = np.full_like(last_known, -1)
    before[1:] = last_known[:-1]
    was_missed = np.take_along_axis(missed, np.maximum(before, 0), axis=0) & (before >= 0)
    return _count(missed & ~was_missed)


def _missed_weeks_share_60(window: Window) -> FloatArray:
    starts = np.flatnonzero(np.diff(week(window.days), prepend=-1))
    known = np.add.reduceat(window.known, starts, axis=0) > 0
    missed = np.add.reduceat(window.missed, starts, axis=0) > 0
    return _share(missed.sum(axis=0), known.sum(axis=0))


def _weekday_share_60(window: Window) -> FloatArray:
    missed = window.missed > 0
    weekday = window.days % _WEEK_DAYS
    most = np.max([missed[weekday == each].sum(axis=0) for each in range(_WEEK_DAYS)], axis=0)
    return _share(most, missed.sum(axis=0), _FEWEST_MISSED_DAYS)


def _calendar_days_known_60(window: Window) -> FloatArray:
    first = np.argmax(window.counted, axis=0)
    span = window.days[-1] - window.days[first]
    return _where(window.counted.any(axis=0), span)


def _calendar_days_since_in_time(window: Window) -> FloatArray:
    in_time = window.in_time > 0
    last = len(window.days) - 1 - np.argmax(in_time[::-1], axis=0)
    since = window.days[-1] - window.days[last]
    return _where(in_time.any(axis=0), since)


def _calendar_days_away(window: Window) -> FloatArray:
    attended = window.counted & (window.known > window.missed)
    last = len(window.days) - 1 - np.argmax(attended[::-1], axis=0)
    after = np.where(attended.any(axis=0), last, -1)
    rows = np.arange(len(window.days))[:, None]
    away = window.counted & (rows > after)
    days = window.days[-1] + 1 - window.days[np.argmax(away, axis=0)]
    return _where(window.counted.any(axis=0), np.where(away.any(axis=0), days, 0))


def _school_left_share_8w(window: Window) -> FloatArray:
    return window.left_share(int(window.days[-1]) - _EIGHT_WEEKS)


def _school_left_share_12w(window: Window) -> FloatArray:
    as_of = int(window.days[-1])
    first = int(window.days[np.searchsorted(window.days, as_of - _TWELVE_WEEKS, side="right")])
    if as_of - first < _FEWEST_DAYS_TO_LEAVE:
        return np.full(window.known.shape[1], np.nan)
    return window.left_share(first)


def _quotient(measure: Measure, definition: str) -> ScorePattern:
    return ScorePattern(definition, measure, is_quotient=True)


def _whole(measure: Measure, definition: str) -> ScorePattern:
    return ScorePattern(definition, measure, is_quotient=False)


_TABLE: Final[dict[str, ScorePattern]] = {
    "missed_share_60": _quotient(
        _missed_share_60,
        "missed ÷ known sessions of the counted days in days(60); null where there are none",
    ),
    "recent_missed_share": _quotient(
        _recent_missed_share,
        "the same, a day's sessions weighing half as much for every four counted days that came "
        "after it: 2^(20 less n ÷ 4), rounded, with n after it; null where there are none",
    ),
    "newest_missed_share": _quotient(
        _newest_missed_share,
        "missed ÷ known sessions of the newest counted day in days(60); null where there is none",
    ),
    "missed_of_3_days": _whole(
        _missed_of_3_days,
        "how many of the newest three counted days in days(60) are fully missed; null where "
        "there are none",
    ),
    "missed_share_change_3_days": _quotient(
        _missed_share_change_3_days,
        "missed ÷ known sessions of the newest three counted days in days(60), less that of those "
        "before; null with three or fewer",
    ),
    "missed_share_change_20": _quotient(
        _missed_share_change_20,
        "missed ÷ known sessions of the counted days in days(20), less that of the 40 school days "
        "before; null where either has fewer than ten known sessions",
    ),
    "missed_share_excess_20": _quotient(
        _missed_share_excess_20,
        "missed ÷ known sessions of the counted days in days(20), less the same of everyone "
        "enrolled in the school on those days; null with fewer than ten known sessions",
    ),
    "not_in_time_excess_60": _quotient(
        _not_in_time_excess_60,
        "mean over the counted days in days(60) of: sessions missed, or late without authority, "
        "÷ known sessions, less the same of everyone enrolled in the school on that day; null "
        "where there are none",
    ),
    "in_time_sessions_60": _whole(
        _in_time_sessions_60,
        "known sessions of the counted days in days(60) neither missed nor late without authority",
    ),
    "late_share_60": _quotient(
        _late_share_60,
        "late without authority ÷ attended sessions of the counted days in days(60); null where "
        "none was attended",
    ),
    "partial_days_60": _whole(
        _partial_days_60,
        "known days in days(60) on which some sessions were missed, and not all",
    ),
    "spells_60": _whole(
        _spells_60,
        "unbroken rows of known days in days(60) each with a missed session",
    ),
    "missed_weeks_share_60": _quotient(
        _missed_weeks_share_60,
        "school weeks in days(60) with a missed session on a counted day ÷ those with a counted "
        "day; null where there are none",
    ),
    "weekday_share_60": _quotient(
        _weekday_share_60,
        "of the counted days in days(60) with a missed session, the share on the weekday that "
        "has most of them; null with fewer than five",
    ),
    "calendar_days_known_60": _whole(
        _calendar_days_known_60,
        "calendar days since the first counted day in days(60); null where there is none",
    ),
    "calendar_days_since_in_time": _whole(
        _calendar_days_since_in_time,
        "calendar days since the last counted day in days(60) with a session attended and not "
        "late without authority; null where there is none",
    ),
    "calendar_days_away": _whole(
        _calendar_days_away,
        "calendar days from the first of the newest counted days in a row in days(60) that are "
        "fully missed, up to `as_of`, both included; 0 where a session of the newest counted day "
        "was attended; null where there is no counted day",
    ),
    "school_left_share_8w": _quotient(
        _school_left_share_8w,
        "of everyone enrolled in the school eight weeks before `as_of`, the share who has left "
        "since: has an enrolment with status `left` from a later date up to `as_of`, not for "
        "`diploma` or another `school`; null where fewer than ten were enrolled, and where the "
        "school sends no enrolments",
    ),
    "school_left_share_12w": _quotient(
        _school_left_share_12w,
        "the same of everyone enrolled on the first school day in days(60) that is less than "
        "twelve weeks before `as_of`; null, too, where that day is less than two weeks before it",
    ),
}

SCORE_PATTERNS: Final[dict[str, str]] = {name: each.definition for name, each in _TABLE.items()}
"""Name → definition, in the order of the table."""
QUOTIENTS: Final = frozenset(name for name, each in _TABLE.items() if each.is_quotient)
"""Those that are no whole numbers."""


def measure_further(patterns: Patterns, as_of: int) -> dict[str, FloatArray]:
    """Further patterns as of one of the school days measured: ``[pupils]`` each, NaN for null.

    The patterns must be those of everybody: a school's share is of all its pupils.
    """
    window = Window(patterns, as_of)
    return {name: each.measure(window) for name, each in _TABLE.items()}
