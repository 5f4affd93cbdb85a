"""Everything that reaches into Faust's inside: batches instead of messages, and where to begin.

Faust hands an agent one message at a time and waits on several tasks for each. What Kafka
returned for one partition in one fetch is handed over here as one value, a `Fetched`: the
scheduler that Faust asks for the order of records yields one list a partition, and the consumer
makes one message of it. An agent then meets some batches a second, not thousands of messages.

No offset is ever committed (topics are declared with ``acks=False``): whenever partitions are
assigned reading starts where their pages end, which `BatchApp.start_at` says.

This rests on what faust-streaming 0.15.3 looks like inside, which is why its version is pinned;
``tests/kafka/test_faust_inside.py`` fails when what is overridden here changes.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn, cast

import aiokafka
import faust
from aiokafka.consumer.fetcher import FetchResult
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, AppT, ConsumerMessage, Message
from faust.types.topics import TopicT
from mode import Service

from config.settings import Kafka
from streams.broker import faust_credentials
from streams.worker.kafka_log import REQUEST_SECONDS
from streams.worker.partition_log import Heard, Record
from streams.worker.watchdog import Progress, end_anyway

SESSION_SECONDS: Final = 10
"""After so long without a heartbeat a worker counts as gone. (Faust's default is a minute.)"""

FETCHES_IN_WAITING: Final = 128
"""A fetch brings at most a megabyte of a partition. With so many waiting Faust pauses a second, for
all partitions: a few small ones that wait for a checkpoint must not be as many."""

FETCH_WAIT_MILLISECONDS: Final = 50
"""How long a broker may wait for a record of the partitions that it is asked for. There is one
request at a time to a broker: while it waits for those that are quiet, it is not asked for others.
"""
_LOG_APPEND_TIME: Final = 1
_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Fetched:
    """Records of one partition that came in one fetch, in order; at least one."""

    topic: str
    partition: int
    records: tuple[Record, ...]


class PartitionByPartition:
    """Order of delivery: all that was fetched of one partition, then of the next."""

    def iterate(self, records: Mapping[TP, list[Record]]) -> Iterator[tuple[TP, list[Record]]]:
        """Yield each partition that has records with all of them."""
        return ((tp, fetched) for tp, fetched in records.items() if fetched)


class QuickConsumerThread(driver.AIOKafkaConsumerThread):
    """Asks the broker for records, lets it wait for as long as an alert can, and makes little.

    What aiokafka reads in C has all that is needed of a record: the objects that it makes of each
    cost a fifth of all that a small one costs.
    """

    def _create_worker_consumer(self, transport: driver.Transport) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MILLISECONDS  # noqa: SLF001 - Faust says 1500
        return consumer

    async def _fetch_records(
        self,
        consumer: aiokafka.AIOKafkaConsumer,
        active_partitions: set[TP],
        timeout: float | None = None,  # noqa: ASYNC109 - Faust's
        max_records: int | None = None,
    ) -> Any:
        for fetched in consumer._fetcher._records.values():  # noqa: SLF001
            if isinstance(fetched, FetchResult) and fetched.has_more():
                fetched._partition_records._consumer_record = _as_it_is  # noqa: SLF001
        return await super()._fetch_records(consumer, active_partitions, timeout, max_records)


def _as_it_is(_: TP, record: Record) -> Record:
    return record


class BatchConsumer(driver.Consumer):
    """Makes one message of what was fetched of a partition, and reads from where pages end."""

    def _new_consumer_thread(self) -> QuickConsumerThread:
        return QuickConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def _to_message(self, tp: TP, record: list[Record]) -> ConsumerMessage:
        last = record[-1]
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp / _MILLISECONDS,
            _LOG_APPEND_TIME,
            None,
            None,
            cast("bytes", Fetched(tp.topic, tp.partition, tuple(record))),
            None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    def heard_of(self, tp: TP) -> Heard | None:
        """Return what the broker last said of a partition of ours, if it did."""
        consumer = self._thread._ensure_consumer()  # noqa: SLF001 - Faust has no time of it
        end, at_ms = consumer.highwater(tp), consumer.last_poll_timestamp(tp)
        return None if end is None or at_ms is None else Heard(end, at_ms / _MILLISECONDS)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek to where each partition's pages end, which Faust then takes for committed."""
        known = cast("BatchApp", self.app).start_at
        starts = {tp: known[tp] for tp in self.assignment() if tp in known}
        await self.seek_wait(starts)
        return starts


class CarefulProducer(driver.Producer):
    """Loses and doubles nothing while it retries."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}


class BatchTransport(driver.Transport):
    """Faust's way to Kafka, with the consumer and the producer above."""

    Consumer = BatchConsumer
    Producer = CarefulProducer


class AsFetched(faust.Schema[None, Fetched]):
    """Leaves a message's value as it is."""

    def loads_key(self, app: AppT, message: Message, **_: Any) -> None:
        """Return nothing: a batch has no key."""

    def loads_value(self, app: AppT, message: Message, **_: Any) -> Any:  # noqa: ARG002
        """Return what the consumer put there."""
        return message.value


class BatchApp(faust.App):
    """A Faust app whose agents receive `Fetched` batches, and that writes nothing to disk."""

    start_at: dict[TP, int]
    """Where to begin to read each partition that is ours; to be set when partitions change."""
    unready: Callable[[], str | None]
    """Says why nothing is worked out now, None for nothing."""
    progress: Callable[[], Progress]
    """Says how far it is."""

    def _new_transport(self) -> driver.Transport:
        return BatchTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Make no folder for tables: there are none."""

    def batches(self, topic: str) -> TopicT:
        """Declare a topic whose records an agent shall receive as `Fetched`."""
        return self.topic(topic, schema=AsFetched(), acks=False)

    @asynccontextmanager
    async def ending_on_failure(self) -> AsyncIterator[None]:
        """End the process if the block fails: Faust would go on with the next message."""
        try:
            yield
        except Exception as error:
            end_anyway(error)
            await self.crash(error)
            raise

    def partitions_of(self, topic: str) -> frozenset[int]:
        """Return the partitions that this process was assigned."""
        return frozenset(tp.partition for tp in self.consumer.assignment() if tp.topic == topic)

    def heard_of(self, topic: str, partition: int) -> Heard | None:
        """Return what the last fetch told of a partition, if any did."""
        consumer = cast("BatchConsumer", self.consumer)
        return consumer.heard_of(TP(topic, partition))


def new_app(group: str, kafka: Kafka) -> BatchApp:
    """Make an app of the consumer group ``group``, for the brokers of the settings."""
    return BatchApp(
        group,
        broker=[f"kafka://{host_and_port}" for host_and_port in kafka.bootstrap.split(",")],
        broker_credentials=faust_credentials(kafka),
        ConsumerScheduler=PartitionByPartition,
        stream_buffer_maxsize=FETCHES_IN_WAITING,
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=SESSION_SECONDS / 4,
        broker_request_timeout=REQUEST_SECONDS,
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_request_timeout=REQUEST_SECONDS,
        producer_max_batch_size=256 * 1024,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )


def run(app: BatchApp, *services: Service) -> NoReturn:
    """Run the app, and services that start before it, until a signal or a failure ends it.

    Exit status 0 after SIGTERM or SIGINT; 1 after a failure, whose traceback is in the log.
    """
    worker = faust.Worker(
        app, *services, override_logging=False, redirect_stdouts=False, quiet=True
    )
    worker.spinner = None
    worker.execute_from_commandline()
