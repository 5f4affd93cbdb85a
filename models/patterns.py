"""Patterns: what a pupil's recent marks look like, as numbers (SEMANTICS.md 5).

Every pattern is a whole number as of a school day, and looks at the 60 school days up to it.
Sums over windows are differences of running sums. Most pupils have nothing of most patterns, and
are left out where one is worked out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from models.arrays import AnyArray, BoolArray, IntArray
from models.book import Book
from models.common_cause import Levels
from models.pupil_days import PupilDays
from models.roster import NOT_ENROLLED, Roster
from models.school_days import PATTERN_DAYS, week_starts

NOT_SEEN: Final = -1
"""``days_since_seen`` of who was not seen within 60 school days: null."""
_SHORT, _MIDDLE, _LONG = 5, 20, PATTERN_DAYS
_MINUTES_WEEKS, _SPELLS_WEEKS = 4, 12

PATTERNS: Final = (
    "known_days_60",
    "missed_sessions_5",
    "expected_sessions_5",
    "missed_sessions_20",
    "expected_sessions_20",
    "missed_sessions_60",
    "expected_sessions_60",
    "unauthorised_minutes_4w",
    "illness_spells_12w",
    "run_days",
    "ill_run_days",
    "unauthorised_run_days",
    "late_60",
    "days_since_seen",
    "days_silent",
)
"""In the order of ``pupils.csv``."""


def _running(of: AnyArray) -> AnyArray:
    """Sums of the rows before each row, and of all: ``[days + 1, pupils]``."""
    sums = np.zeros((len(of) + 1, of.shape[1]), np.int32)
    np.cumsum(of, axis=0, out=sums[1:])
    return sums


def _last_row_of(marked: BoolArray) -> AnyArray:
    """Row of the last marked day up to each, -1 for none: ``[days, pupils]``."""
    rows = np.arange(len(marked), dtype=np.int32)[:, None]
    found: AnyArray = np.maximum.accumulate(np.where(marked, rows, np.int32(-1)), axis=0)
    return found


@dataclass
class Patterns:
    """Patterns of pupils as of some school days, ``[as_of, pupils]`` each.

    ``pupil_days`` begins 59 school days before the first of them, or at the book's beginning;
    ``as_of`` are rows of it. ``covered`` are its common-cause days (`Levels.covers`), ``levels``
    has the same days. ``reports`` are when each reported pupil (a column) was reported, and
    until which date that covers.
    """

    pupil_days: PupilDays
    as_of: IntArray
    covered: BoolArray | None
    levels: Levels
    reports: Mapping[int, Sequence[tuple[int, int]]]
    is_exceptions: bool
    roster: Roster
    least: Mapping[str, int] = field(default_factory=dict)
    """Of these patterns only so much and more is asked for; less may be given as 0."""
    was_silent: Sequence[tuple[int, int, bool]] = ()
    """Row, column, and whether the pupil was silent, where the counts of others tell otherwise."""
    _measured: dict[str, AnyArray] = field(default_factory=dict)
    _first_rows: dict[int, IntArray] = field(default_factory=dict)
    _first_rows_of_weeks: dict[int, IntArray] = field(default_factory=dict)

    def __getitem__(self, name: str) -> AnyArray:
        """Measure one of `PATTERNS`, once."""
        if name not in self._measured:
            self._measured[name] = self._measure(name)
        return self._measured[name]

    def _measure(self, name: str) -> AnyArray:  # noqa: C901, PLR0911 - a table of patterns
        match name:
            case "known_days_60":
                return self._sum(_running(self.pupil_days.is_known), self._first(_LONG))
            case "missed_sessions_5" | "missed_sessions_20" | "missed_sessions_60":
                return self._sum(self._missed, self._first(int(name.rpartition("_")[2])))
            case "expected_sessions_5" | "expected_sessions_20" | "expected_sessions_60":
                return self._sum(self._expected, self._first(int(name.rpartition("_")[2])))
            case "unauthorised_minutes_4w":
                return self._unauthorised_minutes()
            case "illness_spells_12w":
                return self._of_some(name, self.pupil_days.ill > 0, self._illness_spells)
            case "run_days":
                return self._run(name, self.pupil_days.missed)
            case "ill_run_days":
                return self._run(name, self.pupil_days.ill)
            case "unauthorised_run_days":
                return self._run(name, self.pupil_days.unauthorised)
            case "late_60":
                return self._of_some(
                    name,
                    self.pupil_days.late,
                    lambda some: self._sum(
                        _running(self.pupil_days.late[:, some]), self._first(_LONG)
                    ),
                )
            case "days_since_seen":
                return self._days_since_seen()
            case "days_silent":
                return self._days_silent()
        raise KeyError(name)

    # ---- windows

    def _first(self, days: int) -> IntArray:
        """First row of the window of so many school days, for each of `as_of`."""
        if days not in self._first_rows:
            self._first_rows[days] = np.maximum(self.as_of - days + 1, 0)
        return self._first_rows[days]

    def _first_of_weeks(self, weeks: int) -> IntArray:
        if weeks not in self._first_rows_of_weeks:
            starts = week_starts(self.pupil_days.days, weeks)[self.as_of]
            self._first_rows_of_weeks[weeks] = np.maximum(starts, self._first(_LONG))
        return self._first_rows_of_weeks[weeks]

    def _sum(self, running: AnyArray, first: IntArray) -> AnyArray:
        sums: AnyArray = running[self.as_of + 1] - running[first]
        return sums

    def _of_some(
        self, name: str, counted: AnyArray, measure: Callable[[IntArray], AnyArray]
    ) -> AnyArray:
        """Measure the pupils whose counts add up to enough to be asked for; 0 for the others."""
        values = np.zeros((len(self.as_of), counted.shape[1]), np.int32)
        some = np.flatnonzero(counted.sum(axis=0, dtype=np.int32) >= self.least.get(name, 1))
        if len(some):
            values[:, some] = measure(some)
        return values

    @cached_property
    def _missed(self) -> AnyArray:
        return _running(self._not_covered(self.pupil_days.missed))

    @cached_property
    def _expected(self) -> AnyArray:
        return _running(self._not_covered(self.pupil_days.known))

    def _not_covered(self, counts: AnyArray) -> AnyArray:
        return counts if self.covered is None else np.where(self.covered, 0, counts)

    # ---- minutes

    def _unauthorised_minutes(self) -> AnyArray:
        return self._of_some("unauthorised_minutes_4w", self.pupil_days.minutes, self._minutes_of)

    def _minutes_of(self, some: IntArray) -> AnyArray:
        running = _running(self.pupil_days.minutes[:, some])
        first = self._first_of_weeks(_MINUTES_WEEKS)
        minutes = self._sum(running, first)
        for column, pupil in enumerate(some.tolist()):
            if pupil in self.reports:
                uncovered = np.maximum(first, self._uncovered_from(pupil))
                minutes[:, column] = (
                    running[self.as_of + 1, column]
                    - running[np.minimum(uncovered, self.as_of + 1), column]
                )
        return minutes

    def _uncovered_from(self, pupil: int) -> IntArray:
        """For each of `as_of` the first row that no report made before it covers."""
        days = self.pupil_days.days
        until = np.zeros(len(self.as_of), np.int64)
        for made, covers in self.reports[pupil]:
            until = np.where(made < days[self.as_of], np.maximum(until, covers), until)
        uncovered: IntArray = np.searchsorted(days, until, side="right")
        return uncovered

    # ---- rows of days

    def _illness_spells(self, some: IntArray) -> AnyArray:
        known = self.pupil_days.is_known[:, some]
        ill = known & (self.pupil_days.ill[:, some] > 0)
        rows = np.arange(len(known))[:, None]
        last = _last_row_of(known)
        was_ill = np.take_along_axis(ill, np.maximum(last, 0), axis=0) & (last >= 0)
        before = np.zeros_like(was_ill)
        before[1:] = was_ill[:-1]
        running = _running(ill & ~before)
        first = self._first_of_weeks(_SPELLS_WEEKS)
        spells = self._sum(running, first)
        # A spell under way when the weeks began: ill on the last known day before them, and on
        # the first one in them.
        following = np.where(known, rows, len(known))
        following = np.minimum.accumulate(following[::-1], axis=0)[::-1]
        next_known = following[first]
        inside = next_known <= self.as_of[:, None]
        next_ill = np.take_along_axis(ill, np.minimum(next_known, len(known) - 1), axis=0)
        under_way: AnyArray = inside & next_ill & before[first]
        return spells + under_way

    def _run(self, name: str, of_that_kind: AnyArray) -> AnyArray:
        """Length of the row of known days, up to the last, with all sessions of one kind."""
        whole = (of_that_kind > 0) & (of_that_kind == self.pupil_days.known)

        def measure(some: IntArray) -> AnyArray:
            known = self.pupil_days.is_known[:, some]
            last_break = _last_row_of(known & ~whole[:, some])[self.as_of]
            running = _running(known)
            first = np.maximum(last_break + 1, self._first(_LONG)[:, None])
            run: AnyArray = running[self.as_of + 1] - np.take_along_axis(running, first, axis=0)
            return run

        return self._of_some(name, whole, measure)

    def _days_since_seen(self) -> AnyArray:
        attended = self.pupil_days.known > self.pupil_days.missed
        last = _last_row_of(attended)[self.as_of]
        since = self.as_of[:, None] - last
        seen: AnyArray = np.where(last < self._first(_LONG)[:, None], NOT_SEEN, since)
        return seen

    @cached_property
    def is_silent(self) -> BoolArray:
        """On which days each pupil is silent, ``[days, pupils]``."""
        group = self.pupil_days.in_force.group
        unknown = (group != NOT_ENROLLED) & ~self.pupil_days.is_known
        silent = np.zeros(group.shape, np.bool_)
        if self.is_exceptions:
            return silent
        row, pupil = np.nonzero(unknown)
        silent[row, pupil] = self.levels.others_are_known(row, group[row, pupil])
        for row_then, column, was_silent in self.was_silent:
            silent[row_then, column] = was_silent
        return silent

    def _days_silent(self) -> AnyArray:
        def measure(some: IntArray) -> AnyArray:
            group = self.pupil_days.in_force.group[:, some]
            ends = (group == NOT_ENROLLED) | self.pupil_days.is_known[:, some]
            running = _running(self.is_silent[:, some])
            first = np.maximum(_last_row_of(ends)[self.as_of] + 1, self._first(_LONG)[:, None])
            silent: AnyArray = running[self.as_of + 1] - np.take_along_axis(running, first, axis=0)
            return silent

        return self._of_some("days_silent", self.is_silent, measure)

    # ---- evidence

    def rows_counted(self, name: str, as_of: int, pupil: int) -> IntArray:
        """Rows of the school days that a pattern counted; ``as_of`` is an index into `as_of`."""
        end = int(self.as_of[as_of]) + 1
        days = self.pupil_days
        match name:
            case "missed_sessions_5" | "missed_sessions_20" | "missed_sessions_60":
                first = int(self._first(int(name.rpartition("_")[2]))[as_of])
                here = days.missed[first:end, pupil] > 0
                if self.covered is not None:
                    here &= ~self.covered[first:end, pupil]
            case "unauthorised_minutes_4w":
                first = int(self._first_of_weeks(_MINUTES_WEEKS)[as_of])
                if pupil in self.reports:
                    first = max(first, int(self._uncovered_from(pupil)[as_of]))
                here = days.minutes[first:end, pupil] > 0
            case "illness_spells_12w":
                first = int(self._first_of_weeks(_SPELLS_WEEKS)[as_of])
                here = days.ill[first:end, pupil] > 0
            case "late_60":
                first = int(self._first(_LONG)[as_of])
                here = days.late[first:end, pupil] > 0
            case "run_days" | "ill_run_days" | "unauthorised_run_days":
                return self._newest_rows(days.is_known, name, as_of, pupil)
            case "days_silent":
                return self._newest_rows(self.is_silent, name, as_of, pupil)
            case _:
                return np.zeros(0, np.intp)
        return np.flatnonzero(here) + first

    def _newest_rows(self, of: BoolArray, name: str, as_of: int, pupil: int) -> IntArray:
        """The newest marked rows, as many as a pattern counted."""
        rows = np.flatnonzero(of[: int(self.as_of[as_of]) + 1, pupil])
        return rows[len(rows) - int(self[name][as_of, pupil]) :]


def measure(
    book: Book,
    pupil_days: PupilDays,
    levels: Levels,
    as_of: IntArray,
    pupils: IntArray | None = None,
    least: Mapping[str, int] | None = None,
    was_silent: Sequence[tuple[int, int, bool]] = (),
) -> Patterns:
    """Patterns as of some rows of ``pupil_days``; ``levels`` are of the same school days.

    ``pupils`` are the numbers of its columns, where it has others than all pupils once; ``least``
    and ``was_silent`` are those of `Patterns`.
    """
    if pupils is None:
        reports = {pupil: book.reports_of(pupil) for pupil in book.reports}
    else:
        columns = enumerate(pupils.tolist() if book.reports else ())
        reports = {at: book.reports_of(pupil) for at, pupil in columns if pupil in book.reports}
    return Patterns(
        pupil_days,
        as_of,
        levels.covers(pupil_days.in_force.group),
        levels,
        reports,
        book.facts.is_exceptions,
        book.roster,
        least or {},
        was_silent,
    )
