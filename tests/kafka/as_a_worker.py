"""Topics as senders and a worker leave them, written without one: by the core and a producer."""

import asyncio
from collections import defaultdict

from aiokafka import AIOKafkaProducer
from live_log import arrival_ms, key

from alerts.pages import write_watch
from streams.arrival import partition_of
from streams.position import KEY, Position, write_position
from streams.step import Batch, Engine

OF_THE_PAST = {
    "message.timestamp.type": "CreateTime",
    "message.timestamp.after.max.ms": str(2**63 - 1),
    "retention.ms": "-1",
}
"""Settings of ``school-events`` that take a record's time from its sender: logs are of other
years."""


def parted(lines, partitions):
    """Lines by the partition of their school."""
    found = defaultdict(list)
    for line in lines:
        found[partition_of(key(line), partitions)].append(line)
    return found


def send(bootstrap, prefix, lines, partitions):
    """Send lines as schools would."""

    async def sending():
        async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
            for partition, of_it in parted(lines, partitions).items():
                for line in of_it:
                    await producer.send(
                        f"{prefix}school-events",
                        line,
                        key=key(line),
                        partition=partition,
                        timestamp_ms=arrival_ms(line),
                    )

    asyncio.run(sending())


def write_pages(bootstrap, prefix, lines, partitions, *, pack="nl"):
    """Write the pages of these lines, the position, and then a transaction that is aborted."""

    async def writing():
        for partition in range(partitions):
            of_it = parted(lines, partitions)[partition]
            engine = Engine(pack)
            engine.step(Batch(of_it, range(len(of_it))))
            producer = AIOKafkaProducer(
                bootstrap_servers=bootstrap, transactional_id=f"{prefix}writer-{partition}"
            )
            async with producer:
                topic = f"{prefix}pages"
                async with producer.transaction():
                    for school in engine.schools.values():
                        for page, value in write_watch(school.watch):
                            await producer.send(
                                topic, value, key=str(page).encode(), partition=partition
                            )
                    position = Position(events=len(of_it), alerts=0, rejects=0)
                    await producer.send(topic, write_position(position), KEY, partition)
                await producer.begin_transaction()
                for name in (KEY, b"gone/roster"):
                    await producer.send_and_wait(topic, b"not so", name, partition)
                await producer.abort_transaction()

    asyncio.run(writing())
