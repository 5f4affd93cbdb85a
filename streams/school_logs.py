"""Logs of many schools, read into memory and laid out school by school in the order of recording.

What was recorded by the end of some day is then the beginning of a school's log.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import AnyArray, IntArray
from models.events.checks import Reject
from models.events.columns import Columns, Registers, in_order, joined, mark_starts
from models.events.decode import Decoder
from models.events.instants import instant_of, local_date
from models.events.types import Enrolment, Erase, Event, Response
from models.page import NEVER, WHOLE_SCHOOL
from streams.files import Progress, read_numbered


@dataclass(frozen=True, slots=True)
class SchoolLog:
    """One school's events in the order of ``recorded_at``, those of one second as they came.

    Registers and other events are apart; where both are of one second, ``registers_before`` says
    how many registers go before each other event.
    """

    school: str
    pupils: list[str]
    """Sorted; registers number them so."""
    groups: list[str | None]
    """The first is None, the others are sorted; registers number them so."""
    registers: Registers
    marks_before: IntArray
    """How many marks go before each register, and all of them."""
    others: list[Event]
    other_at: IntArray
    registers_before: IntArray
    newest_at: int
    """The newest ``recorded_at`` of all schools: what is read together ends together."""

    def ends_on(self, timezone: str) -> int:
        """Date on which the log ends."""
        return local_date(self.newest_at, timezone)


class Logs:
    """All that was read of some files."""

    def __init__(self) -> None:
        self.columns = Columns()
        self._decoder = Decoder()

    @property
    def rejects(self) -> list[Reject]:
        """What was refused; what is too old is only found when a school takes it."""
        return self.columns.rejects

    def read(self, lines: Sequence[bytes], positions: Sequence[int]) -> None:
        """Read some lines."""
        self._decoder.read_lines(lines, positions, self.columns)

    def by_school(self) -> Iterator[SchoolLog]:
        """One school after the other, sorted by name."""
        names = self._decoder.names
        others: dict[int, list[tuple[int, int, Event]]] = {}
        for position, event in self.columns.others:
            at = instant_of(event.recorded_at)
            others.setdefault(names[event.school], []).append((at, position, event))
        registers = joined([*self.columns.registers, _no_registers()])
        newest_at = max([at for part in others.values() for at, _, _ in part], default=NEVER)
        newest_at = max(newest_at, int(registers.at.max(initial=NEVER)))
        order = np.lexsort((registers.position, registers.at, registers.school))
        school = registers.school[order]
        starts = mark_starts(registers)
        met = {*others, *np.unique(school).tolist()}
        for number in sorted(met, key=names.texts.__getitem__):
            rows = order[slice(*np.searchsorted(school, [number, number + 1]))]
            part = in_order(registers, rows, starts)
            of_school = sorted(others.get(number, []), key=lambda each: each[:2])
            yield self._log(number, part, of_school, newest_at)

    def _log(
        self,
        number: int,
        registers: Registers,
        others: list[tuple[int, int, Event]],
        newest_at: int,
    ) -> SchoolLog:
        events = [event for _, _, event in others]
        named = {event.pupil for event in events if isinstance(event, Enrolment | Erase | Response)}
        enrolled = {event.group for event in events if isinstance(event, Enrolment)}
        pupils, registers.pupil = _renumbered(registers.pupil, self._decoder.pupils.texts, named)
        said = registers.group >= 0
        groups, numbers = _renumbered(
            registers.group[said],
            self._decoder.names.texts,
            {each for each in enrolled if each is not None},
        )
        registers.group = np.full(len(said), WHOLE_SCHOOL, np.int32)
        registers.group[said] = numbers + 1
        return SchoolLog(
            self._decoder.names.texts[number],
            pupils,
            [None, *groups],
            registers,
            np.concatenate([[0], np.cumsum(registers.marks, dtype=np.int64)]),
            events,
            np.array([at for at, _, _ in others], np.int64),
            _registers_before(registers, others),
            newest_at,
        )


def read_logs(names: Sequence[str], progress: Progress) -> Logs:
    """Read logs; ``progress`` is told how many bytes were read, now and then.

    Raises
    ------
    UnreadableError
        A file cannot be read.
    """
    logs = Logs()
    for lines, positions in read_numbered(names, progress):
        logs.read(lines, positions)
    return logs


def _no_registers() -> Registers:
    integers = {"position": np.int64, "at": np.int64, "session": np.int8, "default": np.int8}
    integers |= {"code": np.uint8, "minutes": np.int16}
    columns: dict[str, AnyArray] = {
        name: np.zeros(0, integers.get(name, np.int32)) for name in Registers.__dataclass_fields__
    }
    return Registers(**columns)


def _renumbered(
    numbers: AnyArray, texts: Sequence[str], more: set[str]
) -> tuple[list[str], AnyArray]:
    """Names of some numbers and more names, sorted, and the numbers as places among them."""
    met, place = np.unique(numbers, return_inverse=True)
    found = [texts[each] for each in met.tolist()]
    names = sorted({*found, *more})
    place_of = {name: at for at, name in enumerate(names)}
    anew = np.array([place_of[name] for name in found], np.int32)
    return names, anew[place] if len(anew) else np.zeros(0, np.int32)


def _registers_before(registers: Registers, others: list[tuple[int, int, Event]]) -> IntArray:
    at = np.array([each for each, _, _ in others], np.int64)
    first = np.searchsorted(registers.at, at, side="left")
    last = np.searchsorted(registers.at, at, side="right")
    before = [
        int(start + np.searchsorted(registers.position[start:end], position))
        for start, end, (_, position, _) in zip(first.tolist(), last.tolist(), others, strict=True)
    ]
    return np.array(before, np.int64)
