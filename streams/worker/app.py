"""The Kafka engine: a Faust agent on ``school-events`` that runs the core's step.

``school-events`` → `streams.worker.holding.Holding`, one for each partition that this process was
assigned → ``alerts`` and ``rejects``, partition *i* of each for partition *i* of the events.

**State.** There is none but in memory. Whenever partitions are assigned (at every start, and
whenever a worker joins or leaves), their books are rebuilt by reading ``school-events`` from the
beginning; no offset is committed. So nothing can be lost in a crash, a start takes as long as
reading the log does, and what retention has removed from the log is gone from the books too.

**Delivery** is at least once. The next batch begins when Kafka has confirmed every alert and
reject of the one before. After a start the newest batch of which alerts were told is told again,
with the same ids and versions (`told` says how); a sink keeps, of each id, the greatest
version. Two workers that both think they hold a partition (one was stalled for longer than the
session time-out) may both tell of it: nothing fences the stalled one yet.

**Failure.** Whatever goes wrong, in the step or on the way to Kafka, ends the process with a
non-zero status. Faust by itself would acknowledge what failed and go on with the next.
"""

import logging
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Any, Final

from config.metrics import Metrics
from config.settings import Kafka
from streams.step import Engine
from streams.topics import EVENTS
from streams.worker.faust_transport import BatchApp, Fetched, new_app
from streams.worker.holding import Door, Headers, Holding
from streams.worker.told import first_offset_from, read_told

GROUP: Final = "gemist-worker"

log = logging.getLogger(__name__)


class LostRecordsError(Exception):
    """The broker has records that did not reach the agent. A restart reads them again."""


def build_app(
    kafka: Kafka,
    partitions: int,
    new_engine: Callable[[], Engine],
    metrics: Metrics,
    now: Callable[[], float],
) -> BatchApp:
    """Make the Faust app of a worker.

    ``partitions`` is how many the topics have, ``new_engine`` makes the books of one partition,
    ``now`` is the wall clock (seconds since 1970), with which only waiting is measured.
    """
    app = new_app(kafka.prefix + GROUP, kafka.bootstrap)
    topic = kafka.prefix + EVENTS
    holdings: dict[int, Holding] = {}

    async def send(
        to: str, partition: int, key: bytes | None, value: bytes | None, headers: Headers
    ) -> Awaitable[Any]:
        return await app.producer.send(to, key, value, partition, None, headers)

    door = Door(kafka.prefix, partitions, send, now, metrics)

    @app.on_rebalance_complete.connect
    async def rebuild(*_: Any, **__: Any) -> None:
        """Begin anew with each partition that is ours now, before any event is read."""
        holdings.clear()
        metrics.lag.clear()
        async with app.ending_on_failure():
            told = await read_told(kafka.bootstrap, kafka.prefix, app.partitions_of(topic))
            for partition, before in told.items():
                holding = Holding(partition, new_engine(), before, door)
                holdings[partition] = holding
                metrics.lag.labels(partition).set(before.events_end - before.events_begin)
            log.info("rebuilding the books of partitions %s", sorted(holdings))

    async def nothing_is_lost(fetched: Fetched, holding: Holding) -> None:
        """Make sure that a gap in offsets is the broker's (a sender's transaction leaves one)."""
        first = fetched.records[0].offset
        if first > holding.next:
            there = await first_offset_from(kafka.bootstrap, topic, fetched.partition, holding.next)
            if there < first:
                raise LostRecordsError(f"{topic} {fetched.partition}: {there} to {first - 1}")

    @app.agent(app.batches(topic))
    async def watch(stream: AsyncIterable[Fetched]) -> None:
        """Work out what schools say, and tell."""
        async for fetched in stream:
            holding = holdings.get(fetched.partition)
            if holding is None:
                continue  # revoked meanwhile: whoever holds it now reads it from the beginning
            async with app.ending_on_failure():
                await nothing_is_lost(fetched, holding)
                await holding.take(fetched.records)
            metrics.lag.labels(fetched.partition).set(
                app.end_of(topic, fetched.partition) - holding.next
            )

    return app
