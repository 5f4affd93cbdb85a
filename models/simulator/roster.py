"""Who sits where today, with the JSON pieces of every pupil kept ready."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from models.simulator.arrays import IntArray
from models.simulator.marks import PRESENT, beginning, endings
from models.simulator.places import Places

_NOBODY = -1


@dataclass(slots=True)
class Roster:
    """The lists that teachers have before them.

    Arrays serve the drawing of a day, lists the writing of it: a list's element costs a tenth of
    an array's to read from Python.
    """

    group: IntArray
    """``[seats]``: the group in which each pupil is today."""
    pupil: list[str]
    """Pseudonym by seat: the first pupil of seat 12 is ``p000012``, the next ``p000012.1``."""
    generation: list[int]
    begin: list[str]
    """By seat, the first half of a mark."""
    place: list[int]
    """By seat, where the pupil stands in the group's list; -1 when in none."""
    members: list[list[int]] = field(default_factory=list)
    """By group, the seats on its list."""
    all_present: list[list[str]] = field(default_factory=list)
    """By group, a mark ``present`` for each member, in the same order."""


def open_roster(places: Places) -> Roster:
    """Everyone where they begin."""
    seats = len(places.seat_group)
    pupil = [f"p{seat:06d}" for seat in range(seats)]
    roster = Roster(
        group=places.seat_group.copy(),
        pupil=pupil,
        generation=[0] * seats,
        begin=[beginning(name) for name in pupil],
        place=[_NOBODY] * seats,
        members=[[] for _ in places.groups],
        all_present=[[] for _ in places.groups],
    )
    bounds = np.searchsorted(places.seat_group, np.arange(len(places.groups) + 1)).tolist()
    for group, (first, last) in enumerate(pairwise(bounds)):
        roster.members[group] = list(range(first, last))
        _list_again(roster, group)
    return roster


def strike(roster: Roster, seat: int) -> None:
    """Take a pupil from the group's list."""
    group = int(roster.group[seat])
    roster.members[group].remove(seat)
    roster.place[seat] = _NOBODY
    _list_again(roster, group)


def enter(roster: Roster, seat: int, group: int) -> None:
    """Put a pupil at the end of a group's list."""
    roster.group[seat] = group
    roster.members[group].append(seat)
    _list_again(roster, group)


def rename(roster: Roster, seat: int) -> None:
    """Another pupil has this seat from now on."""
    roster.generation[seat] += 1
    roster.pupil[seat] = f"p{seat:06d}.{roster.generation[seat]}"
    roster.begin[seat] = beginning(roster.pupil[seat])


def _list_again(roster: Roster, group: int) -> None:
    """Count off a group's list and write it down as present."""
    end = endings(1)[PRESENT]
    members = roster.members[group]
    for place, seat in enumerate(members):
        roster.place[seat] = place
    roster.all_present[group] = [roster.begin[seat] + end for seat in members]
