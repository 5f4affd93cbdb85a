"""What a batch leaves in the log, as rows: its events, and what was refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from models.events.checks import Reject
from models.events.columns import Columns
from models.events.decode import Decoder
from models.events.instants import date_of, instant_of
from models.events.types import Calendar, Close, Register, tag_of
from streams.embedded.store import EventRow, RejectRow
from streams.gateway.log import Arrival
from streams.head import read_head

_REGISTER: Final = tag_of(Register)
Arrived = Mapping[int, Arrival]
"""By position."""


def event_rows(
    arrived: Arrived, now: int, columns: Columns, decoder: Decoder
) -> Iterator[EventRow]:
    """Accepted events, as they were decoded."""
    names = decoder.names.texts
    for registers in columns.registers:
        for position, school, at, date, marks in zip(
            registers.position.tolist(),
            registers.school.tolist(),
            registers.at.tolist(),
            registers.date.tolist(),
            registers.marks.tolist(),
            strict=True,
        ):
            line = arrived[position].line
            yield EventRow(position, names[school], _REGISTER, at, now, date, marks, line)
    for position, event in columns.others:
        yield EventRow(
            position,
            event.school,
            tag_of(type(event)),
            instant_of(event.recorded_at),
            now,
            date_of(event.date) if isinstance(event, Calendar | Close) else None,
            0,
            arrived[position].line,
        )


def reject_rows(
    arrived: Arrived, now: int, rejects: Mapping[int, Sequence[Reject]]
) -> Iterator[RejectRow]:
    """What was refused: by position, a row a line or mark."""
    for position, found in sorted(rejects.items()):
        arrival = arrived[position]
        event = read_head(arrival.line).id
        for each in found:
            yield RejectRow(
                position,
                arrival.school,
                now,
                each.reason,
                each.field,
                each.value,
                event if isinstance(event, str) else None,
                arrival.line,
            )
