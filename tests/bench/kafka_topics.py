"""Topics of a bench: made by ``gemist topics create``, filled fast, deleted at the end."""

import asyncio
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaProducer
from kafka.admin import KafkaAdminClient

from streams.arrival import partition_of
from streams.topics import ALERTS, PAGES, REJECTS, TOPICS

_SCHOOL = re.compile(rb'"school":"([^"]+)"')
_BATCH_BYTES = 256 * 1024
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics under a prefix of their own."""

    bootstrap: str
    prefix: str
    partitions: int

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find them; no other setting of gemist's."""
        inherited = {name: text for name, text in os.environ.items() if "GEMIST_" not in name}
        return inherited | {
            "GEMIST_KAFKA__BOOTSTRAP": self.bootstrap,
            "GEMIST_KAFKA__PREFIX": self.prefix,
            "GEMIST_CLOSE_AT": "none",
        }

    def called(self, name: str) -> str:
        return self.prefix + name


@contextmanager
def fresh_topics(bootstrap: str, partitions: int) -> Iterator[Topics]:
    topics = Topics(bootstrap, f"bench-{uuid.uuid4().hex[:12]}.", partitions)
    _create(topics)
    try:
        yield topics
    finally:
        _delete(topics, [topic.name for topic in TOPICS])


def forget_outcome(topics: Topics) -> None:
    """Make topics as they were before any worker read the events."""
    _delete(topics, [ALERTS, REJECTS, PAGES])
    _create(topics)


def _create(topics: Topics) -> None:
    create = [sys.executable, "-m", "gemist", "topics", "create"]
    partitions = ["--partitions", str(topics.partitions)]
    subprocess.run(
        [*create, *partitions], check=True, env=topics.environment, stdout=subprocess.DEVNULL
    )


def _delete(topics: Topics, names: list[str]) -> None:
    client = KafkaAdminClient(bootstrap_servers=topics.bootstrap)
    gone = {topics.called(name) for name in names}
    client.delete_topics(sorted(gone))
    while gone & set(client.list_topics()):
        time.sleep(_LOOK_SECONDS)
    client.close()


def school_of(line: bytes) -> bytes:
    named = _SCHOOL.search(line)
    assert named is not None, line
    return named[1]


def fill(topics: Topics, lines: Iterable[bytes]) -> int:
    """Send lines as schools would, keyed by school; how many they were."""
    return asyncio.run(_fill(topics, lines))


async def _fill(topics: Topics, lines: Iterable[bytes]) -> int:
    """By ready-made batches: a record through `AIOKafkaProducer.send` costs five times as much."""
    name, sent = topics.called("school-events"), 0
    async with AIOKafkaProducer(
        bootstrap_servers=topics.bootstrap, max_batch_size=_BATCH_BYTES
    ) as producer:
        batches = [producer.create_batch() for _ in range(topics.partitions)]
        for line in lines:
            key = school_of(line)
            number = partition_of(key, topics.partitions)
            while batches[number].append(key=key, value=line, timestamp=None) is None:
                await producer.send_batch(batches[number], name, partition=number)
                batches[number] = producer.create_batch()
            sent += 1
        for number, batch in enumerate(batches):
            if batch.record_count():
                await producer.send_batch(batch, name, partition=number)
    return sent


def lines_of(path: Path, most: int | None = None) -> Iterator[bytes]:
    """Lines of a log, or the first of them."""
    with path.open("rb") as file:
        for number, line in enumerate(file):
            if number == most:
                return
            yield line.rstrip(b"\n")
