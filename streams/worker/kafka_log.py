"""A partition's topics on Kafka: taken over from whoever had them, read back, and written.

Each partition has a transactional producer of its own, with the partition's own
``transactional.id``. Its start fences the one before, which may only think that it still owns the
partition, and ends its transaction; only then is it asked where the topics end. So what is read
back is all that there will ever be of others.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from config.settings import Kafka
from streams import going_on
from streams.broker import for_aiokafka
from streams.position import Position
from streams.step import Erased
from streams.topics import ALERTS, EVENTS, PAGES, REJECTS, WORKER_NAME
from streams.worker.partition_log import Ends, Kept, Outgoing, Told

TRANSACTION_SECONDS: Final = 15
"""An open transaction of a process that is gone holds readers back for so long, at most."""
REQUEST_SECONDS: Final = 30
"""How long the client's own retries may take; what they do not mend ends the process."""
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of a record: a page of a school with some ten thousand pupils."""
_FETCH_BYTES: Final = 16 * 1024 * 1024
_POLL_MILLISECONDS: Final = 500
_MILLISECONDS: Final = 1000


class LostRecordsError(Exception):
    """The broker no longer has what pages or alerts rest on, or did not hand some events over."""


class KafkaLog:
    """The one writer of a partition's topics.

    ``log``: the cluster's id of ``school-events``, or nothing where it has none.
    """

    def __init__(self, kafka: Kafka, partition: int, log: str = "") -> None:
        self._kafka = kafka
        self._partition = partition
        self._log = log
        self._ends = Ends(0, 0)
        self._producer: Any = AIOKafkaProducer(
            **for_aiokafka(kafka),
            transactional_id=f"{kafka.prefix}{WORKER_NAME}-{partition}",
            transaction_timeout_ms=TRANSACTION_SECONDS * _MILLISECONDS,
            request_timeout_ms=REQUEST_SECONDS * _MILLISECONDS,
            acks="all",
            max_request_size=MOST_BYTES,
            max_batch_size=256 * 1024,
        )

    async def take_over(self) -> Kept:
        """Fence whoever wrote before, and read what there is.

        Raises `LostRecordsError`, `models.page_format.UnreadablePageError` and
        `aiokafka.errors.KafkaError`.
        """
        await self._producer.start()
        events, alerts, rejects, pages = (
            TopicPartition(self._kafka.prefix + topic, self._partition)
            for topic in (EVENTS, ALERTS, REJECTS, PAGES)
        )
        async with _reader(self._kafka) as reader:
            begins = await reader.beginning_offsets([events, alerts, rejects, pages])
            ends = await reader.end_offsets([alerts, rejects, pages])
            there = going_on.Ends(
                self._log, begins[events], await _end_of(self._kafka, events), ends[alerts]
            )
            self._ends = Ends(ends[alerts], ends[rejects])
            kept = Kept(Position(events=begins[events], alerts=0, rejects=0), self._ends)
            async for records in _between(reader, {pages: begins[pages]}, ends):
                for record in records:
                    kept.take_page(record.key, record.value)
            self._go_on(going_on.why_not(kept.position, there))
            starts = {
                alerts: max(begins[alerts], kept.position.alerts),
                rejects: max(begins[rejects], kept.position.rejects),
            }
            async for records in _between(reader, starts, ends):
                for record in records:
                    if record.topic == rejects.topic:
                        kept.take_reject(record.headers)
                    elif record.key is not None:
                        kept.take_alert(record.key, record.value, record.headers)
            first_told = None if kept.has_position else kept.first_told
            self._go_on(going_on.why_not_again(first_told, kept.told_until, there))
        return kept

    def _go_on(self, why_not: str | None) -> None:
        if why_not is not None:
            raise LostRecordsError(f"partition {self._partition}: {why_not}")

    async def write(self, records: Sequence[Outgoing]) -> Ends:
        """Write records by one transaction; see `streams.worker.partition_log.PartitionLog`.

        Raises `aiokafka.errors.KafkaError`, a `ProducerFenced` where another took over.
        """
        async with self._producer.transaction():
            sending = [
                await self._producer.send(
                    self._kafka.prefix + each.topic,
                    each.value,
                    each.key,
                    self._partition,
                    headers=list(each.headers),
                )
                for each in records
            ]
            written = await asyncio.gather(*sending)
        ends = {ALERTS: self._ends.alerts, REJECTS: self._ends.rejects}
        for each, where in zip(records, written, strict=True):
            ends[each.topic] = where.offset + 1
        self._ends = Ends(ends[ALERTS], ends[REJECTS])
        return self._ends

    async def alerts_about(self, erased: Mapping[Erased, int]) -> list[bytes]:
        """Read all alerts again, for the few that are about these pupils; see `Told`.

        Raises `aiokafka.errors.KafkaError`, `msgspec.DecodeError`.
        """
        alerts = TopicPartition(self._kafka.prefix + ALERTS, self._partition)
        told = Told(erased)
        async with _reader(self._kafka) as reader:
            begins = await reader.beginning_offsets([alerts])
            async for records in _between(reader, begins, {alerts: self._ends.alerts}):
                for record in records:
                    told.take(record.key, record.value, record.headers)
        return told.keys

    async def close(self) -> None:
        """Let go of the broker."""
        await self._producer.stop()


async def first_offset_from(kafka: Kafka, topic: str, partition: int, offset: int) -> int:
    """Ask the broker for the offset of the first record that is at this one or after it."""
    there = TopicPartition(topic, partition)
    async with _reader(kafka, isolation="read_uncommitted") as reader:
        reader.assign([there])
        reader.seek(there, offset)
        record = await asyncio.wait_for(reader.getone(there), REQUEST_SECONDS)
        first: int = record.offset
        return first


async def _end_of(kafka: Kafka, there: TopicPartition) -> int:
    """Give the offset after a partition's newest record, whether a transaction holds it or not."""
    async with _reader(kafka, isolation="read_uncommitted") as reader:
        end: int = (await reader.end_offsets([there]))[there]
        return end


@asynccontextmanager
async def _reader(kafka: Kafka, *, isolation: str = "read_committed") -> AsyncIterator[Any]:
    """Read without being a member of any group."""
    consumer = AIOKafkaConsumer(
        **for_aiokafka(kafka),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level=isolation,
        request_timeout_ms=REQUEST_SECONDS * _MILLISECONDS,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _between(
    reader: Any, starts: Mapping[Any, int], ends: Mapping[Any, int]
) -> AsyncIterator[list[Any]]:
    """Yield the records of each partition from its start to its end, as they are fetched."""
    unread: Collection[Any] = {tp for tp, start in starts.items() if start < ends[tp]}
    reader.assign(unread)
    for tp in unread:
        reader.seek(tp, starts[tp])
    while unread:
        fetched = await reader.getmany(*unread, timeout_ms=_POLL_MILLISECONDS)
        for tp, records in fetched.items():
            yield [record for record in records if record.offset < ends[tp]]
        unread = {tp for tp in unread if await reader.position(tp) < ends[tp]}
