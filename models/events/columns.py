"""Registers as columns, and what else some lines said."""

from dataclasses import dataclass, field

import numpy as np

from models.arrays import AnyArray, ByteArray, IntArray
from models.events.checks import Reject
from models.events.types import Event

DEFAULT_NONE, DEFAULT_PRESENT, DEFAULT_WITHDRAWN = 0, 1, 2


@dataclass(slots=True)
class Registers:
    """Registers as columns, a row each, and their marks one after the other.

    ``school group`` number `Names`; ``at`` is seconds since 1970, ``date`` an ordinal;
    ``minutes`` is `NO_MINUTES` where not given; row *r* has ``marks[r]`` marks.
    """

    position: IntArray
    school: AnyArray
    at: IntArray
    date: AnyArray
    session: AnyArray
    group: AnyArray
    default: AnyArray
    marks: AnyArray
    pupil: AnyArray
    """From here on a row a mark: its pupil's number in `Decoder.pupils`."""
    code: ByteArray
    """`models.codes`."""
    minutes: AnyArray
    """What tells marks of one code apart: minutes missed, for ``absent`` else the register's."""


@dataclass(slots=True)
class Columns:
    """What some lines said."""

    registers: list[Registers] = field(default_factory=list)
    others: list[tuple[int, Event]] = field(default_factory=list)
    """Events that are no registers, with their positions."""
    rejects: list[Reject] = field(default_factory=list)

    def marks(self) -> int:
        """How many marks were read."""
        return sum(len(each.pupil) for each in self.registers)

    def events(self) -> int:
        """How many events were read."""
        return sum(len(each.position) for each in self.registers) + len(self.others)


def joined(parts: list[Registers]) -> Registers:
    """Registers of several chunks as one."""
    if len(parts) == 1:
        return parts[0]
    return Registers(
        **{
            name: np.concatenate([getattr(each, name) for each in parts])
            for name in Registers.__dataclass_fields__
        }
    )


def part(registers: Registers, row: slice | IntArray, mark: slice | IntArray) -> Registers:
    """Some rows, with their marks."""
    return Registers(
        registers.position[row],
        registers.school[row],
        registers.at[row],
        registers.date[row],
        registers.session[row],
        registers.group[row],
        registers.default[row],
        registers.marks[row],
        registers.pupil[mark],
        registers.code[mark],
        registers.minutes[mark],
    )


def mark_starts(registers: Registers) -> IntArray:
    """Where each row's marks begin."""
    starts: IntArray = np.cumsum(registers.marks, dtype=np.int64) - registers.marks
    return starts


def in_order(registers: Registers, order: IntArray, starts: IntArray | None = None) -> Registers:
    """Some or all rows in another order, each with its marks.

    ``starts`` are `mark_starts`, for who takes rows more than once.
    """
    counts = registers.marks[order].astype(np.intp)
    begin = (mark_starts(registers) if starts is None else starts)[order]
    ends = np.cumsum(counts)
    mark = np.arange(ends[-1] if len(ends) else 0) + np.repeat(begin - (ends - counts), counts)
    return part(registers, order, mark)


def accepted_positions(columns: Columns) -> set[int]:
    """Positions of what was accepted, if perhaps not every mark of it."""
    positions = {position for position, _ in columns.others}
    for registers in columns.registers:
        positions.update(registers.position.tolist())
    return positions
