"""Days on which so many are away that one pupil's absence says little (SEMANTICS.md 4).

A school and each of its groups has a day of one of three sorts: common-cause, ordinary, or
neither. What sort a day is depends on the sorts of the twenty before it, so a school's days are
judged in their order, once, and kept.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from models.arrays import AnyArray, BoolArray, FloatArray, IntArray
from models.page import WHOLE_SCHOOL
from models.pupil_days import PupilDays

NEITHER, ORDINARY, COMMON_CAUSE = 0, 1, 2
SCHOOL: Final = WHOLE_SCHOOL
"""The column of the school itself; a group has the column of its number."""

DAYS_BEFORE: Final = 20
"""A day is compared with so many school days before it."""
_FEWEST_ORDINARY: Final = 5
_SCHOOL_PUPILS, _SCHOOL_RISE = 20, 0.10
_GROUP_PUPILS, _GROUP_RISE = 8, 0.50
_MADS: Final = 4 * 1.4826
"""Four standard deviations, of a normal distribution's median distance from its median."""
_SLACK: Final = 1e-9
"""So that "ten points more" does not hang on rounding."""


@dataclass(frozen=True)
class Levels:
    """Counts of a school and its groups on some school days, ``[days, 1 + groups]``."""

    days: IntArray
    known_pupils: AnyArray
    enrolled: AnyArray
    missed: AnyArray
    expected: AnyArray
    sort: AnyArray
    """`NEITHER`, `ORDINARY` or `COMMON_CAUSE`."""

    def of(self, days: IntArray, groups: int) -> "Levels":
        """Some school days, and so many columns; nothing is counted of what was not judged."""
        first = int(np.searchsorted(self.days, days[0])) if len(days) else 0
        levels = self.rows(slice(first, first + len(days)))
        if not np.array_equal(levels.days, days):
            place = np.searchsorted(self.days, days)
            found = place < len(self.days)
            found[found] = self.days[place[found]] == days[found]
            levels = unjudged(days, self.sort.shape[1])
            for new, old in zip(_columns(levels)[1:], _columns(self)[1:], strict=True):
                new[found] = old[place[found]]
        return Levels(*(_widened(column, groups) for column in _columns(levels)))

    def since(self, date: int) -> "Levels":
        """The days from a date on."""
        return self.rows(slice(int(np.searchsorted(self.days, date)), None))

    def rows(self, rows: slice) -> "Levels":
        """Some of the days."""
        return Levels(
            self.days[rows],
            self.known_pupils[rows],
            self.enrolled[rows],
            self.missed[rows],
            self.expected[rows],
            self.sort[rows],
        )

    def covers(self, group: AnyArray) -> BoolArray | None:
        """Which of some pupils' days, ``[days, pupils]``, are left out of share windows.

        ``group`` is each pupil's group on each of the same days. None where no day is.
        """
        common = self.sort == COMMON_CAUSE
        if not common.any():
            return None
        common[:, 1:] |= common[:, :1]
        covered: BoolArray = np.take_along_axis(common, np.maximum(group, SCHOOL), axis=1)
        return covered

    def others_are_known(self, row: int | IntArray, group: AnyArray) -> BoolArray:
        """On some days, of pupils in some groups: are at least half of the others known?

        Who is alone in a group is compared with the school; where nobody else is, the answer is no.
        """
        column = np.maximum(group, SCHOOL)
        column = np.where(self.enrolled[row, column] == 1, SCHOOL, column)
        others = self.enrolled[row, column] - 1
        known: BoolArray = (others > 0) & (2 * self.known_pupils[row, column] >= others)
        return known


def unjudged(days: IntArray, groups: int) -> Levels:
    """Of days on which nothing is counted yet, and none is common-cause."""
    shape = (len(days), groups)
    known_pupils, enrolled, missed, expected = (np.zeros(shape, np.int32) for _ in range(4))
    return Levels(days, known_pupils, enrolled, missed, expected, np.zeros(shape, np.uint8))


