"""Records written in bulk by a command, in order, each confirmed before the next portion."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from config.settings import Kafka
from streams.broker import for_aiokafka
from streams.broker_failure import saying_what_failed
from streams.topics import ANSWER_SECONDS, MOST_PAGE_BYTES

_ROOM_BYTES: Final = 64 * 1024
"""Beside a page: its key, and what the protocol adds."""
_BATCH_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Copied:
    """A record as it is to be."""

    partition: int
    key: bytes | None
    value: bytes
    timestamp_ms: int | None
    """None: when it is written. A topic that gives times itself lets nobody say another."""
    headers: Sequence[tuple[str, bytes]] = ()


class TopicWriter:
    """Writes to topics, idempotently."""

    def __init__(self, producer: Any, runner: asyncio.Runner, kafka: Kafka) -> None:
        self._producer = producer
        self._runner = runner
        self._kafka = kafka

    def write(self, topic: str, records: Sequence[Copied]) -> None:
        """Write records, and come back when all replicas have them.

        Raises `streams.broker_failure.BrokerUnreachableError`.
        """
        with saying_what_failed(self._kafka):
            self._runner.run(self._send(topic, records))

    async def _send(self, topic: str, records: Sequence[Copied]) -> None:
        confirmed = [
            await self._producer.send(
                topic, each.value, each.key, each.partition, each.timestamp_ms, list(each.headers)
            )
            for each in records
        ]
        await asyncio.gather(*confirmed)


@contextmanager
def writing(kafka: Kafka) -> Iterator[TopicWriter]:
    """Write topics for as long as the block lasts; raises as `streams.topic_reader.reading`."""
    settings = for_aiokafka(kafka)
    with asyncio.Runner() as runner:
        producer = runner.run(_new_producer(settings))
        try:
            with saying_what_failed(kafka):
                runner.run(asyncio.wait_for(producer.start(), ANSWER_SECONDS))
            yield TopicWriter(producer, runner, kafka)
        finally:
            runner.run(producer.stop())


async def _new_producer(settings: dict[str, Any]) -> Any:
    return AIOKafkaProducer(
        **settings,
        enable_idempotence=True,
        max_batch_size=_BATCH_BYTES,
        max_request_size=MOST_PAGE_BYTES + _ROOM_BYTES,
    )
