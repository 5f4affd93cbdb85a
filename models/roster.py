"""Who is enrolled, and where: a school's enrolments in force on its dates (SEMANTICS.md 3)."""

from dataclasses import dataclass, field
from typing import Final

import msgspec
import numpy as np

from models.arrays import AnyArray, BoolArray, IntArray
from models.events.types import EnrolmentStatus, Phase
from models.page import WHOLE_SCHOOL

NOT_ENROLLED: Final = -1
FOREVER: Final = np.iinfo(np.int32).max
_FEWEST_ENROLLED: Final = 10
"""A share of fewer pupils says more about them than about their school."""
IMPLIED: Final = -1
"""The record of who is enrolled by a first live mark: no group, no mentor, no phase."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """An enrolment that holds for its (pupil, from)."""

    pupil: int
    first: int
    last: int
    """`FOREVER` where no end was said."""
    at: int
    id: str
    group: int
    mentor: str | None
    status: EnrolmentStatus
    phase: Phase | None
    is_leaving: bool = False
    """`models.events.types.Enrolment.is_leaving`."""


@dataclass(frozen=True, slots=True)
class InForce:
    """Enrolments in force, ``[dates, pupils]``."""

    group: AnyArray
    """`NOT_ENROLLED`, `models.page.WHOLE_SCHOOL` for no group, else the group's number."""
    record: AnyArray
    """Index into `Roster.records`, or `IMPLIED`; it means nothing where not enrolled."""

    @property
    def enrolled(self) -> BoolArray:
        """Who is enrolled on which date."""
        enrolled: BoolArray = self.group != NOT_ENROLLED
        return enrolled


@dataclass(slots=True)
class Roster:
    """All enrolments of one school; the greatest ``recorded_at``, then ``id``, holds for a key."""

    held: dict[tuple[int, int], Record] = field(default_factory=dict)
    """(pupil, from) → what holds."""
    is_sent: bool = False
    """Did the school ever send an enrolment, an erased one included?"""
    mentors: list[str | None] = field(default_factory=lambda: [None])
    """Mentors by number; the first means none."""
    _mentor_number: dict[str | None, int] = field(default_factory=lambda: {None: 0})
    _sorted: "_Sorted | None" = None

    def enrol(self, record: Record) -> bool:
        """Take an enrolment; does anything change?"""
        self.is_sent = True
        key = (record.pupil, record.first)
        held = self.held.get(key)
        if held is not None and (held.at, held.id) >= (record.at, record.id):
            return False
        self.held[key] = record
        self._sorted = None
        return True

    def forget(self, pupil: int, until: int) -> None:
        """Drop what was recorded about a pupil at or before an instant."""
        gone = [key for key, held in self.held.items() if key[0] == pupil and held.at <= until]
        for key in gone:
            del self.held[key]
        self._sorted = None

    @property
    def records(self) -> list[Record]:
        """The enrolments that hold, sorted by pupil and ``from``."""
        return self._arrays().records

    @property
    def phases(self) -> list[Phase | None]:
        """Phases of the records; the last is that of `IMPLIED`."""
        return self._arrays().phases

    def mentor_of(self, record: AnyArray) -> AnyArray:
        """Numbers of the mentors in some records, as `InForce.record` has them."""
        numbers = self._arrays().mentor
        if numbers is None:
            numbers = np.zeros(len(self.records) + 1, np.int32)
            for index, each in enumerate(self.records):
                numbers[index] = self.number_of_mentor(each.mentor)
            self._arrays().mentor = numbers
        mentors: AnyArray = numbers[record]
        return mentors

    def number_of_mentor(self, mentor: str | None) -> int:
        """Number of a mentor, who gets one where there is none yet."""
        if mentor not in self._mentor_number:
            self._mentor_number[mentor] = len(self.mentors)
            self.mentors.append(mentor)
        return self._mentor_number[mentor]

    def pupils(self) -> set[int]:
        """Everyone with an enrolment, whatever its status and dates."""
        return {pupil for pupil, _ in self.held}

    def left_share(self, since: int, until: int, pupils: int) -> float:
        """Of a school's ``pupils``, who was enrolled on a date, the share that left up to another.

        NaN with fewer than `_FEWEST_ENROLLED`, and while the school has sent no enrolment. Who
        left and came back has left.
        """
        dates, everyone = np.array([since], np.int32), np.arange(pupils)
        enrolled = self.in_force(dates, everyone, None).enrolled[0]
        number = int(enrolled.sum())
        if number < _FEWEST_ENROLLED:
            return np.nan
        left = self._arrays().leaving(since, until)
        return int(enrolled[left].sum()) / number

    def in_force(self, dates: IntArray, pupils: IntArray, implied_from: IntArray | None) -> InForce:
        """Work out who of some pupils, sorted, is enrolled on some dates.

        ``implied_from`` ``[pupils]`` is the date of each pupil's first live mark, `FOREVER` for
        none; it counts while the school has sent no enrolment.
        """
        if not self.is_sent and implied_from is not None:
            enrolled = dates[:, None] >= implied_from[None, pupils]
            group = np.where(enrolled, np.int32(WHOLE_SCHOOL), np.int32(NOT_ENROLLED))
            return InForce(group, np.full(group.shape, IMPLIED, np.int32))
        return self._arrays().in_force(dates, pupils)

    def _arrays(self) -> "_Sorted":
        if self._sorted is None:
            self._sorted = _Sorted([self.held[key] for key in sorted(self.held)])
        return self._sorted


