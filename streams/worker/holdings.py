"""The partitions that this process holds: taken over, kept going, and let go of."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Final

from config.metrics import Metrics
from config.settings import Kafka
from streams.step import Engine
from streams.topics import EVENTS
from streams.worker.closes import Closes
from streams.worker.gauges import hide, show
from streams.worker.kafka_log import KafkaLog, LostRecordsError, first_offset_from
from streams.worker.partition import Partition, Place
from streams.worker.partition_log import Heard, Record
from streams.worker.turns import Turns

TAKEN_OVER_AT_ONCE: Final = 3
"""While one partition's books are read from its pages, the broker is asked for those of others."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all partitions of a process share."""

    kafka: Kafka
    partitions: int
    """How many partitions the topics have."""
    new_engine: Callable[[], Engine]
    """Makes the books of one partition."""
    metrics: Metrics
    now: Callable[[], float]
    """The wall clock, in seconds since 1970."""
    close_at: time | None
    """When days are closed, by a school's own clock; None for never."""
    heard_of: Callable[[int], Heard | None]
    """Partition → what the broker last said of it, None before the first fetch."""
    log: str = ""
    """The cluster's id of ``school-events``, where it has one."""


class Holdings:
    """Books of the partitions that were assigned."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._held: dict[int, Turns] = {}
        self._closes = Closes(around.close_at, around.now)
        self._is_taking_over = True
        self._turning: dict[int, asyncio.Task[bool]] = {}
        self._turns = 0
        self._changing = asyncio.Lock()
        """A rebalance may begin while what the last one brought is still being taken over."""
        around.metrics.partitions.set(around.partitions)

    async def hold(self, assigned: Callable[[], Collection[int]]) -> dict[int, int]:
        """Hold the assigned partitions and no others; gives the offset from which to read each.

        What is assigned is asked once nothing else is being taken over: whoever took over what it
        was assigned before, and is no more, would fence the worker that has it now. Raises what
        `streams.worker.kafka_log.KafkaLog.take_over` does.
        """
        async with self._changing:
            return await self._hold(assigned())

    async def _hold(self, numbers: Collection[int]) -> dict[int, int]:
        await self._let_go()
        metrics = self._around.metrics
        metrics.partitions_assigned.set(len(numbers))
        some_at_once = asyncio.Semaphore(TAKEN_OVER_AT_ONCE)

        async def hold_one(number: int) -> None:
            async with some_at_once:
                with metrics.recovery_seconds.time():
                    self._held[number] = await self._take_over(number)
            metrics.partitions_held.inc()
            show(self._held[number], metrics, self._around.now)

        try:
            async with asyncio.TaskGroup() as taking_over:
                for number in sorted(numbers):
                    taking_over.create_task(hold_one(number))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        self._is_taking_over = False
        return {number: turns.partition.next for number, turns in self._held.items()}

    async def _take_over(self, number: int) -> Turns:
        around = self._around
        log = KafkaLog(around.kafka, number, around.log)
        try:
            kept = await log.take_over()
            place = Place(number, around.partitions, around.kafka.prefix, around.log)
            partition = await asyncio.to_thread(
                Partition, place, kept, around.new_engine, log, around.metrics
            )
        except BaseException:
            await log.close()
            raise
        return Turns(partition, lambda: around.heard_of(number), around.now, around.metrics)

    async def let_go(self) -> None:
        """Write what there is, and hold nothing any more; what is being taken over comes first."""
        async with self._changing:
            await self._let_go()

    async def _let_go(self) -> None:
        self._is_taking_over = True
        for turns in self._held.values():
            await turns.finish()
            await turns.partition.log.close()
        self._held.clear()
        self._around.metrics.partitions_held.set(0)
        self._around.metrics.set_aside.set(0)
        hide(self._around.metrics)

    async def take(self, number: int, records: Sequence[Record]) -> None:
        """Take what was fetched of a partition; if it was let go of, whoever has it reads it.

        Raises `streams.worker.kafka_log.LostRecordsError` where records are missing before it.
        """
        turns = self._held.get(number)
        if turns is None:
            return
        await self._nothing_is_lost(number, records[0].offset, turns.partition.next)
        await turns.take(records)

    async def _nothing_is_lost(self, number: int, first: int, expected: int) -> None:
        """Make sure that a gap in offsets is the broker's (a sender's transaction leaves one)."""
        if first <= expected:
            return
        topic = self._around.kafka.prefix + EVENTS
        there = await first_offset_from(self._around.kafka, topic, number, expected)
        if there < first:
            raise LostRecordsError(f"{topic} {number}: {there} to {first - 1}")

    async def turn(self) -> bool:
        """Do what is due, though nothing came; is there more that could be done at once?

        Comes back when one partition has had its turn: others may wait for the broker meanwhile.
        """
        self._turns += 1
        for number, turns in self._held.items():
            if number not in self._turning:
                self._turning[number] = asyncio.create_task(turns.turn())
        if not self._turning:
            return False
        done, _ = await asyncio.wait(self._turning.values(), return_when=asyncio.FIRST_COMPLETED)
        self._turning = {at: turn for at, turn in self._turning.items() if turn not in done}
        more = [turn.result() for turn in done]
        return any(more)

    def closes_due(self) -> Iterator[tuple[int, str, bytes]]:
        """The `close` events that are to be written now: partition, school and line."""
        for number, turns in self._held.items():
            for school, line in self._closes.due(turns).items():
                yield number, school, line

    def unready(self) -> str | None:
        """Why nothing is worked out now, in a line; None when all is well."""
        return "taking over partitions" if self._is_taking_over else None

    def progress(self) -> tuple[int, ...]:
        """Numbers that change as long as all is well; may be asked from any thread.

        While events wait, partitions are taken over or the broker is not heard of, that is how far
        events are worked out; else, that the loop turns.
        """
        held = list(self._held.values())
        is_behind = self._is_taking_over or any(
            each.partition.unfinished or not each.is_idle or each.is_out_of_touch for each in held
        )
        places = ((each.partition.next, each.partition.unfinished) for each in held)
        done = (len(held), *(number for place in places for number in place))
        return done if is_behind else (*done, min((it.had for it in held), default=self._turns))
