"""A cold start: a worker takes over books that other workers left on ``pages``.

Some schools' books are worked out by the core; under many names its own writer writes their pages,
which a producer puts on the topic. ``python -m tests.bench.kafka_cold BOOTSTRAP PREFIX PARTITIONS
SCHOOLS`` does that, in a process of its own, since its books would count as somebody's memory.
"""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from alerts.pages import write_watch
from alerts.watch import Watch
from models.simulator import Plan, simulate
from streams.arrival import partition_of
from streams.position import KEY, Position, write_position
from streams.step import Batch, Engine
from streams.topics import MOST_PAGE_BYTES
from tests.bench.contest import Cost, module, run
from tests.bench.kafka_topics import Topics, fresh_topics
from tests.bench.kafka_worker import Worker, unread
from tests.bench.logs import FOLDER

PARTITIONS = 8
PUPILS_A_SCHOOL, DAYS, SESSIONS = 1_000, 100, 2
SCHOOLS = 2_400
"""Together 2.4 million pupils."""
_MODELS = 4


@dataclass(frozen=True, slots=True)
class ColdStart:
    """What a worker took from its start until it had read back the books of all partitions."""

    schools: int
    pages: int
    pages_bytes: int
    ready_seconds: float
    """When it held all partitions and would have told what is new."""
    cost: Cost


def measure(bootstrap: str, schools: int, cores: set[int]) -> ColdStart:
    with fresh_topics(bootstrap, PARTITIONS) as topics:
        filling = module("kafka_cold", bootstrap, topics.prefix, str(PARTITIONS), str(schools))
        run(filling, FOLDER / "cold.err")
        pages, pages_bytes = map(int, (FOLDER / "cold.err").read_text().split()[-2:])
        worker = Worker(topics, cores, FOLDER / "worker.err")
        ready = worker.wait(worker.is_ready)
        whole = worker.wait(lambda: unread(worker.counted()) == 0)
        return ColdStart(schools, pages, pages_bytes, ready, worker.stop(whole))


def worked_out() -> list[Watch]:
    """Some schools after a hundred school days."""
    plan = Plan(
        pupils=_MODELS * PUPILS_A_SCHOOL, schools=_MODELS, days=DAYS, seed=1, sessions=SESSIONS
    )
    engine = Engine("nl")
    for block in simulate(plan):
        lines = block.data.splitlines()
        engine.step(Batch(lines, range(len(lines))))
    return [school.watch for school in engine.schools.values()]


def pages_of(watches: list[Watch], schools: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """School, key and value of each page, of these books under many names."""
    for number in range(schools):
        watch = watches[number % len(watches)]
        watch.book.school = f"C{number:05}"
        for key, page in write_watch(watch):
            yield key.school.encode(), str(key).encode(), page


async def fill(topics: Topics, schools: int) -> tuple[int, int]:
    """Put the pages on their topic; how many, and their bytes."""
    name, pages, pages_bytes = topics.called("pages"), 0, 0
    async with AIOKafkaProducer(
        bootstrap_servers=topics.bootstrap,
        max_request_size=MOST_PAGE_BYTES,
        max_batch_size=MOST_PAGE_BYTES // 8,
        linger_ms=20,
    ) as producer:
        for school, key, page in pages_of(worked_out(), schools):
            await producer.send(name, page, key, partition_of(school, topics.partitions))
            pages, pages_bytes = pages + 1, pages_bytes + len(page)
        await producer.flush()
        position = write_position(Position(events=0, alerts=0, rejects=0))
        for partition in range(topics.partitions):
            await producer.send_and_wait(name, position, KEY, partition)
    return pages, pages_bytes


if __name__ == "__main__":
    there = Topics(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    print(*asyncio.run(fill(there, int(sys.argv[4]))), file=sys.stderr)  # noqa: T201
