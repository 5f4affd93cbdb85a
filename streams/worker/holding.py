"""One partition that a live engine on Kafka holds: its books, and how far they are.

What comes from Kafka and what goes back is passed in, so a test needs no broker.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from config.metrics import Metrics
from streams.arrival import refusal
from streams.counting import count_read
from streams.step import Batch, Engine, Step, is_gone
from streams.topics import ALERTS, EVENTS, EVENTS_OFFSET, OFFSET, REJECTS
from streams.worker.faust_transport import Record
from streams.worker.told import Told

RECORDS_A_BATCH: Final = 1000
"""A step of so many registers of 25 takes some 0.1 s, during which the event loop waits."""

Headers = list[tuple[str, bytes]]
Send = Callable[[str, int, bytes | None, bytes | None, Headers], Awaitable[Awaitable[Any]]]
"""Topic, partition, key, value, headers; what it gives is done when Kafka has confirmed."""


@dataclass(frozen=True, slots=True)
class Door:
    """What holdings of one process share: ways out, names, and what is counted."""

    prefix: str
    partitions: int
    """How many partitions the topics have."""
    send: Send
    now: Callable[[], float]
    """Seconds since 1970, for measuring only."""
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that goes to ``rejects``, and why."""

    record: Record
    reason: str
    field: str


class Holding:
    """Books of one partition, rebuilt from its first event on and then kept up to date."""

    def __init__(self, partition: int, engine: Engine, told: Told, door: Door) -> None:
        self.partition = partition
        self.next = told.events_begin
        """Offset of the event that comes next: what was read already is not read twice."""
        self._engine = engine
        self._told = told
        self._alerts_told_until = max(told.batch_ends, default=-1)
        self._door = door

    async def take(self, records: Sequence[Record]) -> None:
        """Work records out, and come back when Kafka has confirmed all that follows of them."""
        unread = [record for record in records if record.offset >= self.next]
        for batch in self._batches(unread):
            await self._work_out(batch)
            self.next = batch[-1].offset + 1

    def _batches(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """Cut records up, also wherever a batch ended of which alerts were told before."""
        batch: list[Record] = []
        for record in records:
            batch.append(record)
            if len(batch) == RECORDS_A_BATCH or record.offset + 1 in self._told.batch_ends:
                yield batch
                batch = []
        if batch:
            yield batch

    async def _work_out(self, records: Sequence[Record]) -> None:
        metrics = self._door.metrics
        accepted, refused = self._received(records)
        lines = [record.value or b"" for record in accepted]
        with metrics.batch_seconds.time():
            step = self._engine.step(Batch(lines, [record.offset for record in accepted]))
        metrics.records.inc(len(records))
        count_read(metrics, step.counts)
        by_offset = {record.offset: record for record in accepted}
        refused += [
            Refused(by_offset[reject.position], reject.reason, reject.field or "")
            for reject in step.rejects
        ]
        refused.sort(key=lambda it: it.record.offset)

        end = records[-1].offset + 1
        sent = [await sending for sending in self._rejects(refused)]
        if end >= self._alerts_told_until:
            sent += [await sending for sending in self._alerts(step, end)]
        await asyncio.gather(*sent)
        if step.alerts and end > self._told.events_end:
            waited = self._door.now() - records[-1].timestamp / 1000
            metrics.mark_to_alert_seconds.observe(max(0.0, waited))

    def _received(self, records: Sequence[Record]) -> tuple[list[Record], list[Refused]]:
        """Part what may be looked into from what is refused at the door."""
        accepted: list[Record] = []
        refused: list[Refused] = []
        for record in records:
            reason = refusal(
                record.key, record.value, self.partition, self._door.partitions, record.timestamp
            )
            if reason is None:
                accepted.append(record)
            else:
                refused.append(Refused(record, reason, ""))
        return accepted, refused

    def _rejects(self, refused: Sequence[Refused]) -> Iterator[Awaitable[Awaitable[Any]]]:
        """Send each refused record on as it came, but none that was sent before."""
        door = self._door
        for it in refused:
            door.metrics.rejects.labels(it.reason).inc()
            if it.record.offset < self._told.newest_reject:
                continue
            headers = {
                "reason": it.reason,
                "field": it.field,
                "topic": door.prefix + EVENTS,
                "partition": str(self.partition),
                OFFSET: str(it.record.offset),
            }
            yield door.send(
                door.prefix + REJECTS,
                self.partition,
                it.record.key,
                it.record.value,
                [(name, text.encode()) for name, text in headers.items()],
            )

    def _alerts(self, step: Step, end: int) -> Iterator[Awaitable[Awaitable[Any]]]:
        """Send each alert under its id, with the place that says how far its books were.

        Of a pupil who was erased a withdrawn alert is deleted: a tombstone stands for it.
        """
        door = self._door
        headers = [(EVENTS_OFFSET, str(end).encode())]
        for alert in step.alerts:
            door.metrics.alerts.labels(alert.kind.value, alert.state.value).inc()
            value = None if is_gone(alert, step.erased) else msgspec.json.encode(alert)
            yield door.send(door.prefix + ALERTS, self.partition, alert.id.encode(), value, headers)
