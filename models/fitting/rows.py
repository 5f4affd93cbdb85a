"""Rows to fit on, and which of them are held out: always later ones, or other schools."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import AnyArray, BoolArray, FloatArray, IntArray
from models.pattern_table import NULL_LABEL, PatternTable
from models.scorecard.document import Label

_FEWEST_SCHOOLS: Final = 5
"""With fewer, no school is held out whole."""
FOLDS: Final = 5
_LATER_SHARE: Final = 0.25
"""Of the rows, in order of time, that the evaluation takes."""
_BLOCKS_BEGIN: Final = (0.5, 0.65, 0.8)
"""Of the rows, in order of time, where the blocks begin on which settings are compared."""
_CALENDAR_DAYS_OF_40_SCHOOL_DAYS: Final = 75
"""Eight weeks, and a holiday in them."""

DEFINITIONS: Final = {
    "absence": "Of pupils who missed less than 10% of the sessions expected in the last 60 school"
    " days: misses 10% or more of the known sessions of the next {} school days.",
    "left": "Is enrolled, and leaves within {} days, not with a diploma or for another school.",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """A table's rows as a fit sees them; all arrays have an element a row."""

    features: FloatArray
    """``[rows, features]``."""
    label: AnyArray
    """`NULL_LABEL`, 0 or 1."""
    as_of: IntArray
    school: IntArray
    pupil: IntArray
    """Pupils of one name in two schools have two numbers."""
    known_on: IntArray
    """From which date on each label could be known."""

    @property
    def labelled(self) -> BoolArray:
        """Which rows have a label."""
        return np.asarray(self.label != NULL_LABEL)


def label_of(name: str, within_days: int) -> Label:
    """Make the definition that a scorecard's file names."""
    assert name in {"absence", "left"}
    definition = DEFINITIONS[name].format(within_days)
    return Label("absence" if name == "absence" else "left", within_days, definition)


def rows_of(table: PatternTable, label: Label) -> Rows:
    """Take from a table what a fit looks at."""
    ahead = label.within_days if label.name == "left" else _CALENDAR_DAYS_OF_40_SCHOOL_DAYS
    pupil = table.school.astype(np.int64) * max(len(table.pupils), 1) + table.pupil
    return Rows(
        table.features(),
        table.label_left if label.name == "left" else table.label_absence,
        table.as_of,
        table.school,
        np.unique(pupil, return_inverse=True)[1],
        table.as_of + ahead,
    )


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows for the evaluation, and the labelled rows that could be known before them."""

    before: BoolArray
    later: BoolArray
    unseen: BoolArray
    """Rows of schools of which the fit sees nothing; all False where there are few schools."""


def hold_out(rows: Rows, seed: int) -> HeldOut:
    """Hold out the later quarter, and about a fifth of the schools."""
    begins = _day_at(rows, 1 - _LATER_SHARE)
    schools = np.unique(rows.school)
    unseen_schools = np.zeros(0, schools.dtype)
    if len(schools) >= _FEWEST_SCHOOLS:
        drawn = np.random.default_rng(seed).permutation(schools)
        unseen_schools = drawn[: max(1, len(schools) // _FEWEST_SCHOOLS)]
    unseen = np.isin(rows.school, unseen_schools)
    before = rows.labelled & ~unseen & (rows.known_on < begins)
    return HeldOut(before, rows.labelled & (rows.as_of >= begins), unseen & rows.labelled)


def blocks(rows: Rows, among: BoolArray) -> Iterator[tuple[BoolArray, BoolArray]]:
    """Blocks of time, each with all that could be known before it began: (before, block)."""
    begins = [_day_at(rows, share, among) for share in _BLOCKS_BEGIN]
    for first, end in zip(begins, [*begins[1:], np.iinfo(np.int64).max], strict=True):
        before = among & (rows.known_on < first)
        block = among & (rows.as_of >= first) & (rows.as_of < end)
        if has_both(rows.label[before]) and has_both(rows.label[block]):
            yield before, block


def has_many_schools(rows: Rows) -> bool:
    """Say whether some schools can be held out whole."""
    return len(np.unique(rows.school)) >= _FEWEST_SCHOOLS


def folds(rows: Rows, seed: int) -> IntArray:
    """Give each row one of `FOLDS` numbers, by its school; by its pupil where schools are few."""
    whole = rows.school if has_many_schools(rows) else rows.pupil
    units, place = np.unique(whole, return_inverse=True)
    numbers = np.arange(len(units)) % FOLDS
    return np.asarray(np.random.default_rng(seed).permutation(numbers)[place])


def _day_at(rows: Rows, share: float, among: BoolArray | None = None) -> int:
    """Day before which so large a share of the labelled rows lies."""
    days = np.sort(rows.as_of[rows.labelled if among is None else among])
    return int(days[min(int(share * len(days)), len(days) - 1)]) if len(days) else 0


def has_both(label: AnyArray) -> bool:
    """Say whether some have the label, and some have not."""
    return bool((label == 0).any() and (label == 1).any())
