"""What a mentor would have been told: alerts that open, and how long before the rules spoke."""

from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np

from models.arrays import BoolArray, FloatArray, IntArray
from models.fitting.judging.baselines import school_days, subjects
from models.pattern_table import PatternTable

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


def mentors(table: PatternTable) -> IntArray:
    """Number who hears of each row: the mentor, else the group, else the school."""
    no_mentor = np.array([name is None for name in table.mentors], np.bool_)[table.mentor]
    no_group = np.array([name is None for name in table.groups], np.bool_)[table.group]
    of_group = np.where(no_group, 0, table.group.astype(np.int64) + 1)
    of_mentor = table.mentor.astype(np.int64) + len(table.groups) + 1
    who = np.where(no_mentor, of_group, of_mentor)
    keys = table.school.astype(np.int64) * (len(table.groups) + len(table.mentors) + 2) + who
    numbers: IntArray = np.unique(keys, return_inverse=True)[1]
    return numbers


@dataclass(frozen=True, slots=True)
class Load:
    """Alerts that opened, by mentor and calendar week."""

    per_mentor_week: float
    most: int
    """In one mentor's worst week."""
    alerts: int
    mentors: int
    mentor_weeks: int


def load(table: PatternTable, flagged: BoolArray) -> Load:
    """Count alerts; weeks are those from a school's first cut to its last, holidays included."""
    opens = opened(table, flagged)
    mentor = mentors(table)
    weeks_of_school = np.zeros(len(table.schools), np.int64)
    week = (table.as_of.astype(np.int64) - 1) // 7  # ordinals begin on a Monday
    first = np.full(len(table.schools), np.iinfo(np.int64).max)
    np.minimum.at(first, table.school, week)
    np.maximum.at(weeks_of_school, table.school, week - first[table.school] + 1)
    school_of = np.zeros(int(mentor.max(initial=-1)) + 1, np.int64)
    school_of[mentor] = table.school
    mentor_weeks = int(weeks_of_school[school_of].sum())
    span = int(weeks_of_school.max(initial=1))
    counts = np.bincount((mentor * span + week - first[table.school])[opens])
    alerts = int(opens.sum())
    return Load(
        alerts / mentor_weeks if mentor_weeks else float("nan"),
        int(counts.max(initial=0)),
        alerts,
        len(school_of),
        mentor_weeks,
    )


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
