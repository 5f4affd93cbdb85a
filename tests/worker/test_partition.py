"""A worker's partition whose process dies at every place there is: nothing is lost or doubled."""

import asyncio
import random
from dataclasses import replace
from typing import Any

import builders
import engines
import pytest
import reference
from builders import as_line
from hypothesis import given
from hypothesis import strategies as st
from memory_topics import MUCH_LATER_MS, MemoryTopics, Record
from samples import SEEDS, SHAPE_NAMES, SHAPES, some

from alerts.alert import State
from config.metrics import new_metrics
from streams.arrival import partition_of
from streams.position import KEY, read_position
from streams.school import School
from streams.step import Engine
from streams.topics import PAGES
from streams.worker.partition import Partition, Place


def taken_over(topics: MemoryTopics, pack: str = "nl") -> Partition:
    return Partition(Place(0, 1, "t."), topics.kept(), lambda: Engine(pack), topics, new_metrics())


def read_all(partition: Partition, topics: MemoryTopics) -> None:
    partition.apply(topics.events[partition.next :])


def tell_all(partition: Partition) -> None:
    while partition.tell_next() or partition.read_next():
        pass


def caught_up(topics: MemoryTopics) -> Partition:
    """Taken over; all that there is was read and told."""
    partition = taken_over(topics)
    read_all(partition, topics)
    tell_all(partition)
    return partition


def write(partition: Partition) -> None:
    asyncio.run(partition.write())


def checkpoint(partition: Partition) -> None:
    asyncio.run(partition.checkpoint())


def register(day: str, status: str, *, said: str = "T09:00:00Z", late: int = 0) -> bytes:
    mark = {"pupil": "p1", "status": status}
    if status == "absent":
        mark["reason"] = "unauthorised"
    return as_line(
        {"type": "register", "id": f"{day}-{late}", "school": "A1", "recorded_at": f"{day}{said}",
         "date": day, "session": 1, "minutes": 480, "marks": [mark]}
    )  # fmt: skip


DAYS = ("2026-03-02", "2026-03-03")
MISSED = [register(DAYS[0], "absent"), register(DAYS[1], "present")]
CORRECTED = register(DAYS[0], "present", said="T16:00:00Z", late=1)


def phantom() -> MemoryTopics:
    """An alert is out, its process died before a checkpoint, and its ground was corrected."""
    topics = MemoryTopics()
    topics.send(*MISSED)
    one = caught_up(topics)
    write(one)
    assert [alert.state for alert in topics.messages()] == [State.OPEN]
    topics.send(CORRECTED)
    return topics


def test_an_alert_whose_ground_was_corrected_during_a_crash_is_taken_back() -> None:
    topics = phantom()
    two = taken_over(topics)
    assert two.next == 0
    read_all(two, topics)  # what was told and what takes it back, in one batch
    tell_all(two)
    checkpoint(two)
    assert [alert.state for alert in topics.messages()] == [State.OPEN, State.WITHDRAWN]
    three = taken_over(topics)
    assert three.next == len(topics.events)
    tell_all(three)
    assert not three.has_outgoing


def test_and_so_it_is_after_a_second_crash_before_the_next_checkpoint() -> None:
    topics = phantom()
    two = taken_over(topics)
    read_all(two, topics)
    tell_all(two)  # and dies before it was written
    three = caught_up(topics)
    write(three)  # and dies before its checkpoint
    four = caught_up(topics)
    checkpoint(four)
    assert engines.standing(topics.messages()) == []
    assert [alert.state for alert in topics.messages()] == [State.OPEN, State.WITHDRAWN]


def test_nothing_is_told_and_no_page_made_before_all_is_read_again() -> None:
    topics = phantom()
    two = taken_over(topics)
    assert two.is_reading_again
    two.apply(topics.events[:1])
    assert not two.tell_next()
    assert two.dirty_pages == 0
    two.apply(topics.events[1:])
    assert two.tell_next()


def test_a_school_that_was_told_is_not_read_again_because_another_was_not() -> None:
    topics = MemoryTopics()
    other = [line.replace(b'"A1"', b'"B1"') for line in MISSED]
    topics.send(*MISSED, *other)
    one = taken_over(topics)
    read_all(one, topics)
    assert one.tell_next()
    checkpoint(one)
    position = read_position(
        next(each.value for each in reversed(topics.written[PAGES]) if each.key == KEY)
    )
    assert (position.events, position.ahead) == (2, {"A1": 4})
    two = caught_up(topics)
    checkpoint(two)
    assert [alert.school for alert in topics.messages()] == ["A1", "B1"]
    assert {alert.version for alert in topics.messages()} == {2}


def erased(offset_day: str) -> bytes:
    return as_line(
        {"type": "erase", "id": "e1", "school": "A1", "recorded_at": f"{offset_day}T18:00:00Z",
         "pupil": "p1"}
    )  # fmt: skip


