"""A partition's turns: what failed halfway is never written by what comes after."""

import asyncio
from collections.abc import Sequence

import engines
import pytest
from memory_topics import MemoryTopics
from test_partition import DAYS, MISSED, checkpoint, read_all, register, taken_over, tell_all

from config.metrics import new_metrics
from streams.worker.partition import Partition
from streams.worker.partition_log import Ends, Heard, Outgoing
from streams.worker.turns import Turns

MUCH_LATER = 4_200_000_000.0


class NoRoomError(Exception):
    pass


class FailingTopics(MemoryTopics):
    """Takes no write while ``failure`` is set."""

    failure: type[BaseException] | None = None

    async def write(self, records: Sequence[Outgoing]) -> Ends:
        if self.failure is not None:
            raise self.failure
        return await super().write(records)


def turns(partition: Partition, topics: MemoryTopics) -> Turns:
    return Turns(
        partition, lambda: Heard(len(topics.events), MUCH_LATER), lambda: MUCH_LATER, new_metrics()
    )


def outcome(topics: MemoryTopics) -> list[tuple[object, ...]]:
    """What stands when a new process has read everything."""
    last = taken_over(topics)
    read_all(last, topics)
    tell_all(last)
    checkpoint(last)
    answer = engines.answer_of(last._engine, topics.messages(), [])
    return [answer.pupils_csv, answer.school_days_csv, answer.standing]


@pytest.fixture
def expected() -> list[tuple[object, ...]]:
    topics = MemoryTopics()
    topics.send(*MISSED, register(DAYS[1], "absent", late=2))
    return outcome(topics)


@pytest.mark.parametrize("failure", [NoRoomError, asyncio.CancelledError])
def test_after_a_write_that_failed_no_position_goes_out_without_its_pages(
    failure: type[BaseException], expected: list[tuple[object, ...]]
) -> None:
    topics = FailingTopics()
    topics.send(*MISSED)
    one = turns(taken_over(topics), topics)

    async def fail_and_end() -> None:
        await one.take(topics.events)
        one._checkpointed_at = one._written_at = 0.0
        topics.failure = failure
        with pytest.raises(failure):
            await one.turn()
        topics.failure = None
        topics.send(register(DAYS[1], "absent", late=2))
        await one.take(topics.events[2:])
        await one.turn()
        await one.finish()

    asyncio.run(fail_and_end())
    assert not any(topics.written.values())
    assert outcome(topics) == expected


def test_after_a_step_that_failed_nothing_of_it_is_written(
    monkeypatch: pytest.MonkeyPatch, expected: list[tuple[object, ...]]
) -> None:
    topics = MemoryTopics()
    topics.send(*MISSED, register(DAYS[1], "absent", late=2))
    partition = taken_over(topics)
    one = turns(partition, topics)

    async def fail_and_end() -> None:
        await one.take(topics.events[:1])
        before = {name: len(records) for name, records in topics.written.items()}
        with monkeypatch.context() as broken:
            broken.setattr(partition.came, "note", fail)
            with pytest.raises(NoRoomError):
                await one.take(topics.events[1:])
        await one.finish()
        assert before == {name: len(records) for name, records in topics.written.items()}

    asyncio.run(fail_and_end())
    assert outcome(topics) == expected


def fail(*_: object) -> None:
    raise NoRoomError
