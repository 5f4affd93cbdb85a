"""The Kafka engine: a Faust agent on ``school-events`` that runs the core's step.

``school-events`` → `streams.worker.partition.Partition`, one for each partition that this process
was assigned → ``alerts``, ``rejects`` and ``pages``, partition *i* of each for partition *i* of
the events. Faust does what it is good at: membership, assignment, agents, lifecycle.

**State** is on the topic ``pages``. Whenever partitions are assigned, the one that wrote before is
fenced, pages are read back, and reading goes on where they end; no offset is ever committed.

**Delivery.** Messages, rejects and pages are written by transactions of a producer that the
partition alone has, so a worker that was stalled and thinks that it still owns a partition writes
nothing that counts. After a crash what stands is what it would have been without one; a message
may be told twice, with the same id and version.

**Failure.** Whatever goes wrong, in the step or on the way to Kafka, ends the process with a
non-zero status. Faust by itself would acknowledge what failed and go on with the next.
"""

import asyncio
import logging
from collections.abc import AsyncIterable, Callable
from datetime import time
from time import monotonic
from typing import Any, Final

from faust.types import TP

from config.metrics import Metrics
from config.settings import Kafka
from streams.step import Engine
from streams.topics import EVENTS, WORKER_NAME
from streams.worker.faust_transport import BatchApp, Fetched, new_app
from streams.worker.holdings import Holdings, Surroundings

_BETWEEN_TURNS_SECONDS: Final = 0.05
_CLOSING_SECONDS: Final = 1.0
"""Between two looks whether a day is to be closed."""

log = logging.getLogger(__name__)


def build_app(
    kafka: Kafka,
    partitions: int,
    new_engine: Callable[[], Engine],
    metrics: Metrics,
    now: Callable[[], float],
    close_at: time | None = None,
    log_id: str = "",
) -> BatchApp:
    """Make the Faust app of a worker; `Surroundings` says what the arguments are."""
    app = new_app(kafka.prefix + WORKER_NAME, kafka)
    topic = kafka.prefix + EVENTS
    holdings = Holdings(
        Surroundings(
            kafka,
            partitions,
            new_engine,
            metrics,
            now,
            close_at,
            lambda number: app.heard_of(topic, number),
            log_id,
        )
    )

    @app.on_partitions_revoked.connect
    @app.on_before_shutdown.connect
    async def let_go(*_: Any, **__: Any) -> None:
        async with app.ending_on_failure():
            await holdings.let_go()

    @app.on_rebalance_complete.connect
    async def take_over(*_: Any, **__: Any) -> None:
        """Hold what is ours now, before any event is read."""
        async with app.ending_on_failure():
            starts = await holdings.hold(lambda: app.partitions_of(topic))
        app.start_at = {TP(topic, number): start for number, start in starts.items()}
        log.info("holding partitions %s", sorted(starts))

    @app.agent(app.batches(topic))
    async def watch(stream: AsyncIterable[Fetched]) -> None:
        """Work out what schools say, and tell; while one partition waits for the broker, others."""
        under_way: dict[int, asyncio.Task[None]] = {}
        async for fetched in stream:
            if fetched.partition in under_way:
                await under_way[fetched.partition]
            under_way[fetched.partition] = asyncio.create_task(_take(app, holdings, fetched))

    async def keep_turning() -> None:
        """Tell, write and close days while nothing comes."""
        looked_at = 0.0
        while not app.should_stop:
            async with app.ending_on_failure():
                more = await holdings.turn()
                if monotonic() >= looked_at + _CLOSING_SECONDS:
                    looked_at = monotonic()
                    for number, school, line in holdings.closes_due():
                        await app.producer.send(topic, school.encode(), line, number, None, None)
            await asyncio.sleep(0 if more else _BETWEEN_TURNS_SECONDS)

    app.task(keep_turning)
    app.unready, app.progress = holdings.unready, holdings.progress
    return app


async def _take(app: BatchApp, holdings: Holdings, fetched: Fetched) -> None:
    async with app.ending_on_failure():
        await holdings.take(fetched.partition, fetched.records)
