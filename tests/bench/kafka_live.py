"""From a mark to its alert: a steady stream of single marks of today, and live rules.

Schools have a history of some twelve weeks. Then one mark a message comes, so many a second; one in
some hundred says that a pupil missed eight hours, of whom nothing was said that day. What is
measured is the time from just before such a mark is sent until the alert about its pupil was read
from ``alerts`` by somebody who reads only what is committed.
"""

import asyncio
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from config.settings import Kafka
from models.simulator import Plan, simulate
from streams.arrival import partition_of
from streams.topic_reader import reading
from streams.topics import ALERTS
from tests.bench.contest import Cost
from tests.bench.kafka_topics import Topics, fill, fresh_topics
from tests.bench.kafka_worker import Worker, read, untold
from tests.bench.logs import FOLDER

PARTITIONS = 4
SCHOOLS, PUPILS, HISTORY_DAYS = 40, 10_000, 60
MARKS_A_SECOND, SECONDS, ONE_IN = 5_000, 30, 250
_TICK_SECONDS = 0.01
_PATIENCE_SECONDS = 20.0
_RULES_MINUTES = 480
"""By one mark, what ``nl.8h`` asks for."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from mark to alert."""

    marks_a_second: float
    triggers: int
    seconds: list[float]
    """Of each alert that was read, in order of size."""
    cost: Cost

    def under(self, share: float) -> float:
        return self.seconds[min(int(len(self.seconds) * share), len(self.seconds) - 1)]


def measure(bootstrap: str, cores: set[int]) -> Latency:
    rng = random.Random(1)
    today = datetime.now(UTC).date()  # noqa: TID251 — the open day is today's
    past = list(history(today))
    pupils = pupils_of(past)
    with fresh_topics(bootstrap, PARTITIONS) as topics:
        sent = fill(topics, past)
        first = dict(pupils)
        sent += fill(topics, [mark(*each, 1, today, away=False) for each in first.items()])
        worker = Worker(topics, cores, FOLDER / "worker.err")
        worker.wait(lambda: read(worker.counted()) >= sent and untold(worker.counted()) == 0)
        os.sync()  # what was written before is no part of it: the broker's appends would wait
        told_of = _told_of(topics)
        rng.shuffle(pupils)
        pupils.sort(key=lambda each: each[1] in told_of)
        took, found, triggers = asyncio.run(_send_and_read(topics, pupils, today, rng))
        cost = worker.stop(took)
    return Latency(MARKS_A_SECOND * SECONDS / took, triggers, sorted(found), cost)


def _told_of(topics: Topics) -> set[str]:
    """Pupils who have an alert about unauthorised absence already: one more mark opens none."""
    with reading(Kafka(bootstrap=topics.bootstrap), committed=True) as reader:
        ends = reader.ends(topics.called(ALERTS), PARTITIONS)
        alerts = (
            orjson.loads(record.value or b"{}")
            for partition, end in enumerate(ends)
            for some in reader.records(topics.called(ALERTS), partition, 0, end)
            for record in some
        )
        return {alert["pupil"] for alert in alerts if alert.get("kind") == "unauthorised"}


def history(today: date) -> Iterator[bytes]:
    """What schools said before today."""
    start = today - timedelta(days=7 * HISTORY_DAYS // 4)
    plan = Plan(pupils=PUPILS, schools=SCHOOLS, days=HISTORY_DAYS, seed=1, start=start)
    for block in simulate(plan):
        for line in block.data.splitlines():
            event = orjson.loads(line)
            if event["type"] != "close" and event["recorded_at"] < str(today):
                yield line


def pupils_of(lines: list[bytes]) -> list[tuple[str, str]]:
    """School and pupil of everybody who is enrolled, and has not left."""
    events = (orjson.loads(line) for line in lines if b'"type":"enrolment"' in line)
    status = {(event["school"], event["pupil"]): event["status"] for event in events}
    return [pupil for pupil, says in status.items() if says == "enrolled"]


def mark(school: str, pupil: str, session: int, today: date, *, away: bool) -> bytes:
    said = {"status": "absent", "reason": "unauthorised"} if away else {"status": "present"}
    return orjson.dumps(
        {
            "type": "register",
            "id": f"m-{pupil}-{session}",
            "school": school,
            "recorded_at": f"{today}T00:00:00Z",
            "date": str(today),
            "session": session,
            "minutes": _RULES_MINUTES,
            "marks": [{"pupil": pupil} | said],
        }
    )


async def _send_and_read(
    topics: Topics, pupils: list[tuple[str, str]], today: date, rng: random.Random
) -> tuple[float, list[float], int]:
    count = MARKS_A_SECOND * SECONDS
    away, others = pupils[: count // ONE_IN], pupils[count // ONE_IN :]
    sent_at: dict[str, float] = {}
    found: list[float] = []
    async with (
        AIOKafkaProducer(bootstrap_servers=topics.bootstrap, linger_ms=2) as producer,
        AIOKafkaConsumer(
            bootstrap_servers=topics.bootstrap,
            isolation_level="read_committed",
            enable_auto_commit=False,
            fetch_max_wait_ms=10,
        ) as reader,
    ):
        where = [TopicPartition(topics.called("alerts"), each) for each in range(PARTITIONS)]
        reader.assign(where)
        await reader.seek_to_end(*where)
        reading = asyncio.create_task(_read(reader, sent_at, found, len(away)))
        began = time.perf_counter()
        for number in range(count):
            if number % ONE_IN == 0:
                school, pupil = away[number // ONE_IN]
                sent_at[pupil] = time.perf_counter()
            else:
                school, pupil = rng.choice(others)
            line = mark(school, pupil, rng.randrange(1, 9), today, away=number % ONE_IN == 0)
            key = school.encode()
            partition = partition_of(key, topics.partitions)
            await producer.send(topics.called("school-events"), line, key, partition)
            ahead = number / MARKS_A_SECOND - (time.perf_counter() - began)
            if ahead > _TICK_SECONDS:
                await asyncio.sleep(ahead)
        await producer.flush()
        took = time.perf_counter() - began
        await asyncio.wait([reading], timeout=_PATIENCE_SECONDS)
        reading.cancel()
    return took, found, len(away)


async def _read(
    reader: AIOKafkaConsumer, sent_at: dict[str, float], found: list[float], most: int
) -> None:
    while len(found) < most:
        for records in (await reader.getmany(timeout_ms=100)).values():
            now = time.perf_counter()
            for record in records:
                alert = orjson.loads(record.value or b"{}")
                if alert.get("kind") == "unauthorised" and alert["pupil"] in sent_at:
                    found.append(now - sent_at.pop(alert["pupil"]))
