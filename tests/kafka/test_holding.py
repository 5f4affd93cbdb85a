"""A partition's books at Kafka's door, without Kafka: what goes in, what comes out, and when."""

import asyncio
import json
from dataclasses import dataclass

import pytest
from prometheus_client import generate_latest

from config.metrics import new_metrics
from streams.arrival import partition_of
from streams.step import Engine
from streams.worker.holding import RECORDS_A_BATCH, Door, Holding
from streams.worker.told import Told

SCHOOL = "s1"
PARTITIONS = 8
HOME = partition_of(SCHOOL.encode(), PARTITIONS)
ARRIVED_MS = 1_772_359_200_000


@dataclass
class Record:
    offset: int
    value: bytes | None
    key: bytes | None = SCHOOL.encode()
    timestamp: int = ARRIVED_MS


class Broker:
    """Notes what is sent, and confirms it as soon as it is asked to."""

    def __init__(self):
        self.sent = []
        self.metrics = new_metrics()
        self.door = Door("t.", PARTITIONS, self.send, lambda: ARRIVED_MS / 1000 + 2, self.metrics)

    async def send(self, topic, partition, key, value, headers):
        self.sent.append((topic, partition, key, value, dict(headers)))
        return self._confirmed()

    async def _confirmed(self):
        return None

    def alerts(self):
        """What was sent on alerts: state, or None for a tombstone, and the batch's end."""
        return [
            (value and json.loads(value)["state"], int(headers["events-offset"]))
            for topic, _, _, value, headers in self.sent
            if topic == "t.alerts"
        ]

    def rejects(self):
        return [
            (headers["reason"], int(headers["offset"]))
            for topic, *_, headers in self.sent
            if topic == "t.rejects"
        ]

    def count(self, name):
        lines = generate_latest(self.metrics.registry).decode().splitlines()
        return {
            line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if name in line
        }


@pytest.fixture
def broker():
    return Broker()


def take(broker, records, told=None, engine=None):
    holding = Holding(HOME, engine or Engine("nl"), told or Told(), broker.door)
    asyncio.run(holding.take(records))
    return holding


def event(**fields):
    said = {"id": "x", "school": SCHOOL, "recorded_at": "2026-02-27T10:00:00Z"}
    return json.dumps(said | fields).encode()


def register(day, status="absent", hour=10):
    """A day of which, if ``absent``, eight hours are missed, unauthorised."""
    return event(
        type="register",
        date=f"2026-02-{day:02}",
        session=1,
        marks=[{"pupil": "p1", "status": status, "reason": "unauthorised", "minutes_missed": 480}],
        recorded_at=f"2026-02-{day:02}T{hour}:00:00Z",
    )


def records(*values):
    return [Record(offset, value) for offset, value in enumerate(values)]


# A day before, so that the pupil is enrolled on a closed day; then a day missed; then taken back.
AN_ALERT_TAKEN_BACK = records(
    register(9, "present"),
    event(type="close", date="2026-02-09", recorded_at="2026-02-09T20:00:00Z"),
    register(10),
    register(10, "present", hour=11),
)


def test_what_comes_and_goes_within_a_batch_is_not_told(broker):
    take(broker, AN_ALERT_TAKEN_BACK)
    assert broker.alerts() == []


def test_what_was_told_before_comes_up_again_and_is_taken_back(broker):
    before_the_crash = Broker()
    take(before_the_crash, AN_ALERT_TAKEN_BACK[:3])
    assert before_the_crash.alerts() == [("open", 3)]
    take(broker, AN_ALERT_TAKEN_BACK, Told(batch_ends=frozenset({3}), events_end=3))
    assert broker.alerts() == [("open", 3), ("withdrawn", 4)]


def test_only_the_newest_batch_that_was_told_is_told_again(broker):
    take(broker, AN_ALERT_TAKEN_BACK, Told(batch_ends=frozenset({3, 4}), events_end=4))
    assert broker.alerts() == [("withdrawn", 4)]


def test_a_record_is_not_taken_twice(broker):
    holding = take(broker, AN_ALERT_TAKEN_BACK[:3])
    asyncio.run(holding.take(AN_ALERT_TAKEN_BACK[1:]))
    assert holding.next == 4
    assert broker.alerts() == [("open", 3), ("withdrawn", 4)]


def test_a_long_fetch_is_taken_in_pieces(broker):
    lines = [event(type="calendar", date="2026-02-09", open=True)] * (2 * RECORDS_A_BATCH + 1)
    take(broker, records(*lines))
    assert broker.count("gemist_batch_seconds_count")["gemist_batch_seconds_count"] == 3


def test_of_a_pupil_who_was_erased_the_alert_is_deleted(broker):
    erase = event(type="erase", pupil="p1", recorded_at="2026-02-10T11:00:00Z")
    holding = take(broker, AN_ALERT_TAKEN_BACK[:3])
    asyncio.run(holding.take([Record(3, erase)]))
    assert broker.alerts() == [("open", 3), (None, 4)]


def test_rejects_go_where_the_events_are_with_their_bytes_in_their_order(broker):
    bad = register(9, "asleep")
    lines = [b"{", bad, event(type="close", date="2026-02-09"), None]
    taken = records(*lines)
    taken[2].key = b"s2"
    take(broker, taken)
    assert broker.rejects() == [
        (b"json", 0),
        (b"status", 1),
        (b"key", 2),
        (b"json", 3),
    ]
    assert [(topic, partition, value) for topic, partition, _, value, _ in broker.sent] == [
        ("t.rejects", HOME, line) for line in lines
    ]
    assert broker.count("gemist_rejects_total{")['gemist_rejects_total{reason="key"}'] == 1


def test_rejects_that_were_sent_before_are_not_sent_again(broker):
    take(broker, records(b"{", b"[", b"("), Told(newest_reject=1))
    assert [offset for _, offset in broker.rejects()] == [1, 2]


def test_how_long_an_alert_took_is_measured_unless_books_are_rebuilt(broker):
    take(broker, AN_ALERT_TAKEN_BACK[:3], Told(events_end=3))
    take(broker, AN_ALERT_TAKEN_BACK[:3], Told(events_end=0))
    measured = broker.count("gemist_mark_to_alert_seconds_sum")
    assert list(measured.values()) == [2.0]


def test_a_step_that_fails_is_not_hidden(broker):
    class Broken:
        def step(self, batch):
            raise RuntimeError(batch.positions)

    with pytest.raises(RuntimeError):
        take(broker, records(register(9)), engine=Broken())
    assert broker.sent == []
