"""What operations see of a partition, at any time, also while nothing is done about it."""

import asyncio
from math import isnan

import pytest
from builders import as_line
from memory_topics import MemoryTopics, Record
from prometheus_client import generate_latest

from config.metrics import Metrics, new_metrics
from streams.step import Engine
from streams.worker.gauges import hide, show
from streams.worker.partition import Partition, Place
from streams.worker.partition_log import Heard
from streams.worker.turns import Turns

ARRIVED = 1_772_442_000
"""2026-03-02T09:00:00Z, a Monday."""
DAY = 86_400


def register(school: str = "A1", date: str = "2026-03-02") -> bytes:
    marks = [{"pupil": "p1", "status": "present"}]
    return as_line(
        {"type": "register", "id": date, "school": school, "recorded_at": f"{date}T09:00:00Z",
         "date": date, "session": 1, "marks": marks}
    )  # fmt: skip


class Stage:
    """A partition in the middle of its turns, with a clock that one moves."""

    def __init__(self) -> None:
        self.topics, self.metrics = MemoryTopics(), new_metrics(["A1", "Z9"])
        self.now = float(ARRIVED)
        self.end: int | None = None
        partition = Partition(
            Place(0, 1, ""), self.topics.kept(), lambda: Engine("nl"), self.topics, self.metrics
        )
        self.heard_before = 0.0
        self.turns = Turns(partition, self.heard, lambda: self.now, self.metrics)
        show(self.turns, self.metrics, lambda: self.now)

    def heard(self) -> Heard | None:
        return None if self.end is None else Heard(self.end, self.now - self.heard_before)

    def send(self, *lines: bytes) -> None:
        for line in lines:
            offset = len(self.topics.events)
            key = line.split(b'"school":"')[1].split(b'"')[0]
            self.topics.events.append(Record(offset, line, key, int(self.now * 1000)))
        self.end = len(self.topics.events)

    def read(self) -> None:
        asyncio.run(self.turns.take(self.topics.events[self.turns.partition.next :]))

    def turn(self) -> None:
        asyncio.run(self.turns.turn())


@pytest.fixture
def stage() -> Stage:
    return Stage()


def shown(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_nobody_knows_the_lag_while_the_broker_is_not_heard_of(stage: Stage) -> None:
    stage.send(register())
    stage.read()
    stage.now += 60
    stage.turn()
    assert shown(stage.metrics, "gemist_lag_seconds", partition="0") == 0
    stage.heard_before = 29
    assert shown(stage.metrics, "gemist_lag_records", partition="0") == 0
    assert shown(stage.metrics, "gemist_lag_seconds", partition="0") == 0
    stage.heard_before = 45
    assert isnan(shown(stage.metrics, "gemist_lag_records", partition="0") or 0)
    assert shown(stage.metrics, "gemist_lag_seconds", partition="0") == 45


def test_lag_grows_while_nothing_is_read_and_returns_to_nothing(stage: Stage) -> None:
    def lag() -> tuple[float | None, float | None]:
        names = ("gemist_lag_records", "gemist_lag_seconds")
        return tuple(shown(stage.metrics, name, partition="0") for name in names)

    stage.end = 0
    stage.turn()
    stage.now += 3600  # a quiet hour is no lag
    stage.turn()
    assert lag() == (0, 0)
    stage.send(register(), register("B1"))
    stage.now += 30
    assert lag() == (2, 30)
    stage.now += 30
    assert lag() == (2, 60)
    stage.read()
    while stage.turns.partition.untold:  # on a busy machine a turn's time is soon over
        stage.turn()
    assert lag() == (0, 0)
    stage.send(b'{"school":"A1"}')
    stage.turns.partition.apply(stage.topics.events)
    assert lag() == (1, 0), "a reject that is not on its topic yet"
    stage.turn()
    stage.turn()


def test_what_waits_to_be_told_has_its_own_age(stage: Stage) -> None:
    stage.send(register())
    stage.turns.partition.apply(stage.topics.events)
    stage.now += 5
    assert shown(stage.metrics, "gemist_lag_records", partition="0") == 1
    assert shown(stage.metrics, "gemist_lag_seconds", partition="0") == 5


def test_pages_wait_until_a_checkpoint(stage: Stage) -> None:
    stage.send(register())
    stage.read()
    assert shown(stage.metrics, "gemist_dirty_pages", partition="0") > 0
    asyncio.run(stage.turns.finish())
    assert shown(stage.metrics, "gemist_dirty_pages", partition="0") == 0


def test_a_named_school_is_shown_by_when_it_recorded_its_newest_register(stage: Stage) -> None:
    stage.send(register("A1"), register("B1"))
    stage.read()
    stage.now += 100
    assert shown(stage.metrics, "gemist_feed_silence_seconds", school="A1") == 100
    never = shown(stage.metrics, "gemist_feed_silence_seconds", school="Z9")
    assert never == stage.now, "one that was never heard of has been silent for ever"
    assert b'"B1"' not in generate_latest(stage.metrics.registry)


def test_silent_schools_are_counted_when_all_was_read(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = [0.0]
    monkeypatch.setattr("streams.feeds.monotonic", lambda: ticks[0])
    stage.send(register("A1"), register("B1"))
    assert shown(stage.metrics, "gemist_silent_schools", partition="0") == 0
    stage.read()
    stage.now += 8 * DAY  # Mondays are its only days so far, and one is over
    assert shown(stage.metrics, "gemist_silent_schools", partition="0") == 2
    stage.send(register("A1", "2026-03-10"))
    stage.read()
    assert shown(stage.metrics, "gemist_silent_schools", partition="0") == 2
    ticks[0] = 61.0
    assert shown(stage.metrics, "gemist_silent_schools", partition="0") == 1
    assert shown(stage.metrics, "gemist_schools", partition="0") == 2


def test_a_partition_that_is_let_go_of_is_not_shown(stage: Stage) -> None:
    hide(stage.metrics)
    assert b"{partition=" not in generate_latest(stage.metrics.registry)
    assert b"silence_seconds{school=" not in generate_latest(stage.metrics.registry)
