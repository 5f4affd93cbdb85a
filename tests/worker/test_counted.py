"""What a worker counts of what it reads, tells and writes."""

import asyncio

from builders import as_line
from memory_topics import MemoryTopics, Record
from prometheus_client import generate_latest

from config.metrics import Metrics, new_metrics
from streams.step import Engine
from streams.worker.partition import Partition, Place
from streams.worker.partition_log import Heard
from streams.worker.turns import Turns

NOW = 1_772_442_000.0
"""2026-03-02T09:00:00Z."""


def register(day: str, *marks: dict, school: str = "A1") -> bytes:
    return as_line(
        {"type": "register", "id": day, "school": school, "recorded_at": f"{day}T08:00:00Z",
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


def worked_out(topics: MemoryTopics, *named: str) -> Metrics:
    metrics = new_metrics(named)
    partition = taken_over(topics, metrics)
    turns = Turns(partition, lambda: Heard(len(topics.events), NOW), lambda: NOW, metrics)
    asyncio.run(turns.take(topics.events[partition.next :]))
    asyncio.run(turns.finish())
    return metrics


def sent(*lines: bytes, key: bytes | None = b"A1") -> MemoryTopics:
    return sent_with(*((key, line) for line in lines))


def sent_with(*keyed: tuple[bytes | None, bytes]) -> MemoryTopics:
    topics = MemoryTopics()
    for key, line in keyed:
        arrived_ms = int((NOW - 0.3) * 1000)
        topics.events.append(Record(len(topics.events), line, key, arrived_ms))
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


def test_of_a_named_school_what_came_and_was_refused_is_counted_and_of_no_other() -> None:
    absent = {"pupil": "p1", "status": "absent"}
    of_a1 = [(b"A1", line) for line in LINES]
    of_b1 = [(b"B1", register("2026-02-27", absent, school="B1")), (b"B1", b"not so")]
    of_nobody = [(None, b"not so")]
    metrics = worked_out(sent_with(*of_a1, *of_b1, *of_nobody), "A1", "Z9")
    counted = metrics.registry.get_sample_value
    assert counted("gemist_school_events_total", {"school": "A1"}) == 2
    assert counted("gemist_school_marks_total", {"school": "A1"}) == 2
    assert counted("gemist_school_rejects_total", {"school": "A1", "reason": "status"}) == 1
    assert counted("gemist_school_rejects_total", {"school": "A1", "reason": "json"}) == 1
    assert counted("gemist_school_events_total", {"school": "Z9"}) == 0
    assert counted("gemist_rejects_total", {"reason": "json"}) == 3
    assert counted("gemist_marks_total") == 3
    assert b"B1" not in generate_latest(metrics.registry)


def test_a_record_with_another_schools_key_is_of_the_school_that_its_event_names() -> None:
    metrics = worked_out(sent(register("2026-02-27", AWAY), key=b"Z9"), "A1", "Z9")
    counted = metrics.registry.get_sample_value
    assert counted("gemist_school_rejects_total", {"school": "A1", "reason": "key"}) == 1
    assert counted("gemist_school_rejects_total", {"school": "Z9", "reason": "key"}) == 0


def test_a_record_without_a_key_is_of_the_school_that_its_event_names() -> None:
    metrics = worked_out(sent(register("2026-02-27", AWAY), key=None), "A1")
    counted = metrics.registry.get_sample_value
    assert counted("gemist_school_rejects_total", {"school": "A1", "reason": "key"}) == 1
