"""What records of the three topics mean to the desk: a portion, and what came and was refused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from alerts.alert import decode_alert
from alerts.desk.received import Count, Refused, quarter_of
from models.events.checks import VALUE_BEGINNING, read_line
from models.events.columns import Columns
from models.events.decode import Decoder
from models.events.types import Register, tag_of
from streams.arrival import refusal, school_of
from streams.desk.feed import TAKEN_EVENTS, Portion
from streams.gateway.says import CLOCK, OTHER_SCHOOL
from streams.head import Head, read_head
from streams.kafka_door.outcomes import not_full
from streams.step import TOO_OLD
from streams.topics import FIELD, OFFSET, REASON, arrived_at

_REGISTER: Final = tag_of(Register)


class Record(Protocol):
    """What is used of a record as kafka-python gives it."""

    partition: int
    offset: int
    timestamp: int
    """Milliseconds since 1970."""
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass(slots=True)
class Deleted:
    """An alert whose messages are to be forgotten, with when that was said."""

    alert: str
    at: int
    """Seconds since 1970."""


@dataclass(slots=True)
class Read:
    """What some records said."""

    portion: Portion = field(default_factory=Portion)
    deleted: list[Deleted] = field(default_factory=list)
    counts: dict[tuple[str, int, str], Count] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)

    def count(self, school: str, arrived_at: int, kind: str, events: int, marks: int) -> None:
        """Count events of a type that arrived then."""
        count = self.counts.setdefault((school, quarter_of(arrived_at), kind), Count())
        count.events += events
        count.marks += marks
        count.last_arrived_at = max(count.last_arrived_at, arrived_at)


class Reader:
    """Reads records; remembers ids only, to read them faster."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._decoder = Decoder()

    def read_alerts(self, records: Iterable[Record], into: Read) -> None:
        """Read messages, and tombstones, which delete an alert of somebody who was erased."""
        for record in records:
            at = record.timestamp // 1000
            if record.value is not None:
                into.portion.told.append((at, decode_alert(record.value)))
            elif record.key is not None:
                into.deleted.append(Deleted(record.key.decode(), at))

    def read_events(self, records: Sequence[Record], into: Read) -> None:
        """Read events: those that the desk takes, how fresh registers are, how much came."""
        self._decoder = not_full(self._decoder)
        good = {
            place: record
            for place, record in enumerate(records)
            if refusal(
                record.key, record.value, record.partition, self._partitions, record.timestamp
            )
            is None
        }
        columns = Columns()
        lines = [record.value or b"" for record in good.values()]
        self._decoder.read_lines(lines, list(good), columns)
        names = self._decoder.names.texts
        newest = into.portion.registers
        for registers in columns.registers:
            for place, number, recorded_at, marks in zip(
                registers.position.tolist(),
                registers.school.tolist(),
                registers.at.tolist(),
                registers.marks.tolist(),
                strict=True,
            ):
                school = names[number]
                newest[school] = max(recorded_at, newest.get(school, recorded_at))
                into.count(school, good[place].timestamp // 1000, _REGISTER, 1, marks)
        for place, event in columns.others:
            at = good[place].timestamp // 1000
            into.count(event.school, at, tag_of(type(event)), 1, 0)
            if isinstance(event, TAKEN_EVENTS):
                into.portion.events.append((at, event))

    def read_rejects(self, records: Iterable[Record], into: Read) -> None:
        """Read what was refused, by the door or by a worker, one record each."""
        for record in records:
            headers = {name: value.decode(errors="replace") for name, value in record.headers}
            refused = _refused(record, headers)
            if refused is None:
                continue
            into.refused.append(refused)
            if refused.reason == TOO_OLD:  # it was counted as accepted
                event, _ = read_line(record.value or b"", 0)
                if event is not None:
                    marks = len(event.marks or ()) if isinstance(event, Register) else 0
                    into.count(refused.school, refused.arrived_at, tag_of(type(event)), -1, -marks)


def _refused(record: Record, headers: Mapping[str, str]) -> Refused | None:
    """Read one reject; None where nobody could be told whose it is."""
    line = record.value or b""
    head = read_head(line)
    reason, name = headers.get(REASON, ""), headers.get(FIELD) or None
    school = school_of(record.key, line, reason)
    if school is None:
        return None
    value, event = _said(line, head, reason, name)
    offset = headers.get(OFFSET, "")
    return Refused(
        partition=record.partition,
        offset=record.offset,
        school=school,
        arrived_at=arrived_at(headers, record.timestamp),
        reason=reason,
        field=name,
        value=value,
        event=event,
        position=int(offset) if offset.isdecimal() else record.offset,
    )


def _said(line: bytes, head: Head, reason: str, name: str | None) -> tuple[str, str | None]:
    """Read a refused line again: what stood in the field at fault, and the event's id."""
    event = head.id if isinstance(head.id, str) else None
    if reason == CLOCK and isinstance(head.recorded_at, str):
        return head.recorded_at[:VALUE_BEGINNING], event
    _, rejects = read_line(line, 0)
    found = next((each for each in rejects if (each.reason, each.field) == (reason, name)), None)
    if found is not None:
        return found.value, event
    if reason == OTHER_SCHOOL and isinstance(head.school, str):
        return head.school[:VALUE_BEGINNING], event
    return "", event