def judge(before: Levels, pupil_days: PupilDays, groups: int) -> Levels:
    """Judge some school days that follow those judged before; all of them, together.

    ``groups`` counts the school's groups, the one that means no group included.
    """
    counted = _count(pupil_days, groups)
    known = len(before.days)
    levels = Levels(
        *(
            np.concatenate([_widened(old, groups), new])
            for old, new in zip(_columns(before), _columns(counted), strict=True)
        )
    )
    _judge_levels(levels, known)
    return levels


def judged_again(levels: Levels, first: int, end: int) -> AnyArray:
    """What sorts some rows of days would be with these counts; `Levels.sort` of those rows."""
    start = max(0, first - DAYS_BEFORE)
    again = levels.rows(slice(start, end))
    again = replace(again, sort=again.sort.copy())
    _judge_levels(again, first - start)
    return again.sort[first - start :]


def _judge_levels(levels: Levels, known: int) -> None:
    groups = levels.sort.shape[1]
    _judge_level(levels, known, slice(SCHOOL, SCHOOL + 1), _SCHOOL_PUPILS, _SCHOOL_RISE)
    if groups > 1:
        _judge_level(levels, known, slice(1, groups), _GROUP_PUPILS, _GROUP_RISE)


def _columns(levels: Levels) -> tuple[AnyArray, ...]:
    return (
        levels.days,
        levels.known_pupils,
        levels.enrolled,
        levels.missed,
        levels.expected,
        levels.sort,
    )


def _widened(column: AnyArray, groups: int) -> AnyArray:
    if column.ndim == 1 or column.shape[1] == groups:
        return column
    wide = np.zeros((len(column), groups), column.dtype)
    wide[:, : column.shape[1]] = column
    return wide


def _count(pupil_days: PupilDays, groups: int) -> Levels:
    days = len(pupil_days.days)
    group = pupil_days.in_force.group
    where = np.arange(days)[:, None] * (groups + 1) + group + 1  # column 0: not enrolled
    flat = where.reshape(-1)

    def total(weights: AnyArray | None) -> AnyArray:
        flat_weights = None if weights is None else weights.reshape(-1)
        sums = np.bincount(flat, flat_weights, minlength=days * (groups + 1))
        by_group = sums.reshape(days, groups + 1)[:, 1:].astype(np.int32)
        by_group[:, SCHOOL] = by_group.sum(axis=1)
        return by_group

    return Levels(
        pupil_days.days,
        total(pupil_days.is_known),
        total(None),
        total(pupil_days.missed),
        total(pupil_days.known),
        np.zeros((days, groups), np.uint8),
    )


def _judge_level(
    levels: Levels, known: int, which: slice, fewest_pupils: int, least_rise: float
) -> None:
    """Judge the days from index ``known`` on of some columns."""
    pupils, expected = levels.known_pupils[:, which], levels.expected[:, which]
    counts = (pupils >= fewest_pupils) & (2 * pupils >= levels.enrolled[:, which])
    share = levels.missed[:, which] / np.maximum(expected, 1)
    sort = levels.sort[:, which]
    sort[known:] = np.where(counts[known:], ORDINARY, NEITHER)
    if which.start != SCHOOL:
        school = levels.sort[:, SCHOOL] == COMMON_CAUSE
        sort[known:][school[known:]] = NEITHER
    # Nothing rises above a median that is at least 0, unless it is at least that rise itself.
    may_stand_out = (sort[known:] == ORDINARY) & (share[known:] >= least_rise - _SLACK)
    for row, column in np.argwhere(may_stand_out).tolist():
        day = known + row
        before = slice(max(0, day - DAYS_BEFORE), day)
        ordinary = share[before, column][sort[before, column] == ORDINARY]
        if len(ordinary) >= _FEWEST_ORDINARY and _stands_out(
            float(share[day, column]), ordinary, least_rise
        ):
            sort[day, column] = COMMON_CAUSE


def _stands_out(share: float, ordinary: FloatArray, least_rise: float) -> bool:
    middle = _median(ordinary)
    spread = _median(np.abs(ordinary - middle))
    return share >= middle + max(least_rise, _MADS * spread) - _SLACK


def _median(values: FloatArray) -> float:
    ordered = np.sort(values).tolist()
    half = len(ordered) // 2
    if len(ordered) % 2:
        return float(ordered[half])
    return float((ordered[half - 1] + ordered[half]) / 2)
