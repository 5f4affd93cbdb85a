"""Before the first fetch nobody knows whether all was read."""

from datetime import time

from builders import as_line
from memory_topics import MUCH_LATER_MS, MemoryTopics

from config.metrics import new_metrics
from streams.step import Engine
from streams.worker.closes import Closes
from streams.worker.partition import Partition, Place
from streams.worker.partition_log import Heard
from streams.worker.turns import Turns


def test_no_day_is_closed_before_it_is_known_that_all_was_read() -> None:
    topics, metrics = MemoryTopics(), new_metrics()
    marks = [{"pupil": "p1", "status": "present"}]
    topics.send(
        as_line(
            {"type": "register", "id": "r", "school": "A1", "recorded_at": "2026-03-02T09:00:00Z",
             "date": "2026-03-02", "session": 1, "marks": marks}
        )
    )  # fmt: skip
    partition = Partition(Place(0, 1, ""), topics.kept(), lambda: Engine("nl"), topics, metrics)
    partition.apply(topics.events)
    end: list[int | None] = [None]

    def heard() -> Heard | None:
        return None if end[0] is None else Heard(end[0], MUCH_LATER_MS / 1000)

    turns = Turns(partition, heard, lambda: MUCH_LATER_MS / 1000, metrics)
    closes = Closes(time(17, 30), lambda: MUCH_LATER_MS / 1000)
    assert closes.due(turns) == {}
    end[0] = 1
    assert list(closes.due(turns)) == ["A1"]
