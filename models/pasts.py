"""Closed days as they were before they were corrected.

Of differences that wait, some are due before a correction of a closed day and some after it.
Whoever was corrected has a column of their own for those that are due before: a *past*.
Columns of all pupils as they are now and of all pasts are measured and folded together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from models.arrays import AnyArray, BoolArray, IntArray, are_among
from models.book import Book
from models.codes import BITS, MISSED
from models.common_cause import COMMON_CAUSE, DAYS_BEFORE, SCHOOL, Levels, judged_again
from models.pupil_days import PupilDays, count_day
from models.roster import InForce

_FIELD = (1 << BITS) - 1


@dataclass(frozen=True, slots=True)
class Correction:
    """What some pupils' counts of a closed school day were before a correction."""

    due: int
    """How many of the differences that wait are due before it."""
    day: int
    cells: AnyArray
    """Rows: the pupils, some perhaps twice; their `PupilDays.packed`; their ``minutes``."""

    @property
    def pupil(self) -> IntArray:
        """Numbers of the pupils."""
        pupil: IntArray = self.cells[0]
        return pupil

    @property
    def packed(self) -> AnyArray:
        """Counts of sessions."""
        packed: AnyArray = self.cells[1]
        return packed

    @property
    def minutes(self) -> AnyArray:
        """Minutes missed without authority."""
        minutes: AnyArray = self.cells[2]
        return minutes


def remember(book: Book, due: int, day: int, pupils: IntArray | None) -> Correction:
    """Keep the counts of some pupils, or of all, of a day that is about to be corrected."""
    asked = np.arange(len(book.pupils)) if pupils is None else pupils
    return Correction(due, day, np.stack([asked, *count_day(book, day, asked)]).astype(np.int32))


def undo(pupil_days: PupilDays, corrections: Sequence[Correction]) -> PupilDays:
    """The days as they were before some corrections, the last of those that were made."""
    if not corrections:
        return pupil_days
    packed, minutes = pupil_days.packed.copy(), pupil_days.minutes.copy()
    row_of = _rows(pupil_days)
    for each in reversed(corrections):
        row = row_of.get(each.day)
        if row is not None:
            packed[row, each.pupil] = each.packed
            minutes[row, each.pupil] = each.minutes
    return PupilDays(pupil_days.days, packed, minutes, pupil_days.in_force)


@dataclass(frozen=True)
class Pasts:
    """Pupils as they are, a column each, and after them the pasts."""

    pupil_days: PupilDays
    pupils: int
    of: IntArray
    """Whose past each is; those with the greatest `due` come first."""
    due: IntArray
    """A past holds for the differences before this one that no other of the pupil holds for."""
    was_silent: Sequence[tuple[int, int, bool]] = ()
    """Row, column, and whether the pupil was silent, where the counts tell otherwise."""
    counted: Mapping[tuple[int, int], Sequence[tuple[int, int, int]]] = field(default_factory=dict)
    """Day and group → for the differences before which one, missed and expected sessions were
    others on a common-cause day; the greatest first."""

    @property
    def owner(self) -> IntArray:
        """Number of the pupil whose column each is."""
        return np.concatenate([np.arange(self.pupils), self.of])

    def families(self, columns: IntArray) -> IntArray:
        """Add to some columns, sorted, the others of the same pupils."""
        if not len(self.of):
            return columns
        pupils = np.unique(self.owner[columns])
        pasts = np.flatnonzero(are_among(self.of, pupils)) + self.pupils
        return np.concatenate([pupils, pasts])

    def counts(self, levels: Levels, day: int, group: int, difference: int) -> tuple[int, int]:
        """Missed and expected sessions of a common-cause day, as a difference has to tell them."""
        row = int(np.searchsorted(levels.days, day))
        counts = int(levels.missed[row, group]), int(levels.expected[row, group])
        for due, *then in self.counted.get((day, group), ()):
            if difference < due:
                counts = then[0], then[1]
        return counts

    def columns(self, pupils: IntArray, differences: int) -> IntArray:
        """The columns that hold for some pupils, sorted, ``[differences, pupils]``."""
        columns = np.repeat(pupils[None, :], differences, axis=0)
        place = np.searchsorted(pupils, self.of)
        for past, (pupil, due) in enumerate(zip(self.of.tolist(), self.due.tolist(), strict=True)):
            at = place[past]
            if at < len(pupils) and pupils[at] == pupil:
                columns[:due, at] = self.pupils + past
        return columns


