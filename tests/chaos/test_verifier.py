"""The verifier finds whatever is taken from topics that are right, and nothing else in them."""

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass, replace

import builders
import pytest
import verifier
from memory_topics import MUCH_LATER_MS, MemoryTopics
from samples import SHAPES

from config.metrics import new_metrics
from streams.arrival import partition_of
from streams.step import Engine
from streams.worker.partition import Partition, Place

SOME = 5


@dataclass(frozen=True)
class Record:
    key: bytes | None
    value: bytes | None
    offset: int = 0
    headers: tuple = ()
    partition: int = 0
    timestamp: int = MUCH_LATER_MS


def right_topics(seed, shape):
    """Topics as a worker leaves them that nothing happened to, with some poison."""
    topics = MemoryTopics()
    topics.send(*builders.random_log(random.Random(seed), schools=2, shape=SHAPES[shape]))
    topics.send(b"no JSON", b"{}")
    worker = Partition(Place(0, 1, ""), topics.kept(), lambda: Engine("nl"), topics, new_metrics())
    for begin in range(0, len(topics.events), 50):
        worker.apply(topics.events[begin : begin + 50])
        while worker.tell_next():
            pass
    asyncio.run(worker.checkpoint())
    events = [Record(it.key, it.value, it.offset) for it in topics.events]
    return [events] + [
        [Record(it.key, it.value, headers=it.headers) for it in topics.written[name]]
        for name in ("alerts", "rejects", "pages")
    ]


def standing(messages):
    """Alerts that stand by these messages, by key."""
    newest = {it.key: it.value and json.loads(it.value)["state"] for it in messages}
    return {key for key, state in newest.items() if state not in (None, "closed", "withdrawn")}


def wrong(topics):
    verdict = verifier.judged(*topics, partitions=1, processes=1)
    names = (*verifier.WRONG, *verifier.NOT_NICE)
    return {name: verdict["counts"][name] for name in names if verdict["counts"][name]}


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_nothing_is_wrong_with_what_a_worker_writes_that_nothing_happened_to(shape):
    assert wrong(right_topics(len(shape), shape)) == {}


@pytest.fixture(scope="module")
def right():
    return right_topics(5, "troubled")


def test_an_alert_that_nobody_was_told_of_is_missing(right):
    events, alerts, rejects, pages = right
    found = Counter()
    for key in sorted(standing(alerts))[:SOME]:
        found.update(wrong([events, [it for it in alerts if it.key != key], rejects, pages]))
    assert set(found) == {"missing alerts"}


def test_an_alert_that_was_not_taken_back_is_wrong(right):
    events, alerts, rejects, pages = right
    over = {it.key: it for it in alerts if it.key not in standing(alerts)}
    found = Counter()
    for newest in over.values():
        without = [it for it in alerts if it is not newest]
        if newest.key in standing(without) and found.total() < SOME:
            found.update(wrong([events, without, rejects, pages]))
    assert set(found) == {"standing alerts wrong"}


def test_a_page_that_is_missing_or_old_is_lost_or_wrong_marks(right):
    events, alerts, rejects, pages = right
    dates = [it for it in pages if b"/date/" in it.key]
    names = {
        name
        for each in dates[::20]
        for name in wrong([events, alerts, rejects, [it for it in pages if it is not each]])
    }
    assert "lost marks" in names
    assert names <= {"lost marks", "wrong marks", "marks that nobody sent"}


def test_a_mark_that_was_never_worked_out_is_lost(right):
    events, alerts, rejects, pages = right
    mark = {"pupil": "p1", "status": "late", "minutes_missed": 7}
    line = builders.as_line(
        {"type": "register", "id": "lost", "school": "S1", "recorded_at": "2030-01-01T00:00:00Z",
         "date": "2029-12-31", "session": 1, "marks": [mark]}
    )  # fmt: skip
    lost = wrong([[*events, Record(b"S1", line, len(events))], alerts, rejects, pages])
    assert lost["lost marks"] == 1


def test_rejects_are_there_once_each_and_byte_for_byte(right):
    events, alerts, rejects, pages = right
    first, *others = rejects
    assert wrong([events, alerts, others, pages]) == {"missing rejects": 1}
    assert wrong([events, alerts, [first, *rejects], pages]) == {"doubled rejects": 1}
    other = replace(first, value=b"other")
    assert wrong([events, alerts, [other, *others], pages]) == {"rejects with other bytes": 1}
    headers = tuple((n, b"clock" if n == "reason" else text) for n, text in first.headers)
    other = replace(first, headers=headers)
    assert wrong([events, alerts, [other, *others], pages]) == {"rejects for another reason": 1}


def test_a_message_told_again_is_counted(right):
    events, alerts, rejects, pages = right
    assert wrong([events, [*alerts, alerts[-1]], rejects, pages]) == {"duplicate messages": 1}


@pytest.mark.parametrize("partitions", [1, 2, 7, 64])
def test_it_parts_schools_as_the_clients_do(partitions):
    rng = random.Random(partitions)
    for _ in range(200):
        key = bytes(rng.choices(b"ABCxyz019_.:-", k=rng.randrange(1, 65)))
        assert verifier.partition_of(key, partitions) == partition_of(key, partitions)


def test_what_a_live_door_refuses_it_knows_by_itself():
    line = b'{"type":"close","id":"k","school":"S1","recorded_at":"2026-03-02T10:00:00Z"}'
    arrived = 1_772_445_600_000
    home = partition_of(b"S1", 3)
    right = Record(b"S1", line, partition=home, timestamp=arrived)
    refused = verifier.refused_at_the_door
    assert refused(right, 3) is None
    assert refused(replace(right, timestamp=arrived - 600_000), 3) is None
    assert refused(replace(right, timestamp=arrived - 600_001), 3) == "clock"
    assert refused(replace(right, partition=(home + 1) % 3), 3) == "partition"
    assert refused(replace(right, key=b"S2"), 3) == "key"
    assert refused(replace(right, key=None), 3) == "key"
    assert refused(replace(right, value=None), 3) == "json"
    assert refused(replace(right, value=b"no JSON"), 3) is None
