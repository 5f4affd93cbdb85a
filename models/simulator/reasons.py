"""Corrections: the reason of an absence that becomes known some days later.

The school's administration works through its list once a day: one register without a default for
each date and session it learned something about, with the marks of those pupils alone.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from models.simulator.arrays import IntArray, MarkArray
from models.simulator.clock_face import SchoolDay, faces
from models.simulator.marks import endings
from models.simulator.places import Places
from models.simulator.registers import Lines
from models.simulator.roster import Roster

#: Half of what will be known is known the next school day; nothing after ten.
_KNOWN_EACH_DAY = 0.5
_GREATEST_LAG = 10
_OFFICE_HOURS = (9 * 3600 + 1800, 15 * 3600)


@dataclass(slots=True)
class Reasons:
    """What will be known later, by the school day on which it will be (counted from 0)."""

    due: dict[int, list[tuple[date, IntArray, MarkArray]]] = field(default_factory=dict)


def remember(
    reasons: Reasons, later: MarkArray, day: SchoolDay, random: np.random.Generator
) -> None:
    """Put a day's later marks ``[seats, sessions]`` where they fall due."""
    seats = np.flatnonzero(later.any(axis=1))
    lag = np.minimum(random.geometric(_KNOWN_EACH_DAY, len(seats)), _GREATEST_LAG)
    for days in range(1, _GREATEST_LAG + 1):
        known = seats[lag == days]
        if len(known):
            reasons.due.setdefault(day.number + days, []).append((day.date, known, later[known]))


def write_reasons(
    reasons: Reasons,
    lines: Lines,
    places: Places,
    roster: Roster,
    today: SchoolDay,
    *,
    minutes: int,
    random: np.random.Generator,
) -> None:
    """Write today's corrections, school by school; ``minutes`` are a session's."""
    marks: dict[tuple[int, date, int], list[str]] = defaultdict(list)
    ends = endings(minutes)
    for day, seats, later in reasons.due.pop(today.number, ()):
        schools = places.group_school[roster.group[seats]].tolist()
        for seat, school, row in zip(seats.tolist(), schools, later.tolist(), strict=True):
            for session, mark in enumerate(row):
                if mark:
                    marks[school, day, session].append(roster.begin[seat] + ends[mark])
    face = faces()
    for (school, day, session), said in sorted(marks.items()):
        second = int(random.integers(*_OFFICE_HOURS)) - today.ahead
        lines.add(
            second,
            f'{{"type":"register","id":"k{today.date:%y%m%d}.{day:%y%m%d}.{session + 1}",'
            f'"school":"{places.schools[school]}","recorded_at":"{today.date}{face[second]}",'
            f'"date":"{day}","session":{session + 1},"minutes":{minutes},'
            f'"by":"office","marks":[{",".join(said)}]}}',
            len(said),
        )
