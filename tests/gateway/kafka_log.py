"""Kafka's topics as a door's log, with a desk that follows them and a stand-in for the worker.

Topics take the time that a sender gives, so that a test's clock holds.
"""

import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from alerts.desk.database import open_desk
from config.metrics import new_metrics
from config.settings import Kafka
from models.events.checks import read_line
from streams.kafka_door.log import KafkaLog
from streams.notify.following import KafkaFollowing
from streams.topics import EVENTS, OFFSET, TOPICS

PARTITIONS = 3


@contextmanager
def kafka_topics(bootstrap: str) -> Iterator[Kafka]:
    """Topics of a test's own, in which senders say what time it is."""
    kafka = Kafka(bootstrap=bootstrap, prefix=f"test-{uuid.uuid4().hex[:12]}.")
    configs = {
        "message.timestamp.type": "CreateTime",
        "message.timestamp.after.max.ms": str(2**62),
    }
    names = [topic.called(kafka.prefix) for topic in TOPICS]
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        admin.create_topics(
            {name: {"num_partitions": PARTITIONS, "configs": configs} for name in names},
            wait_for_metadata=True,
        )
        yield kafka
        admin.delete_topics(names)


class MarkRefuser(threading.Thread):
    """Says, as a worker does, which marks of accepted registers are refused."""

    def __init__(self, kafka: Kafka) -> None:
        super().__init__(daemon=True)
        self._kafka = kafka
        self._over = threading.Event()

    def stop(self) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        where = {"bootstrap_servers": self._kafka.bootstrap}
        with (
            closing(KafkaConsumer(**where, auto_offset_reset="earliest")) as consumer,
            closing(KafkaProducer(**where, acks="all")) as producer,
        ):
            topic = self._kafka.prefix + EVENTS
            consumer.assign([TopicPartition(topic, each) for each in range(PARTITIONS)])
            while not self._over.is_set():
                for records in consumer.poll(timeout_ms=20).values():
                    for record in records:
                        self._refuse(producer, record)

    def _refuse(self, producer: KafkaProducer, record) -> None:
        for each in read_line(record.value, record.offset)[1]:
            headers = {"reason": each.reason, "field": each.field or "", OFFSET: str(record.offset)}
            producer.send(
                f"{self._kafka.prefix}rejects",
                record.value,
                record.key,
                [(name, text.encode()) for name, text in headers.items()],
                record.partition,
                record.timestamp,
            ).get(10)


class SettledLog(KafkaLog):
    """Answers what came in when the worker and the desk have had their time."""

    settled = staticmethod(lambda: None)

    def _received(self, school, date):
        self.settled()
        return super()._received(school, date)


@contextmanager
def kafka_log(bootstrap: str, folder: Path, clock) -> Iterator[KafkaLog]:
    """A log on Kafka whose desk is a file in a folder."""
    with ExitStack() as stack:
        kafka = stack.enter_context(kafka_topics(bootstrap))
        desk = open_desk(f"sqlite:///{folder / 'desk.db'}")
        stack.callback(desk.dispose)
        refuser = MarkRefuser(kafka)
        refuser.start()
        stack.callback(refuser.stop)
        follow = KafkaFollowing(kafka, PARTITIONS, desk)
        stack.callback(follow.close)
        log = SettledLog(kafka, PARTITIONS, desk, new_metrics(), clock)
        log.start()
        stack.callback(log.stop)

        def settled() -> None:
            quiet = 0
            while quiet < 3:  # polls of a fifth of a second
                quiet = 0 if follow(clock()) else quiet + 1

        log.settled = settled
        yield log