def test_an_erasure_deletes_all_that_was_ever_told_about_the_pupil_and_nothing_else() -> None:
    topics = MemoryTopics()
    topics.send(*MISSED)
    one = caught_up(topics)
    checkpoint(one)
    (told,) = topics.alerts
    assert told.value is not None
    assert told.key is not None
    # Of long ago: no book knows of these any more.
    of_another = told.value.replace(b'"pupil":"p1"', b'"pupil":"p2"').replace(told.key, b"another")
    topics.alerts.append(replace(told, key=b"old", value=told.value.replace(told.key, b"old")))
    topics.alerts.append(replace(told, key=b"another", value=of_another))
    topics.send(register("2026-03-04", "absent"), register("2026-03-05", "present"))
    read_all(one, topics)
    tell_all(one)
    checkpoint(one)
    topics.send(erased("2026-03-05"))
    two = caught_up(topics)
    write(two)  # and dies before its checkpoint
    topics.send(
        b'{"type":"enrolment","id":"n1","school":"A1","recorded_at":"2026-03-06T07:00:00Z",'
        b'"pupil":"p1","from":"2026-03-06"}',
        register("2026-03-06", "absent"),
        register("2026-03-07", "present"),
    )
    three = caught_up(topics)
    checkpoint(three)
    newest = {each.key: each.value for each in topics.alerts}
    assert (newest[told.key], newest[b"old"]) == (None, None)
    assert newest[b"another"] == of_another
    later = set(newest) - {told.key, b"old", b"another"}
    assert [newest[key] is not None for key in later] == [True]


@pytest.mark.parametrize("part", ["take_registers", "publish"])
def test_a_school_that_cannot_be_worked_out_waits_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    topics = MemoryTopics()
    other = [line.replace(b'"A1"', b'"B1"') for line in MISSED]
    topics.send(MISSED[0], other[0])
    one = caught_up(topics)
    checkpoint(one)
    works = getattr(School, part)

    def fails(school: School, *rest: Any) -> Any:
        if school.book.school == "B1":
            raise RuntimeError(part)
        return works(school, *rest)

    monkeypatch.setattr(School, part, fails)
    topics.send(other[1], MISSED[1])
    for _ in range(2):  # it is tried again by whoever takes over, and may fail again
        two = caught_up(topics)
        checkpoint(two)
        assert not two.is_dirty
        assert {alert.school for alert in topics.messages()} == {"A1"}
        position = read_position(topics.written[PAGES][-1].value or b"")
        assert position.events == 2
    topics.send(other[1].replace(b"2026-03-03", b"2026-03-04"))
    read_all(two, topics)
    tell_all(two)
    assert two.next == len(topics.events)
    monkeypatch.undo()
    told = len(topics.alerts)
    three = caught_up(topics)
    checkpoint(three)
    assert three.next == len(topics.events)
    assert read_position(topics.written[PAGES][-1].value or b"").events == three.next
    assert [alert.school for alert in topics.messages()[told:]] == ["B1"]


def test_what_is_refused_goes_out_once_byte_for_byte() -> None:
    topics = MemoryTopics()
    topics.send(b"nonsense", *MISSED, b'{"type": "close"}')
    for _ in range(2):
        one = taken_over(topics)
        read_all(one, topics)
        write(one)
    assert [each.value for each in topics.written["rejects"]] == [b"nonsense", b'{"type": "close"}']
    headers = dict(topics.written["rejects"][0].headers)
    assert headers["topic"] == b"t.school-events"
    assert (headers["partition"], headers["offset"]) == (b"0", b"0")
    assert headers["arrived"] == str(MUCH_LATER_MS).encode()


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [(b"B1", MISSED[0], "key"), (None, MISSED[0], "key"), (b"A1", None, "json")],
)
def test_what_is_not_keyed_by_its_school_is_refused(
    key: bytes | None, value: bytes | None, reason: str
) -> None:
    topics = MemoryTopics()
    topics.events.append(Record(0, value, key))
    one = taken_over(topics)
    read_all(one, topics)
    write(one)
    assert topics.rejects() == [(0, reason)]


def test_what_is_in_another_partition_than_its_schools_is_refused() -> None:
    topics = MemoryTopics()
    topics.send(MISSED[0])
    strange = (partition_of(b"A1", 8) + 1) % 8
    one = Partition(
        Place(strange, 8, ""), topics.kept(), lambda: Engine("nl"), topics, new_metrics()
    )
    read_all(one, topics)
    write(one)
    assert topics.rejects() == [(0, "partition")]


@given(seed=SEEDS, shape=SHAPE_NAMES, schools=st.sampled_from((1, 2, 3)))
@some(0.5)
def test_wherever_it_dies_the_same_alerts_stand_and_rejects_are_there_once(
    seed: int, shape: str, schools: int
) -> None:
    rng = random.Random(seed)
    lines = builders.random_log(rng, schools=schools, shape=SHAPES[shape])
    expected = reference.replay(lines)
    topics = MemoryTopics()
    partition = taken_over(topics)
    unsent = list(lines)
    while unsent or partition.next < len(topics.events):
        size = rng.choice((0, 1, 7, 40))
        topics.send(*unsent[:size])
        unsent = unsent[size:]
        match rng.choice(("read", "read", "tell", "tell", "write", "checkpoint", "die")):
            case "read":
                upto = rng.choice((1, 5, 50))
                partition.apply(topics.events[partition.next :][:upto])
            case "tell":
                for _ in range(rng.choice((1, 3))):
                    partition.tell_next()
            case "write":
                write(partition)
            case "checkpoint" if not partition.is_reading_again:
                checkpoint(partition)
            case "die":
                partition = taken_over(topics)
    tell_all(partition)
    checkpoint(partition)
    last = taken_over(topics)
    assert not last.is_reading_again
    tell_all(last)
    assert not last.has_outgoing
    rejects = [(offset + 1, reason) for offset, reason in topics.rejects()]
    answer = engines.answer_of(last._engine, topics.messages(), rejects)
    assert answer.pupils_csv == expected.pupils_csv
    assert answer.school_days_csv == expected.school_days_csv
    assert answer.standing == sorted(expected.standing)
    assert [line for line, _ in rejects] == sorted(line for line, _ in expected.rejects)
