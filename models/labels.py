"""Labels: what came of a pupil after a cut (DESIGN.md 5).

A label is worked out from the whole log, long after its cut. It is null where the log cannot
tell: where its window reaches past the end of the log, where the pupil was erased since, and for
leaving, where the school sends no enrolments. For leaving the log ends on the date of its newest
``recorded_at``, of any school: logs that are read together come from one system, and a school of
which nothing more is said had nobody leaving. For absence it ends with the school's last day.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from models.arrays import AnyArray, BoolArray, IntArray
from models.events.instants import date_of, instant_of
from models.events.types import Enrolment
from models.pattern_table import NULL_LABEL
from models.pupil_days import PupilDays

WITHIN_DAYS: Final = 40
"""Calendar days within which a pupil leaves, where nothing else is asked for."""
AHEAD_DAYS: Final = 40
"""School days ahead that the label of absence looks at."""
FEWEST_KNOWN_AHEAD: Final = 20
_TENTH: Final = 10
"""A tenth of the sessions is where much absence begins."""
_DATE_BITS: Final = 23
"""So many bits hold an ordinal and some days more."""


@dataclass(slots=True)
class DaysAhead:
    """Counts of one school's days as they were in the end, ``[days, pupils]`` each.

    Common-cause days are left out: nothing is known or missed on them.
    """

    days: list[int] = field(default_factory=list)
    _known: list[AnyArray] = field(default_factory=list)
    _missed: list[AnyArray] = field(default_factory=list)
    _enrolled: list[AnyArray] = field(default_factory=list)

    def add(self, pupil_days: PupilDays, covered: BoolArray | None) -> None:
        """Add some school days, later than those before."""
        left_out = np.zeros((), np.bool_) if covered is None else covered
        self.days += pupil_days.days.tolist()
        self._known.append(np.where(left_out, np.uint8(0), pupil_days.known))
        self._missed.append(np.where(left_out, np.uint8(0), pupil_days.missed))
        self._enrolled.append(pupil_days.in_force.enrolled)

    def label_absence(
        self, pupil: IntArray, as_of: IntArray, missed: AnyArray, expected: AnyArray
    ) -> AnyArray:
        """Who missed less than a tenth, and misses a tenth or more of the next 40 school days.

        ``missed`` and ``expected`` are the sessions of days(60) as of the cut; int8.
        """
        label = np.full(len(pupil), NULL_LABEL, np.int8)
        if not self.days:
            return label
        first = np.searchsorted(self.days, as_of, side="right")
        last = first + AHEAD_DAYS
        asked = (expected > 0) & (_TENTH * missed < expected) & (last <= len(self.days))
        first, last, pupil = first[asked], last[asked], pupil[asked]

        def ahead(counts: AnyArray) -> AnyArray:
            running = np.zeros((len(counts) + 1, counts.shape[1]), np.int32)
            np.cumsum(counts, axis=0, out=running[1:])
            return running[last, pupil] - running[first, pupil]

        known = np.concatenate(self._known)
        stays = ahead(np.concatenate(self._enrolled)) == AHEAD_DAYS
        told = stays & (ahead(known > 0) >= FEWEST_KNOWN_AHEAD)
        misses = _TENTH * ahead(np.concatenate(self._missed)) >= ahead(known)
        label[asked] = np.where(told, misses, NULL_LABEL)
        return label


def leavings(enrolments: Iterable[tuple[int, Enrolment]]) -> IntArray:
    """Who left, and from when: of some pupils' enrolments those that hold and say so.

    Not those for a diploma or another school. Of one pupil and ``from`` the greatest
    ``recorded_at`` holds, then the greatest ``id``. What comes back is for `label_left`.
    """
    held: dict[tuple[int, str], tuple[tuple[int, str], Enrolment]] = {}
    for pupil, event in enrolments:
        key, rank = (pupil, event.from_), (instant_of(event.recorded_at), event.id)
        if key not in held or rank > held[key][0]:
            held[key] = (rank, event)
    return np.sort(
        [
            (pupil << _DATE_BITS) + date_of(event.from_)
            for (pupil, _), (_, event) in held.items()
            if event.is_leaving
        ]
    ).astype(np.int64)


def label_left(
    left: IntArray, pupil: IntArray, as_of: IntArray, within_days: int, end: int
) -> AnyArray:
    """Who leaves within so many calendar days after the cut; int8.

    ``left`` is of `leavings`; ``end`` is the date on which the school's log ends.
    """
    cut = (pupil.astype(np.int64) << _DATE_BITS) + as_of
    until = np.searchsorted(left, cut + within_days, side="right")
    label = (until > np.searchsorted(left, cut, side="right")).astype(np.int8)
    label[as_of + within_days > end] = NULL_LABEL
    return label
