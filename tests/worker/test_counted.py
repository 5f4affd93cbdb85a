"""What a worker counts of what it reads, tells and writes."""

import asyncio

from builders import as_line
from memory_topics import MemoryTopics, Record

from config.metrics import Metrics, new_metrics
from streams.step import Engine
from streams.worker.partition import Partition, Place
from streams.worker.partition_log import Heard
from streams.worker.turns import Turns

NOW = 1_772_442_000.0
"""2026-03-02T09:00:00Z."""


def register(day: str, *marks: dict) -> bytes:
    return as_line(
        {"type": "register", "id": day, "school": "A1", "recorded_at": f"{day}T08:00:00Z",
         "date": day, "session": 1, "minutes": 480, "marks": list(marks)}
    )  # fmt: skip


AWAY = {"pupil": "p1", "status": "absent", "reason": "unauthorised"}
LINES = (
    register("2026-02-26", AWAY),
    register("2026-02-27", {"pupil": "p1", "status": "asleep"}, {"pupil": "p2", "status": "late"}),
    b"not so",
)


def taken_over(topics: MemoryTopics, metrics: Metrics) -> Partition:
    return Partition(Place(0, 1, ""), topics.kept(), lambda: Engine("nl"), topics, metrics)


def worked_out(topics: MemoryTopics) -> Metrics:
    metrics = new_metrics()
    partition = taken_over(topics, metrics)
    turns = Turns(partition, lambda: Heard(len(topics.events), NOW), lambda: NOW, metrics)
    asyncio.run(turns.take(topics.events[partition.next :]))
    asyncio.run(turns.finish())
    return metrics


def sent(*lines: bytes) -> MemoryTopics:
    topics = MemoryTopics()
    for line in lines:
        arrived_ms = int((NOW - 0.3) * 1000)
        topics.events.append(Record(len(topics.events), line, b"A1", arrived_ms))
    return topics


def test_what_is_read_refused_told_and_written_is_counted() -> None:
    metrics = worked_out(sent(*LINES))
    counted = metrics.registry.get_sample_value
    assert counted("gemist_records_total") == 3
    assert counted("gemist_events_total", {"type": "register"}) == 2
    assert counted("gemist_marks_total") == 2
    assert counted("gemist_rejects_total", {"reason": "status"}) == 1
    assert counted("gemist_rejects_total", {"reason": "json"}) == 1
    opened = {"kind": "unauthorised", "state": "open"}
    assert counted("gemist_alerts_total", opened) == 1
    assert counted("gemist_batch_seconds_count") == 1
    assert counted("gemist_checkpoint_seconds_count") == 1
    assert counted("gemist_checkpoint_pages_sum") > 0
    told = counted("gemist_mark_to_alert_seconds_count")
    assert told >= 1
    within = {
        le: counted("gemist_mark_to_alert_seconds_bucket", {"le": le}) for le in ("0.25", "0.5")
    }
    assert within == {"0.25": 0, "0.5": told}, "0.3 s after the mark"


def test_what_is_read_again_is_not_counted_as_refused_or_told_again() -> None:
    topics = sent(*LINES)
    one = taken_over(topics, new_metrics())
    one.apply(topics.events)
    assert one.tell_next()
    asyncio.run(one.write())  # and it dies before its checkpoint
    counted = worked_out(topics).registry.get_sample_value
    assert counted("gemist_records_total") == 3
    assert counted("gemist_rejects_total", {"reason": "json"}) == 0
    assert counted("gemist_alerts_total", {"kind": "unauthorised", "state": "open"}) == 0
