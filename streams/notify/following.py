"""What the desk reads of Kafka: alerts, events that concern people, what came and was refused.

All partitions are read by this one process, without a group: how far it is, is kept in the desk's
own database by the transaction that keeps what was read. So everything is taken exactly once,
wherever the process dies.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import Connection, Engine

from alerts.desk.casebook.forgetting_alerts import forget_alert
from alerts.desk.progress import progress
from alerts.desk.received import add_counts, add_refused, erase_refused
from config.settings import Kafka
from models.events.types import Erase
from streams.broker import for_kafka_python
from streams.desk.feed import take
from streams.notify.places import place, places_to_go_on
from streams.notify.records import Read, Reader, Record
from streams.topics import ALERTS, EVENTS, REJECTS, administration, topic_ids

POLL_MILLISECONDS: Final = 200
MOST_RECORDS: Final = 2000
"""In one transaction of the desk's."""


class OvertakenError(Exception):
    """Somebody else feeds the same database: nothing was taken."""


class KafkaFollowing:
    """Reads Kafka, and gives the desk what is new."""

    def __init__(self, kafka: Kafka, partitions: int, desk: Engine) -> None:
        self._kafka = kafka
        self._desk = desk
        self._reader = Reader(partitions)
        self._alerts, self._events, self._rejects = (
            kafka.prefix + each for each in (ALERTS, EVENTS, REJECTS)
        )
        self._consumer = KafkaConsumer(
            **for_kafka_python(kafka),
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_poll_records=MOST_RECORDS,
        )
        self._assigned = [
            TopicPartition(topic, partition)
            for topic in (self._alerts, self._events, self._rejects)
            for partition in range(partitions)
        ]
        self._places: dict[str, int] = {}

    def close(self) -> None:
        """Let go of the brokers."""
        self._consumer.close()

    def __call__(self, now: float) -> bool:
        """Take the next portion; say whether there was any.

        Raises `kafka.errors.KafkaError`, `streams.broker_failure.BrokerUnreachableError`,
        `sqlalchemy.exc.SQLAlchemyError` and `OvertakenError`; then nothing was taken, and it is
        read again.
        """
        if not self._places:
            self._begin()
        try:
            return self._take_next(now)
        except BaseException:
            self._places = {}  # what was read and not taken is read again
            raise

    def _begin(self) -> None:
        """Go on where the desk's database is, or read again what is not what it has read."""
        self._consumer.assign(self._assigned)
        ends = {
            (each.topic, each.partition): int(end)
            for each, end in self._consumer.end_offsets(self._assigned).items()
        }
        with administration(self._kafka) as admin:
            ids = topic_ids(admin, self._alerts, self._events, self._rejects)
        with self._desk.begin() as connection:
            counted = (self._events, self._rejects)
            places = places_to_go_on(connection, ids, ends, counted)
        for each in self._assigned:
            self._consumer.seek(each, places[place(each.topic, each.partition)])
        self._places = places

    def _take_next(self, now: float) -> bool:
        polled: Mapping[Any, list[Record]] = self._consumer.poll(timeout_ms=POLL_MILLISECONDS)
        read = Read()
        for at, records in polled.items():
            if at.topic == self._alerts:
                self._reader.read_alerts(records, read)
            elif at.topic == self._events:
                self._reader.read_events(records, read)
            else:
                self._reader.read_rejects(records, read)
        # A position may be beyond the last record: transactions leave marks of their own.
        positions = {
            place(each.topic, each.partition): int(self._consumer.position(each))
            for each in self._assigned
        }
        moved = {name: at for name, at in positions.items() if at != self._places[name]}
        if not moved:
            return False
        read.portion.places = moved
        with self._desk.begin() as connection:
            _check_places(connection, moved, self._places)
            take(connection, read.portion, now)
            _take_rest(connection, read)
        self._places = positions
        return bool(polled)


def _check_places(connection: Connection, moved: Iterable[str], places: Mapping[str, int]) -> None:
    for name in moved:
        if progress(connection, name) != places[name]:
            raise OvertakenError(f"{name}: somebody else has gone on from here")


def _take_rest(connection: Connection, read: Read) -> None:
    """Take what a node's log does not have: deleted alerts, counts, what was refused."""
    for each in read.deleted:
        forget_alert(connection, each.alert, each.at)
    add_counts(connection, read.counts)
    add_refused(connection, read.refused)
    for arrived_at, event in read.portion.events:
        if isinstance(event, Erase):
            erase_refused(connection, event.school, event.pupil, arrived_at)
