"""A partition whose pages are lost is worked out again of its events, and tells nothing twice."""

import pytest
from memory_topics import MemoryTopics
from states import halves

from alerts.rules import Kind
from config.metrics import new_metrics
from streams.step import Engine
from streams.topics import PAGES
from streams.worker.partition import Partition, Place


def work(topics: MemoryTopics, at_once: int) -> None:
    """Have a worker take the partition over, and read to the end."""
    partition = Partition(
        Place(0, 1, ""), topics.kept(), lambda: Engine("nl"), topics, new_metrics()
    )
    waiting = topics.events[partition.next :]
    for start in range(0, len(waiting), at_once):
        partition.apply(waiting[start : start + at_once])
        while partition.tell_next():
            pass
        topics.run(partition.write())
    while partition.read_next() or partition.tell_next():
        pass
    topics.run(partition.checkpoint())


@pytest.mark.parametrize("at_once", [7, 1000])
def test_nothing_is_told_twice_a_notice_of_the_whole_school_neither(at_once: int) -> None:
    before, _ = halves()
    topics = MemoryTopics()
    topics.send(*before)
    work(topics, at_once)
    told = topics.messages()
    assert any(each.kind is Kind.GROUP and each.group is None for each in told)
    topics.written[PAGES] = []
    work(topics, 1000)
    assert topics.messages() == told
