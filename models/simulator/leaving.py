"""Pupils who drift away and leave, who move to another group, and who come in their place.

A district is a fixed number of **seats**; a pupil sits on one. Who leaves gives up the seat, and
some weeks later another pupil with a new pseudonym and new traits takes it: so memory does not
grow with the days, and a district of ten years is not empty at its end.

Most pupils who leave early drift: over one to four months they stay away more and more, then they
are gone. Half of those who go are written off only days later. Until then no teacher lists them
(with ``default: present`` they are listed absent): nobody has noticed yet.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from models.simulator.arrays import FloatArray, IntArray
from models.simulator.clock_face import SchoolDay
from models.simulator.places import Places

#: Chances a school day: of some 189, 1.2 % of pupils begin to drift, 1.5 % go without, 1.5 % move.
_DRIFT, _SUDDEN, _MOVE = 0.012 / 189, 0.015 / 189, 0.015 / 189
_DRIFT_DAYS = (20, 80)
#: Share of the days missed in the last week before who drifts is gone.
_DRIFT_TOP = 0.85
_LATE_TO_KNOW = 0.5
_UNNOTICED_DAYS = (3, 15)
#: More school days than a correction may take, so that a correction finds its pupil.
_EMPTY_DAYS = (15, 60)
_NEVER = 2**40


class Seat(IntEnum):
    """What a seat is today."""

    TAKEN = 0
    UNNOTICED = 1
    EMPTY = 2


class Change(IntEnum):
    """What happened to a seat this morning."""

    GONE = 0
    """The pupil came for the last time yesterday, and the school does not know."""
    WRITTEN_OFF = 1
    """The school records that the pupil left, from :attr:`Leaving.gone_on`."""
    ARRIVED = 2
    MOVED = 3


@dataclass(slots=True)
class Leaving:
    """Each seat's place in the story; days count the district's school days from 0."""

    state: IntArray
    """``[seats]``: a :class:`Seat`."""
    due: IntArray
    """``[seats]``: the day of the next change, far away where none is known."""
    drift_from: IntArray
    """``[seats]``: the day on which drifting began, far away where it did not."""
    gone_on: IntArray
    """``[seats]``: the first day that the pupil is gone, as a date's ordinal."""


def everyone_here(seats: int) -> Leaving:
    """Begin with every seat taken, nobody drifting."""
    never = np.full(seats, _NEVER, np.int64)
    return Leaving(
        state=np.zeros(seats, np.int64),
        due=never,
        drift_from=never.copy(),
        gone_on=np.zeros(seats, np.int64),
    )


def drift(leaving: Leaving, day: int) -> FloatArray:
    """Give ``[seats]``: the chance to be away today for drifting, 0 to :data:`_DRIFT_TOP`."""
    level = np.zeros(len(leaving.due), np.float32)
    drifting = np.flatnonzero((leaving.drift_from <= day) & (leaving.state == Seat.TAKEN))
    done = day - leaving.drift_from[drifting]
    whole = leaving.due[drifting] - leaving.drift_from[drifting]
    level[drifting] = _DRIFT_TOP * np.minimum((done + 1) / whole, 1.0)
    return level


def morning(
    leaving: Leaving,
    places: Places,
    group: IntArray,
    today: SchoolDay,
    random: np.random.Generator,
) -> list[tuple[Change, int, int]]:
    """List the day's changes as (what, seat, new group), by seat, and move the arrays along.

    ``group`` is ``[seats]``; whoever moves has another group of the same school as the third.
    """
    day = today.number
    changes: list[tuple[Change, int, int]] = []
    for seat in np.flatnonzero(leaving.due <= day).tolist():
        changes += _come_due(leaving, seat, int(group[seat]), today, random)
    chance = random.random(len(group), np.float32)
    free = (leaving.state == Seat.TAKEN) & (leaving.drift_from > day)
    for seat in np.flatnonzero(free & (chance < _DRIFT + _SUDDEN + _MOVE)).tolist():
        luck = float(chance[seat])
        if luck < _DRIFT:
            leaving.drift_from[seat] = day
            leaving.due[seat] = day + random.integers(*_DRIFT_DAYS)
        elif luck < _DRIFT + _SUDDEN:
            leaving.due[seat] = day + 1
        else:
            target = _another_group(places, int(group[seat]), random)
            if target is not None:
                changes.append((Change.MOVED, seat, target))
    return changes


def _come_due(
    leaving: Leaving, seat: int, group: int, today: SchoolDay, random: np.random.Generator
) -> list[tuple[Change, int, int]]:
    """Take a seat's next step: gone, written off, taken again."""
    day = today.number
    match Seat(int(leaving.state[seat])):
        case Seat.TAKEN:
            leaving.gone_on[seat] = today.ordinal
            if random.random() < _LATE_TO_KNOW:
                leaving.state[seat] = Seat.UNNOTICED
                leaving.due[seat] = day + random.integers(*_UNNOTICED_DAYS)
                return [(Change.GONE, seat, group)]
            leaving.state[seat] = Seat.EMPTY
            leaving.due[seat] = day + random.integers(*_EMPTY_DAYS)
            return [(Change.GONE, seat, group), (Change.WRITTEN_OFF, seat, group)]
        case Seat.UNNOTICED:
            leaving.state[seat] = Seat.EMPTY
            leaving.due[seat] = day + random.integers(*_EMPTY_DAYS)
            return [(Change.WRITTEN_OFF, seat, group)]
        case Seat.EMPTY:
            leaving.state[seat] = Seat.TAKEN
            leaving.due[seat] = leaving.drift_from[seat] = _NEVER
            return [(Change.ARRIVED, seat, group)]


def _another_group(places: Places, group: int, random: np.random.Generator) -> int | None:
    """Draw another group of the same school; None where there is none."""
    school = int(places.group_school[group])
    first, last = (int(bound) for bound in places.school_groups[school : school + 2])
    if last - first < 2:  # noqa: PLR2004 — two groups, to go from one to the other
        return None
    other = first + int(random.integers(last - first - 1))
    return other if other < group else other + 1
