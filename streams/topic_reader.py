"""Topics as they are now, read in bulk by a command: from an offset to another, then no more.

aiokafka reads ten times as many records a second as kafka-python, whose checksums are worked out
in Python; so a command that reads a whole topic drives aiokafka's event loop itself.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from config.settings import Kafka
from streams.broker import for_aiokafka
from streams.broker_failure import BrokerUnreachableError, saying_what_failed
from streams.topics import ANSWER_SECONDS, MOST_PAGE_BYTES

Record = Any
"""aiokafka's ``ConsumerRecord``."""
_POLL_MILLISECONDS: Final = 1000
_STALLED_POLLS: Final = 60


class TopicReader:
    """Reads partitions, each from an offset to another."""

    def __init__(self, consumer: Any, runner: asyncio.Runner, kafka: Kafka) -> None:
        self._consumer = consumer
        self._runner = runner
        self._kafka = kafka

    def begins(self, topic: str, partitions: int) -> list[int]:
        """Offsets of the oldest records that there still are, by partition."""
        every = [TopicPartition(topic, partition) for partition in range(partitions)]
        found = self._run(self._consumer.beginning_offsets(every))
        return [found[each] for each in every]

    def ends(self, topic: str, partitions: int) -> list[int]:
        """Offsets that follow the newest records, by partition.

        Where only what is committed is read, those at which the oldest open transaction begins.
        """
        every = [TopicPartition(topic, partition) for partition in range(partitions)]
        found = self._run(self._consumer.end_offsets(every))
        return [found[each] for each in every]

    def firsts_since(self, topic: str, partitions: int, at_ms: int) -> list[int | None]:
        """Offsets of the first records of a time or later (since 1970); None where there is none.

        By partition.
        """
        every = [TopicPartition(topic, partition) for partition in range(partitions)]
        found = self._run(self._consumer.offsets_for_times(dict.fromkeys(every, at_ms)))
        return [None if found[each] is None else found[each].offset for each in every]

    def whole(self, topic: str, partitions: int) -> Iterator[Iterator[Record]]:
        """Give all records of each partition, up to where it ends now, one after the other.

        Raises as `records` does.
        """
        begins, ends = self.begins(topic, partitions), self.ends(topic, partitions)
        for partition in range(partitions):
            some = self.records(topic, partition, begins[partition], ends[partition])
            yield chain.from_iterable(some)

    def records(self, topic: str, partition: int, start: int, end: int) -> Iterator[list[Record]]:
        """Give a partition's records from one offset to before another, some at a time.

        There may be none where one could be expected: markers of transactions, what was
        compacted, what retention removed. Raises `BrokerUnreachableError` if the broker goes
        silent.
        """
        (records,) = self.side_by_side(topic, {partition: (start, end)})
        return records

    def side_by_side(
        self, topic: str, parts: Mapping[int, tuple[int, int]]
    ) -> list[Iterator[list[Record]]]:
        """Give `records` of several partitions, to be read in turns; ends whatever was read before.

        ``parts`` has from which offset to before which, by partition.
        """
        starts = {
            TopicPartition(topic, partition): start
            for partition, (start, end) in parts.items()
            if start < end
        }
        self._run(self._go_to(starts))
        return [
            self._until(TopicPartition(topic, partition), end) if start < end else iter(())
            for partition, (start, end) in parts.items()
        ]

    def _until(self, there: TopicPartition, end: int) -> Iterator[list[Record]]:
        silent = 0
        while self._run(self._consumer.position(there)) < end:
            fetched = self._run(self._consumer.getmany(there, timeout_ms=_POLL_MILLISECONDS))
            records = fetched.get(there, [])
            silent = 0 if records else silent + 1
            if silent > _STALLED_POLLS:
                raise BrokerUnreachableError(
                    f"the broker at {self._kafka.bootstrap} went silent before {there.topic} was"
                    " read"
                )
            if records and records[-1].offset >= end:
                records = [record for record in records if record.offset < end]
            if records:
                yield records

    async def _go_to(self, starts: Mapping[TopicPartition, int]) -> None:
        self._consumer.assign(list(starts))
        for there, start in starts.items():
            self._consumer.seek(there, start)

    def _run(self, answer: Any) -> Any:
        with saying_what_failed(self._kafka):
            return self._runner.run(_awaited(answer))


@contextmanager
def reading(kafka: Kafka, *, committed: bool) -> Iterator[TopicReader]:
    """Read topics for as long as the block lasts, as a member of no group.

    ``committed``: of transactions only what was committed. Raises `BrokerUnreachableError` if no
    broker answers within `streams.topics.ANSWER_SECONDS`; `config.settings.SettingsError` as
    `streams.broker.tls_of` does.
    """
    settings = for_aiokafka(kafka)
    with asyncio.Runner() as runner:
        consumer = runner.run(_new_consumer(settings, committed=committed))
        try:
            with saying_what_failed(kafka):
                runner.run(asyncio.wait_for(consumer.start(), ANSWER_SECONDS))
            yield TopicReader(consumer, runner, kafka)
        finally:
            runner.run(consumer.stop())


async def _new_consumer(settings: dict[str, Any], *, committed: bool) -> Any:
    return AIOKafkaConsumer(
        **settings,
        isolation_level="read_committed" if committed else "read_uncommitted",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=MOST_PAGE_BYTES,
    )


async def _awaited(answer: Any) -> Any:
    return await answer
