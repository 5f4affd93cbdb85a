"""A partition's topics on a real broker, for the engine contract suite: each engine its own."""

import asyncio
import atexit
import uuid
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from typing import Any

from aiokafka import AIOKafkaProducer
from kafka_broker import running_broker
from memory_topics import MemoryTopics

from config.settings import Kafka
from streams.step import Erased
from streams.topic_reader import reading
from streams.topics import ALERTS, EVENTS, REJECTS, TOPICS, administration, create
from streams.worker.kafka_log import KafkaLog
from streams.worker.partition_log import Ends, Kept, Outgoing

_PARTITIONS_AT_ONCE = 64
_at_exit = ExitStack()
atexit.register(_at_exit.close)


@cache
def _bootstrap() -> str:
    return _at_exit.enter_context(running_broker())


def _partitions() -> Iterator[tuple[Kafka, int]]:
    """Partitions that nobody has used, made as they are needed."""
    while True:
        prefix = f"test-{uuid.uuid4().hex[:12]}."
        kafka = Kafka(bootstrap=_bootstrap(), prefix=prefix)
        with administration(kafka) as admin:
            create(admin, prefix, _PARTITIONS_AT_ONCE)
        for number in range(_PARTITIONS_AT_ONCE):
            yield kafka, number
        with administration(kafka) as admin:
            admin.delete_topics([topic.called(prefix) for topic in TOPICS])


_unused = _partitions()


class KafkaTopics(MemoryTopics):
    """Events are read from memory, and are on a broker, too, whenever somebody takes over.

    What is written is there by the worker's own transactional writer.

    ``written`` has what the broker has confirmed, and `check` compares it with what can be read.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kafka, self._partition = next(_unused)
        self._runner = asyncio.Runner()
        self._log: KafkaLog | None = None
        self._sent = 0
        _at_exit.callback(self._let_go)  # of one that a test does not end

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    def kept(self) -> Kept:
        return self.run(self._take_over())

    async def _take_over(self) -> Kept:
        """As another process would: the writer before is fenced, and only then let go of."""
        await self._send_events()
        before, self._log = self._log, KafkaLog(self._kafka, self._partition)
        kept = await self._log.take_over()
        if before is not None:
            await before.close()
        return kept

    async def _send_events(self) -> None:
        """What pages hold has to be there: whoever takes over compares both."""
        name = self._kafka.prefix + EVENTS
        async with AIOKafkaProducer(bootstrap_servers=self._kafka.bootstrap) as producer:
            for each in self.events[self._sent :]:
                await producer.send(name, each.value, each.key, self._partition)
            await producer.flush()
        self._sent = len(self.events)

    async def write(self, records: Sequence[Outgoing]) -> Ends:
        assert self._log is not None
        ends = await self._log.write(records)
        await super().write(records)
        return ends

    async def alerts_about(self, erased: Mapping[Erased, int]) -> list[bytes]:
        assert self._log is not None
        return await self._log.alerts_about(erased)

    def close_all(self) -> None:
        """Let go of the broker, after all was compared that is there."""
        self._let_go()
        with reading(self._kafka, committed=True) as reader:
            for topic in (ALERTS, REJECTS):
                name = self._kafka.prefix + topic
                end = reader.ends(name, _PARTITIONS_AT_ONCE)[self._partition]
                found = [
                    (record.key, record.value)
                    for some in reader.records(name, self._partition, 0, end)
                    for record in some
                ]
                assert found == [(each.key, each.value) for each in self.written[topic]]

    def _let_go(self) -> None:
        if self._log is not None:
            self.run(self._log.close())
            self._log = None
        self._runner.close()
