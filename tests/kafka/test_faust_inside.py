"""What `faust_transport` overrides is inside Faust, and may change with its version."""

import inspect
from importlib.metadata import version

import faust
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import Fetcher, PartitionRecords
from faust.transport.consumer import Consumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from config.settings import Kafka
from streams.worker import faust_transport as ours
from streams.worker.faust_transport import PartitionByPartition, new_app


def parameters(function):
    return list(inspect.signature(function).parameters)


def test_the_version_is_the_one_that_was_read():
    assert version("faust-streaming") == "0.15.3"


@pytest.mark.parametrize(
    ("inside", "outside", "names"),
    [
        (driver.Consumer, ours.BatchConsumer, ["_to_message", "seek_to_committed"]),
        (driver.Consumer, ours.BatchConsumer, ["_new_consumer_thread"]),
        (
            driver.AIOKafkaConsumerThread,
            ours.QuickConsumerThread,
            ["_create_worker_consumer", "_fetch_records"],
        ),
        (driver.Producer, ours.CarefulProducer, ["_settings_extra"]),
        (faust.App, ours.BatchApp, ["_new_transport", "_create_directories"]),
        (driver.Transport, ours.BatchTransport, ["Consumer", "Producer"]),
    ],
)
def test_what_is_overridden_is_there_with_the_same_parameters(inside, outside, names):
    for name in names:
        assert name in vars(outside)
        assert parameters(getattr(outside, name))[:2] == parameters(getattr(inside, name))[:2]


def test_faust_makes_one_message_of_each_thing_that_the_scheduler_yields():
    source = inspect.getsource(Consumer.getmany)
    assert "self.scheduler.iterate(records)" in source
    assert "to_message(tp, record)" in source
    assert "self.perform_seek()" in source
    assert "await self.seek_to_committed()" in inspect.getsource(Consumer.perform_seek)


def test_the_scheduler_yields_what_was_fetched_of_a_partition_at_once():
    one, other = TP("school-events", 0), TP("school-events", 1)
    fetched = {one: ["a", "b"], TP("school-events", 2): [], other: ["c"]}
    assert list(PartitionByPartition().iterate(fetched)) == [(one, ["a", "b"]), (other, ["c"])]


def test_the_app_serves_nothing_declares_nothing_and_never_commits():
    app = new_app("t.gemist-worker", Kafka(bootstrap="a:1,b:2"))
    assert [str(url) for url in app.conf.broker] == ["kafka://a:1", "kafka://b:2"]
    assert app.conf.id == "t.gemist-worker"
    assert not app.conf.web_enabled
    assert not app.conf.topic_allow_declare
    assert app.conf.topic_disable_leader
    assert isinstance(app.transport, ours.BatchTransport)
    assert not app.batches("t.school-events").acks
    producer = app.transport.create_producer()
    assert producer._settings_extra() == {"acks": "all", "enable_idempotence": True}


def test_a_record_is_handed_over_as_it_was_read():
    class Read:
        offset, timestamp = 7, 1_500
        key, value, headers = b"s1", b"{}", ()

    tp, one = TP("school-events", 3), Read()
    unpacking = PartitionRecords(tp, None, [], 0, None, None, check_crcs=False, isolation_level=0)
    unpacking._consumer_record = ours._as_it_is
    assert "self._consumer_record(tp, record)" in inspect.getsource(PartitionRecords)
    assert unpacking._consumer_record(tp, one) is one
    consumer = new_app("t.gemist-worker", Kafka()).transport.create_consumer(
        print, on_partitions_revoked=None, on_partitions_assigned=None
    )
    message = consumer._to_message(tp, [one])
    assert (message.tp, message.offset, message.timestamp) == (tp, 7, 1.5)
    assert message.value.records == (one,)


def test_an_answer_without_records_says_when_it_came_and_where_the_end_is():
    source = inspect.getsource(Fetcher._proc_fetch_request)
    assert source.index("tp_state.timestamp = now_ms") < source.index("records.has_next()")
    assert source.index("tp_state.highwater = highwater") < source.index("records.has_next()")


def test_how_long_a_broker_may_wait_is_the_consumers_to_say():
    source = inspect.getsource(AIOKafkaConsumer.start)
    assert "fetch_max_wait_ms=self._fetch_max_wait_ms" in source
