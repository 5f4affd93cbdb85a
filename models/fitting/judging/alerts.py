"""What a mentor would have been told: alerts that open, and how long before the rules spoke."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np

from models.arrays import BoolArray, FloatArray, IntArray
from models.fitting.judging.baselines import school_days, subjects
from models.pattern_table import PatternTable

PUPILS_OF_A_MENTOR: Final = 25
"""Where a log names neither mentors nor groups."""
DAYS_OF_A_WEEK: Final = 7
MOST_GAINED_DAYS: Final = 60
"""An alert that stood longer ago than patterns look back was about something else."""


def opened(table: PatternTable, flagged: BoolArray) -> BoolArray:
    """Tell which flagged rows open an alert: their pupil was not flagged on the cut before."""
    subject, day = subjects(table), school_days(table)
    order = np.lexsort((day, subject))
    goes_on = np.zeros(len(table), np.bool_)
    earlier, later = order[:-1], order[1:]
    goes_on[later] = (
        (subject[later] == subject[earlier]) & (day[later] == day[earlier] + 1) & flagged[earlier]
    )
    opens: BoolArray = flagged & ~goes_on
    return opens


@dataclass(frozen=True, slots=True)
class Load:
    """Alerts that opened, by mentor and calendar week."""

    alerts: int
    mentor_weeks: float

    @property
    def per_mentor_week(self) -> float:
        """NaN where there are no weeks."""
        return self.alerts / self.mentor_weeks if self.mentor_weeks else float("nan")


def load(table: PatternTable, flagged: BoolArray) -> Load:
    """Count the alerts that open."""
    return Load(int(opened(table, flagged).sum()), mentor_weeks(table))


def mentor_weeks(table: PatternTable) -> float:
    """Mentors and the weeks from their school's first cut to its last, holidays included.

    Where a pupil has no mentor the group counts as one; of pupils without either, 25 do.
    """
    week = (table.as_of.astype(np.int64) - 1) // DAYS_OF_A_WEEK  # ordinals begin on a Monday
    first = np.full(len(table.schools), np.iinfo(np.int64).max)
    last = np.full(len(table.schools), -1)
    np.minimum.at(first, table.school, week)
    np.maximum.at(last, table.school, week)
    weeks = np.where(last < 0, 0, last - first + 1)
    has_mentor = _is_named(table.mentors)[table.mentor]
    has_group = _is_named(table.groups)[table.group] & ~has_mentor
    total = 0.0
    for here, who, pupils in (
        (has_mentor, table.mentor, 1),
        (has_group, table.group, 1),
        (~has_mentor & ~has_group, table.pupil, PUPILS_OF_A_MENTOR),
    ):
        each = np.unique(np.stack([table.school[here], who[here]]), axis=1)
        total += float(weeks[each[0]].sum()) / pupils
    return total


def _is_named(names: Sequence[str | None]) -> BoolArray:
    return np.array([each is not None for each in names], np.bool_)


def first_flagged(table: PatternTable, score: FloatArray, number: int) -> BoolArray:
    """Flag so many rows, the greatest scores first.

    Of equal scores the same pupils go first every time: those whose school and id have the
    lowest CRC-32.
    """
    subject = subjects(table)
    lots = np.zeros(int(subject.max(initial=-1)) + 1, np.int64)
    _, one_row_each = np.unique(subject, return_index=True)
    for row in one_row_each.tolist():
        name = f"{table.schools[table.school[row]]}/{table.pupils[table.pupil[row]]}"
        lots[subject[row]] = crc32(name.encode())
    ranked = np.where(np.isnan(score), -np.inf, score)
    flagged = np.zeros(len(table), np.bool_)
    flagged[np.lexsort((table.as_of, lots[subject], -ranked))[:number]] = True
    return flagged


@dataclass(frozen=True, slots=True)
class Gained:
    """School days before the rules first spoke, of each pupil of whom they did."""

    subject: IntArray
    days: IntArray
    """0 where nothing stood before."""


def days_gained(table: PatternTable, flagged: BoolArray, by_rules: BoolArray, every: int) -> Gained:
    """Compare with the rules' first alert of each pupil who had an earlier cut.

    Counts from the earliest flagged cut within the 60 school days before it; ``every`` is the
    number of school days from cut to cut.
    """
    subject = subjects(table)
    pupils = int(subject.max(initial=-1)) + 1
    day = school_days(table)
    never = np.iinfo(np.int64).max
    first_cut, spoken = np.full(pupils, never), np.full(pupils, never)
    np.minimum.at(first_cut, subject, day)
    np.minimum.at(spoken, subject[by_rules], day[by_rules])
    cuts = MOST_GAINED_DAYS // every
    is_before = flagged & (day < spoken[subject]) & (spoken[subject] != never)
    is_before &= day >= spoken[subject] - cuts
    earliest = np.full(pupils, never)
    np.minimum.at(earliest, subject[is_before], day[is_before])
    who = np.flatnonzero((spoken != never) & (spoken > first_cut))
    gained = np.where(earliest[who] != never, (spoken[who] - earliest[who]) * every, 0)
    return Gained(who, gained)