def as_they_are(pupil_days: PupilDays) -> Pasts:
    """No pasts: nothing was corrected while differences waited."""
    none = np.zeros(0, np.intp)
    return Pasts(pupil_days, pupil_days.packed.shape[1], none, none)


@dataclass(frozen=True, slots=True)
class Harm:
    """After a correction other days stand out, or other pupils are silent, than before it."""

    due: int


def find_pasts(
    pupil_days: PupilDays,
    levels: Levels,
    corrections: Sequence[Correction],
    days_due: Sequence[int],
    *,
    is_exceptions: bool,
) -> Pasts | Harm:
    """Find the pasts that corrections left, or the last of them that did more than that.

    ``pupil_days`` and ``levels`` are as they are now, of the same days; ``days_due`` are the
    newest closed day of each difference that waits.
    """
    if not corrections:
        return as_they_are(pupil_days)
    before = _Before(pupil_days, levels, is_exceptions=is_exceptions)
    for due, together in groupby(reversed(corrections), lambda each: each.due):
        if not before.undo(list(together), due, days_due[due - 1]):
            return Harm(due)
    return before.pasts()


@dataclass
class _Before:
    """The days going back through corrections, the last one first."""

    now: PupilDays
    levels: Levels
    is_exceptions: bool = field(kw_only=True)
    packed: AnyArray = field(init=False)
    minutes: AnyArray = field(init=False)
    was: Levels = field(init=False)
    silent: dict[tuple[int, int], bool] = field(default_factory=dict)
    """Row and pupil → silent then? Where the counts as they are now tell otherwise."""
    of: list[IntArray] = field(default_factory=list)
    due: list[IntArray] = field(default_factory=list)
    columns: list[tuple[AnyArray, AnyArray]] = field(default_factory=list)
    was_silent: list[tuple[int, int, bool]] = field(default_factory=list)
    recounted: set[tuple[int, int]] = field(default_factory=set)
    counted: dict[tuple[int, int], list[tuple[int, int, int]]] = field(default_factory=dict)
    found: int = 0

    def __post_init__(self) -> None:
        self.packed, self.minutes = self.now.packed.copy(), self.now.minutes.copy()
        levels = self.levels
        self.was = replace(
            levels,
            known_pupils=levels.known_pupils.copy(),
            missed=levels.missed.copy(),
            expected=levels.expected.copy(),
        )
        self.row_of = _rows(self.now)

    def undo(self, corrections: Sequence[Correction], due: int, newest: int) -> bool:
        """Undo what was corrected between two differences; did it change those pupils alone?"""
        corrected: list[IntArray] = []
        rows: set[int] = set()
        for each in corrections:
            row = self.row_of.get(each.day)
            if row is None:
                continue
            now, now_minutes = self.packed[row, each.pupil], self.minutes[row, each.pupil]
            changed = (now != each.packed) | (now_minutes != each.minutes)
            if not changed.any():
                continue
            pupil, first = np.unique(each.pupil[changed], return_index=True)
            if not self._count(row, pupil, now[changed][first], each.packed[changed][first]):
                return False
            self.minutes[row, pupil] = each.minutes[changed][first]
            corrected.append(pupil)
            rows.add(row)
        if corrected:
            if not self._stand_out_alike(min(rows), max(rows), newest):
                return False
            self._keep(np.unique(np.concatenate(corrected)), due)
        for row, group in self.recounted:
            missed, expected = int(self.was.missed[row, group]), int(self.was.expected[row, group])
            said = self.counted.setdefault((int(self.now.days[row]), group), [])
            said.append((due, missed, expected))
        self.recounted.clear()
        return True

    def _count(self, row: int, pupil: IntArray, now: AnyArray, then: AnyArray) -> bool:
        """Count some pupils as they were then; is nobody else silent because of it?"""
        group = self.now.in_force.group[row, pupil]
        known_now, known_then = now & _FIELD, then & _FIELD
        flips = (known_now > 0) != (known_then > 0)
        missed = ((then >> MISSED) & _FIELD).astype(np.int32) - ((now >> MISSED) & _FIELD)
        expected = known_then.astype(np.int32) - known_now
        for column in {SCHOOL, *group.tolist()}:
            if self.levels.sort[row, column] == COMMON_CAUSE:
                self.recounted.add((row, column))
        could_be_heard = self._others_are_known(row) if flips.any() else None
        for counts, more in ((self.was.missed, missed), (self.was.expected, expected)):
            _add(counts[row], group, more)
        self.packed[row, pupil] = then
        if could_be_heard is None:
            return True
        _add(self.was.known_pupils[row], group, (known_then > 0).astype(np.int32) - (known_now > 0))
        can_be_heard = self._others_are_known(row)
        unknown = (self.packed[row] & _FIELD == 0) & (self.now.in_force.group[row] >= 0)
        unknown[pupil] = False
        if (unknown & (can_be_heard != could_be_heard)).any():
            return False
        for each, heard, known in zip(
            pupil[flips].tolist(),
            can_be_heard[pupil[flips]].tolist(),
            (known_then[flips] > 0).tolist(),
            strict=True,
        ):
            self.silent[row, each] = heard and not known
        return True

    def _others_are_known(self, row: int) -> BoolArray:
        if self.is_exceptions:
            return np.zeros(self.packed.shape[1], np.bool_)
        return self.was.others_are_known(row, self.now.in_force.group[row])

    def _stand_out_alike(self, first: int, last: int, newest: int) -> bool:
        """Say whether the days that stood out then are those that do now."""
        until = int(np.searchsorted(self.now.days, newest, side="right"))
        end = min(until, last + DAYS_BEFORE + 1)
        again = judged_again(self.was, first, end)
        return bool((again == self.levels.sort[first:end]).all())

    def _keep(self, pupils: IntArray, due: int) -> None:
        column = self.packed.shape[1] + self.found
        self.of.append(pupils)
        self.due.append(np.full(len(pupils), due, np.intp))
        self.columns.append((self.packed[:, pupils], self.minutes[:, pupils]))
        for (row, pupil), silent in self.silent.items():
            at = int(np.searchsorted(pupils, pupil))
            if at < len(pupils) and pupils[at] == pupil:
                self.was_silent.append((row, column + at, silent))
        self.found += len(pupils)

    def pasts(self) -> Pasts:
        """Give what was found."""
        if not self.found:
            return as_they_are(self.now)
        of = np.concatenate(self.of)
        in_force = self.now.in_force
        pupil_days = PupilDays(
            self.now.days,
            np.concatenate([self.now.packed, *(packed for packed, _ in self.columns)], axis=1),
            np.concatenate([self.now.minutes, *(minutes for _, minutes in self.columns)], axis=1),
            InForce(
                np.concatenate([in_force.group, in_force.group[:, of]], axis=1),
                np.concatenate([in_force.record, in_force.record[:, of]], axis=1),
            ),
        )
        return Pasts(
            pupil_days,
            self.packed.shape[1],
            of,
            np.concatenate(self.due),
            self.was_silent,
            self.counted,
        )


def _add(counts: AnyArray, group: AnyArray, more: AnyArray) -> None:
    """Add to counts of groups, and of the school."""
    in_group = group != SCHOOL
    np.add.at(counts, group[in_group], more[in_group])
    counts[SCHOOL] += more.sum()


def _rows(pupil_days: PupilDays) -> dict[int, int]:
    return {day: row for row, day in enumerate(pupil_days.days.tolist())}