class _Sorted:
    """Records as arrays, sorted by pupil and ``from``."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self.phases: list[Phase | None] = [*(each.phase for each in records), None]
        self.mentor: AnyArray | None = None
        """Each record's mentor, by number; the last is that of `IMPLIED`."""
        self.pupil = np.array([each.pupil for each in records], np.intp)
        self.first = np.array([each.first for each in records], np.int32)
        self.last = np.array([each.last for each in records], np.int32)
        self.group = np.array(
            [
                each.group if each.status is EnrolmentStatus.ENROLLED else NOT_ENROLLED
                for each in records
            ],
            np.int32,
        )
        self.is_leaving = np.array([each.is_leaving for each in records], np.bool_)
        starts = np.flatnonzero(np.diff(self.pupil, prepend=-1))
        counts = np.diff(np.append(starts, len(records)))
        self.rank = np.arange(len(records)) - np.repeat(starts, counts)
        """Which of its pupil's records each is: later ones lie over earlier ones."""

    def leaving(self, since: int, until: int) -> IntArray:
        """Who leaves from a date after one, up to another; each once."""
        there = self.is_leaving & (self.first > since) & (self.first <= until)
        pupils: IntArray = np.unique(self.pupil[there])
        return pupils

    def in_force(self, dates: IntArray, pupils: IntArray) -> InForce:
        group = np.full((len(dates), len(pupils)), NOT_ENROLLED, np.int32)
        record = np.zeros((len(dates), len(pupils)), np.int32)
        if not len(dates) or not len(pupils):
            return InForce(group, record)
        column = np.searchsorted(pupils, self.pupil)
        asked = pupils[np.minimum(column, len(pupils) - 1)] == self.pupil
        could = asked & (self.first <= dates[-1]) & (self.last >= dates[0])
        for rank in range(int(self.rank.max(initial=-1)) + 1):
            rows = np.flatnonzero((self.rank == rank) & could)
            if not len(rows):
                continue
            pupil = column[rows]
            if self.first[rows].max() <= dates[0] and self.last[rows].min() >= dates[-1]:
                group[:, pupil] = self.group[rows]
                record[:, pupil] = rows
                continue
            covers = dates[:, None] >= self.first[rows]
            covers &= dates[:, None] <= self.last[rows]
            group[:, pupil] = np.where(covers, self.group[rows], group[:, pupil])
            record[:, pupil] = np.where(covers, rows, record[:, pupil])
        return InForce(group, record)
