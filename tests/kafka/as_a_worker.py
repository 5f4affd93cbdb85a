"""Topics as senders and a worker leave them, written without one: by the core and a producer."""

import asyncio
from collections import defaultdict
from itertools import chain

import msgspec
from aiokafka import AIOKafkaProducer
from kafka.admin import KafkaAdminClient
from live_log import arrival_ms, key

from alerts.pages import write_watch
from config.settings import Kafka
from streams.arrival import partition_of
from streams.position import KEY, Position, write_position
from streams.step import Batch, Engine
from streams.topic_reader import reading

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


def put(bootstrap, topic, partition, value, name):
    """Write one record."""

    async def putting():
        async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
            await producer.send_and_wait(topic, value, name, partition)

    asyncio.run(putting())


def records(bootstrap, topic):
    """All that is committed on a topic now, oldest first in each partition."""
    with reading(Kafka(bootstrap=bootstrap), committed=True) as reader:
        client = KafkaAdminClient(bootstrap_servers=bootstrap)
        (described,) = client.describe_topics([topic])
        client.close()
        partitions = len(described["partitions"])
        return list(chain.from_iterable(reader.whole(topic, partitions)))


def write_alerts(bootstrap, prefix, lines, partitions, *, pack="nl"):
    """Tell of these lines, line by line, by transactions; an alert that is no more at the end."""

    async def writing():
        topic = f"{prefix}alerts"
        for partition in range(partitions):
            engine = Engine(pack)
            producer = AIOKafkaProducer(
                bootstrap_servers=bootstrap, transactional_id=f"{prefix}teller-{partition}"
            )
            async with producer, producer.transaction():
                for offset, line in enumerate(parted(lines, partitions)[partition]):
                    for alert in engine.step(Batch([line], [offset])).alerts:
                        headers = [("events-offset", str(offset + 1).encode())]
                        await producer.send(
                            topic,
                            msgspec.json.encode(alert),
                            alert.id.encode(),
                            partition,
                            headers=headers,
                        )
                for value in (b'{"school":"s"}', None):
                    await producer.send(topic, value, b"gone", partition)

    asyncio.run(writing())


def write_pages(bootstrap, prefix, lines, partitions, *, pack="nl", more_events=None):
    """Write the pages of these lines, the position, and then a transaction that is aborted.

    ``more_events``: by partition, how many events were refused.
    """

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
                    read = len(of_it) + (more_events or {}).get(partition, 0)
                    position = Position(events=read, alerts=0, rejects=0)
                    await producer.send(topic, write_position(position), KEY, partition)
                await producer.begin_transaction()
                for name in (KEY, b"gone/roster"):
                    await producer.send_and_wait(topic, b"not so", name, partition)
                await producer.abort_transaction()

    asyncio.run(writing())
