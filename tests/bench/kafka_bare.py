"""The yardstick for reading: a bare aiokafka loop that parses each record, and nothing else.

``python -m tests.bench.kafka_bare BOOTSTRAP TOPIC PARTITIONS RECORDS``
"""

import asyncio
import os
import sys

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition


async def read(bootstrap: str, topic: str, partitions: int, records: int) -> None:
    loads, parsed = orjson.loads, 0
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
    while parsed < records:
        for fetched in (await consumer.getmany(timeout_ms=500)).values():
            for record in fetched:
                loads(record.value)
            parsed += len(fetched)
    os._exit(0)  # its shutdown is not what is measured


if __name__ == "__main__":
    asyncio.run(read(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
