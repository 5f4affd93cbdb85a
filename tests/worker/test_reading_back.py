"""Whoever takes a partition over begins at once: books are read back when they are needed."""

import asyncio
from datetime import time

import pytest
from memory_topics import MUCH_LATER_MS, MemoryTopics
from test_gauges import register

from config.metrics import new_metrics
from models.page_format import UnreadablePageError
from streams.step import Engine
from streams.worker.closes import Closes
from streams.worker.partition import Partition, Place
from streams.worker.partition_log import Heard
from streams.worker.turns import Turns

SCHOOLS = ("A1", "B1", "C1")
NOW = MUCH_LATER_MS / 1000


def taken_over(topics: MemoryTopics) -> Partition:
    return Partition(Place(0, 1, ""), topics.kept(), lambda: Engine("nl"), topics, new_metrics())


def turns_of(partition: Partition, topics: MemoryTopics) -> Turns:
    return Turns(partition, lambda: Heard(len(topics.events), NOW), lambda: NOW, new_metrics())


@pytest.fixture
def topics() -> MemoryTopics:
    """With pages of three schools."""
    topics = MemoryTopics()
    topics.send(*map(register, SCHOOLS))
    asyncio.run(finished(turns_of(taken_over(topics), topics), topics))
    return topics


async def finished(turns: Turns, topics: MemoryTopics) -> None:
    await turns.take(topics.events)
    await turns.finish()


def test_a_schools_books_are_read_when_its_first_event_comes(topics: MemoryTopics) -> None:
    partition = taken_over(topics)
    assert (list(partition.schools), partition.unread_schools) == ([], 3)
    topics.send(register("B1"))
    partition.apply(topics.events[partition.next :])
    assert (list(partition.schools), partition.unread_schools) == (["B1"], 2)
    assert partition.schools["B1"].book.version == 2


def test_and_those_of_the_others_while_nothing_else_is_to_be_done(topics: MemoryTopics) -> None:
    partition = taken_over(topics)
    turns = turns_of(partition, topics)
    closes = Closes(time(17, 30), lambda: NOW)
    assert closes.due(turns) == {}  # whose day may be over nobody knows yet
    while asyncio.run(turns.turn()):
        pass
    assert sorted(partition.schools) == list(SCHOOLS)
    assert partition.unread_schools == 0
    assert not partition.is_dirty  # what was read back was written
    assert sorted(closes.due(turns)) == list(SCHOOLS)


def test_they_are_read_though_more_waits_all_the_time(topics: MemoryTopics) -> None:
    partition = taken_over(topics)
    turns = Turns(partition, lambda: Heard(10**6, NOW), lambda: NOW, new_metrics())
    turns._credit = 1.0  # there was time in which nothing was done
    while asyncio.run(turns.turn()):
        pass
    assert partition.unread_schools == 0
    assert not turns.has_read_all


def test_books_that_cannot_be_read_end_the_process(topics: MemoryTopics) -> None:
    kept = topics.kept()
    kept.pages["B1"] = dict.fromkeys(kept.pages["B1"], b"not so")
    partition = Partition(Place(0, 1, ""), kept, lambda: Engine("nl"), topics, new_metrics())
    turns = turns_of(partition, topics)

    async def read_all() -> None:
        while await turns.turn():
            pass

    with pytest.raises(UnreadablePageError, match="B1"):
        asyncio.run(read_all())
    assert not asyncio.run(turns.turn())  # and nothing more is written
