"""What a scorecard has to beat: five ways to rank pupils that need no model, or hardly one."""

from enum import StrEnum
from typing import Final

import numpy as np

from models.arrays import AnyArray, FloatArray, IntArray
from models.fitting.judging.logistic import Logistic, share
from models.pattern_table import PatternTable

EARLY_DAYS: Final = 84
"""Twelve weeks: the part of a school's year that early counts are taken from."""
YEAR_DAYS: Final = 365


class Method(StrEnum):
    """A way to rank pupils."""

    SCORECARD = "scorecard"
    RATE = "rate"
    RULES = "rules"
    EARLY_COUNT = "early_count"
    SURROUNDINGS = "surroundings"
    LOGISTIC = "logistic"


WORDS: Final = {
    Method.SCORECARD: "this scorecard",
    Method.RATE: "current rate",
    Method.RULES: "the pack's rules",
    Method.EARLY_COUNT: "early-year count",
    Method.SURROUNDINGS: "school's and group's share",
    Method.LOGISTIC: "logistic regression",
}
DEFINITIONS: Final = {
    Method.SCORECARD: "the score of the file judged",
    Method.RATE: "share of the expected sessions of the last 60 school days that was missed",
    Method.RULES: "greatest tier of the pack's rules; within a tier by the current rate",
    Method.EARLY_COUNT: "sessions missed so far, counted in the first twelve weeks of the school's"
    " year and kept from then on",
    Method.SURROUNDINGS: "mean of the shares missed by the whole school and by the pupil's group"
    " within 60 school days",
    Method.LOGISTIC: "logistic regression on shares missed, spells and runs, fitted on the"
    " scorecard's training rows",
}
BASELINES: Final = tuple(each for each in Method if each is not Method.SCORECARD)


def rankings(table: PatternTable, logistic: Logistic) -> dict[Method, FloatArray]:
    """Score every row in each way; the greater, the sooner one looks. NaN: nothing to say."""
    return {
        Method.SCORECARD: table.score,
        Method.RATE: share(table, 60),
        Method.RULES: _rules(table),
        Method.EARLY_COUNT: early_count(table),
        Method.SURROUNDINGS: _surroundings(table),
        Method.LOGISTIC: logistic.score(table),
    }


def rules_tier(table: PatternTable) -> AnyArray:
    """Greatest tier of a pupil's two kinds of alert."""
    tier: AnyArray = np.maximum(table.tier_attendance, table.tier_unauthorised)
    return tier


def _rules(table: PatternTable) -> FloatArray:
    ranked: FloatArray = 2.0 * rules_tier(table) + np.nan_to_num(share(table, 60))
    return ranked


def subjects(table: PatternTable) -> IntArray:
    """Number the pupils of each school from 0: a pupil of two schools is two."""
    keys = table.school.astype(np.int64) * (len(table.pupils) + 1) + table.pupil
    numbers: IntArray = np.unique(keys, return_inverse=True)[1]
    return numbers


def school_days(table: PatternTable) -> IntArray:
    """Number the cut days of each school from 0, one after the other."""
    keys = table.school.astype(np.int64) * 10_000_000 + table.as_of
    numbers: IntArray = np.unique(keys, return_inverse=True)[1]
    return numbers


def early_count(table: PatternTable) -> FloatArray:
    """Sessions missed, as counted on the last cut within the school's first twelve weeks.

    A school's year begins with its first cut, and again each 365 days later. On earlier cuts, and
    for who came later, it is what was missed so far.
    """
    missed = table.columns["missed_sessions_60"]
    began = np.full(len(table.schools), np.iinfo(np.int64).max)
    np.minimum.at(began, table.school, table.as_of.astype(np.int64))
    day = table.as_of - began[table.school]
    years = day // YEAR_DAYS
    is_early = day % YEAR_DAYS < EARLY_DAYS
    of = subjects(table) * (int(years.max(initial=0)) + 1) + years
    order = np.lexsort((table.as_of, of))
    last_early = np.maximum.accumulate(np.where(is_early[order], np.arange(len(order)), -1))
    is_same = (last_early >= 0) & (of[order][last_early] == of[order])
    counted = np.empty(len(table))
    counted[order] = np.where(is_same, missed[order][last_early], missed[order])
    return counted


def _surroundings(table: PatternTable) -> FloatArray:
    of_school = _share_of(table, school_days(table))
    keys = school_days(table) * (len(table.groups) + 1) + table.group
    _, groups = np.unique(keys, return_inverse=True)
    of_group = _share_of(table, groups.astype(np.int64))
    has_group = np.array([name is not None for name in table.groups], np.bool_)[table.group]
    surroundings: FloatArray = (of_school + np.where(has_group, of_group, of_school)) / 2
    return surroundings


def _share_of(table: PatternTable, unit: IntArray) -> FloatArray:
    missed = np.bincount(unit, table.columns["missed_sessions_60"])
    expected = np.bincount(unit, table.columns["expected_sessions_60"])
    shares: FloatArray = (missed / np.where(expected > 0, expected, 1.0))[unit]
    return shares
