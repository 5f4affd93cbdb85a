"""Registers: a day's marks as lines of JSON, each with the second at which it was recorded.

A teacher records a session within its first minutes; three in a hundred do so in the afternoon,
one in a hundred the next morning, and a few never.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from models.simulator.arrays import BoolArray, IntArray, MarkArray
from models.simulator.clock_face import SchoolDay, faces
from models.simulator.marks import endings
from models.simulator.places import Places
from models.simulator.plan import Plan, Style
from models.simulator.roster import Roster

_FORGOTTEN, _NEXT_MORNING, _IN_THE_AFTERNOON = 0.003, 0.013, 0.043
_FIRST_SECOND, _LAST_SECOND = 60, 720
_AFTERNOON = (15 * 3600 + 1800, 17 * 3600)
_MORNING = (7 * 3600 + 1800, 8 * 3600)
#: One mark a register: a pupil's own comes up to this much before the teacher would be done.
_SPREAD_SECONDS, _SPREAD_STEP = 55, 17
_TEACHERS = 997


@dataclass(slots=True)
class Lines:
    """Lines of a day as they come, to be put in order of time at its end."""

    seconds: list[int] = field(default_factory=list)
    """UTC second of the day at which each was recorded."""
    text: list[str] = field(default_factory=list)
    marks: int = 0
    slots: int = 0

    def add(self, second: int, text: str, marks: int = 0) -> None:
        """Take one more line."""
        self.seconds.append(second)
        self.text.append(text)
        self.marks += marks

    def in_order(self) -> bytes:
        """Join all lines by time; those of one second stay as they came."""
        order = np.argsort(np.asarray(self.seconds), kind="stable").tolist()
        return ("\n".join([self.text[at] for at in order]) + "\n").encode("ascii")


@dataclass(frozen=True, slots=True)
class Register:
    """What a teacher says of one session."""

    date: date
    group: int
    session: int
    marks: list[str]


@dataclass(slots=True)
class RegisterWriter:
    """Writes a plan's registers in its style."""

    plan: Plan
    places: Places
    ends: list[str]
    late: list[Register] = field(default_factory=list)

    @classmethod
    def of(cls, plan: Plan, places: Places) -> "RegisterWriter":
        """Make a writer with nothing left over."""
        return cls(plan, places, endings(plan.minutes_per_session))

    def write_day(
        self,
        lines: Lines,
        roster: Roster,
        day: SchoolDay,
        *,
        said: MarkArray,
        open_groups: BoolArray,
        random: np.random.Generator,
    ) -> None:
        """Write all registers of a day: ``said`` is ``[seats, sessions]``."""
        shape = (len(self.places.groups), self.plan.sessions)
        luck = random.random(shape)
        second = self.places.bells + random.integers(_FIRST_SECOND, _LAST_SECOND, shape)
        afternoon = random.integers(*_AFTERNOON, size=shape)
        second = (
            np.where(luck < _IN_THE_AFTERNOON, np.maximum(afternoon, second), second) - day.ahead
        )
        luck[~open_groups] = 0.0
        exceptions = _exceptions(roster, said)
        when, taken = second.ravel().tolist(), luck.ravel().tolist()
        for group, members in enumerate(roster.members):
            for session in range(self.plan.sessions):
                at = group * self.plan.sessions + session
                if not members or taken[at] < _FORGOTTEN:
                    continue
                lines.slots += len(members)
                marks = self._marks(roster, group, exceptions.get(at, ()))
                register = Register(day.date, group, session, marks)
                if taken[at] < _NEXT_MORNING:
                    self.late.append(register)
                else:
                    self._write(lines, register, day, when[at])

    def write_late(self, lines: Lines, day: SchoolDay, random: np.random.Generator) -> None:
        """Write what was left over yesterday."""
        for register in self.late:
            second = int(random.integers(*_MORNING)) - day.ahead
            self._write(lines, register, day, second)
        self.late.clear()

    def _marks(
        self, roster: Roster, group: int, exceptions: "tuple[()] | list[tuple[int, int]]"
    ) -> list[str]:
        """List the marks of one register, as JSON."""
        begin, ends = roster.begin, self.ends
        if self.plan.style is Style.DEFAULT:
            return [begin[seat] + ends[mark] for seat, mark in exceptions]
        marks = roster.all_present[group].copy()
        place = roster.place
        for seat, mark in exceptions:
            if place[seat] >= 0:
                marks[place[seat]] = begin[seat] + ends[mark]
        return marks

    def _write(
        self,
        lines: Lines,
        register: Register,
        today: SchoolDay,
        second: int,
    ) -> None:
        """Write one register, or one for each mark."""
        group, session, marks = register.group, register.session, register.marks
        name = self.places.groups[group]
        school = self.places.schools[self.places.group_school[group]]
        head = f'{{"type":"register","id":"r{register.date:%y%m%d}.{session + 1}.{name}'
        middle = f'","school":"{school}","recorded_at":"{today.date}'
        default = '"default":"present",' if self.plan.style is Style.DEFAULT else ""
        tail = (
            f'","date":"{register.date}","session":{session + 1},'
            f'"minutes":{self.plan.minutes_per_session},"group":"{name}",'
            f'"by":"t{(group * 7 + session) % _TEACHERS}",{default}"marks":['
        )
        face = faces()
        if self.plan.style is not Style.SINGLE:
            text = f"{head}{middle}{face[second]}{tail}{','.join(marks)}]}}"
            lines.add(second, text, len(marks))
            return
        seconds = [second - at * _SPREAD_STEP % _SPREAD_SECONDS for at in range(len(marks))]
        lines.seconds += seconds
        lines.text += [
            f"{head}.{number}{middle}{face[at]}{tail}{mark}]}}"
            for number, (at, mark) in enumerate(zip(seconds, marks, strict=True))
        ]
        lines.marks += len(marks)


def _exceptions(roster: Roster, said: MarkArray) -> dict[int, list[tuple[int, int]]]:
    """Find seats that were not simply present, with their mark, by register."""
    seat, session = np.nonzero(said)
    register: IntArray = roster.group[seat] * said.shape[1] + session
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for at, who, mark in zip(
        register.tolist(), seat.tolist(), said[seat, session].tolist(), strict=True
    ):
        found[at].append((who, mark))
    return found
