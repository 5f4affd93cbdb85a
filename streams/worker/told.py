"""What a partition's worker told before it was started again, read back from its topics.

Books are rebuilt by reading events from the beginning. Were the batches then cut anywhere, an
alert that was told after the fifth event and is not true any more after the sixth might never
come up, and nobody would take it back. So each alert carries in a header (`EVENTS_OFFSET`) the
offset that follows the batch that it came of, and the rebuilding worker ends a batch at each of
them: whatever was told stands once more on the way, and is taken back if it no longer holds. The
versions come out the same.

Nothing of that is sent again, except for the newest of these batches, of which a crash may have
let only a part through.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.topics import ALERTS, EVENTS, EVENTS_OFFSET, OFFSET, REJECTS

REQUEST_MILLISECONDS: Final = 30_000
POLL_MILLISECONDS: Final = 500


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of one partition before, as offsets in ``school-events``."""

    batch_ends: frozenset[int] = frozenset()
    """Offsets that follow batches of which alerts came; all but the newest were told in full."""
    newest_reject: int = -1
    """Offset of the newest event that was put on ``rejects``; -1 for none."""
    events_begin: int = 0
    """Offset of the oldest event that there still is."""
    events_end: int = 0
    """Offset that follows the newest event that there was: up to it, books are rebuilt."""


@dataclass(slots=True)
class _Found:
    batch_ends: set[int] = field(default_factory=set)
    newest_reject: int = -1


async def read_told(bootstrap: str, prefix: str, partitions: Iterable[int]) -> dict[int, Told]:
    """Read what was told of these partitions; what others add meanwhile is not waited for."""
    found = {partition: _Found() for partition in partitions}
    alerts, rejects, events = (
        [TopicPartition(prefix + topic, partition) for partition in found]
        for topic in (ALERTS, REJECTS, EVENTS)
    )
    async with _consumer(bootstrap) as consumer:
        begins = await consumer.beginning_offsets([*alerts, *rejects, *events])
        ends = await consumer.end_offsets([*alerts, *rejects, *events])
        # Of rejects only the last one matters: they are sent in the order of events.
        starts = {tp: begins[tp] for tp in alerts}
        starts |= {tp: max(begins[tp], ends[tp] - 1) for tp in rejects}
        async for record in _between(consumer, starts, ends):
            headers, of_partition = dict(record.headers), found[record.partition]
            is_alert = record.topic == prefix + ALERTS
            offset = headers.get(EVENTS_OFFSET if is_alert else OFFSET)
            if offset is None:
                continue  # not by a worker
            if is_alert:
                of_partition.batch_ends.add(int(offset))
            else:
                of_partition.newest_reject = int(offset)
    return {
        tp.partition: Told(
            frozenset(found[tp.partition].batch_ends),
            found[tp.partition].newest_reject,
            begins[tp],
            ends[tp],
        )
        for tp in events
    }


async def first_offset_from(bootstrap: str, topic: str, partition: int, offset: int) -> int:
    """Ask the broker for the offset of the first record that is at this one or after it."""
    wanted = TopicPartition(topic, partition)
    async with _consumer(bootstrap) as consumer:
        consumer.assign([wanted])
        consumer.seek(wanted, offset)
        first: int = (await consumer.getone()).offset
        return first


@asynccontextmanager
async def _consumer(bootstrap: str) -> AsyncIterator[Any]:
    """Read without being a member of any group."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=REQUEST_MILLISECONDS,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _between(
    consumer: Any, starts: Mapping[Any, int], ends: Mapping[Any, int]
) -> AsyncIterator[Any]:
    """Yield the records of each partition from its start to its end."""
    unread = {tp for tp, start in starts.items() if start < ends[tp]}
    consumer.assign(unread)
    for tp in unread:
        consumer.seek(tp, starts[tp])
    while unread:
        fetched = await consumer.getmany(*unread, timeout_ms=POLL_MILLISECONDS)
        for tp, records in fetched.items():
            for record in records:
                if record.offset < ends[tp]:
                    yield record
        unread = {tp for tp in unread if await consumer.position(tp) < ends[tp]}
