"""What a door before Kafka says while Kafka does not confirm: nothing is acknowledged in doubt."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError, OutOfOrderSequenceNumber
from nodes import wait_until

from config.settings import Kafka
from streams.gateway.log import BusyError, UnkeptError
from streams.kafka_door import sending
from streams.kafka_door.sending import Outgoing, Sending

RECORD = Outgoing("school-events", 0, b"01AB", b"{}")


class Producer:
    """Stands in for aiokafka's: confirms, fails or is silent as a test says."""

    made: "list[Producer]"
    unreachable = False

    def __init__(self, **settings):
        self.settings = settings
        self.asked = []
        self.answer = None
        Producer.made.append(self)

    async def start(self):
        if Producer.unreachable:
            raise KafkaConnectionError("nobody there")

    async def stop(self):
        pass

    async def send(self, topic, _value, _key, partition, _timestamp_ms, _headers):
        future = asyncio.get_running_loop().create_future()
        self.asked.append(future)
        if isinstance(self.answer, KafkaError):
            future.set_exception(self.answer)
        elif self.answer is not None:
            future.set_result(SimpleNamespace(topic=topic, partition=partition, offset=6))
        return future


@pytest.fixture
def way(monkeypatch):
    Producer.made = []
    Producer.unreachable = False
    monkeypatch.setattr(sending, "AIOKafkaProducer", Producer)
    monkeypatch.setattr(sending, "DELIVERY_SECONDS", 0.1)
    found = Sending(Kafka())
    found.start()
    yield found
    found.stop()


def send(way, *records):
    return asyncio.run(way.send(records or [RECORD], 0))


def test_it_waits_for_all_replicas_and_repeats_nothing(way):
    [producer] = Producer.made
    assert producer.settings["acks"] == "all"
    assert producer.settings["enable_idempotence"] is True
    producer.answer = True
    send(way)
    assert way.confirmed == {("school-events", 0): 7}


def test_what_is_not_confirmed_is_not_acknowledged_and_nothing_more_is_taken(way):
    [producer] = Producer.made
    with pytest.raises(UnkeptError, match="not confirmed"):
        send(way)
    assert way.trouble is not None
    with pytest.raises(UnkeptError):
        send(way)
    assert len(producer.asked) == 1
    done = SimpleNamespace(topic="school-events", partition=0, offset=1)
    way._loop.call_soon_threadsafe(producer.asked[0].set_result, done)
    wait_until(lambda: way.trouble is None, "it was confirmed late")
    producer.answer = True
    send(way)


def test_more_than_there_is_room_for_is_told_to_come_again(way, monkeypatch):
    monkeypatch.setattr(sending, "MOST_WAITING_BYTES", 3)
    monkeypatch.setattr(sending, "DELIVERY_SECONDS", 1)

    async def both():
        return await asyncio.gather(
            way.send([RECORD], 0), way.send([RECORD], 0), return_exceptions=True
        )

    assert [type(each) for each in asyncio.run(both())] == [UnkeptError, BusyError]


def test_a_producer_that_cannot_go_on_is_made_anew(way):
    Producer.made[0].answer = OutOfOrderSequenceNumber()
    with pytest.raises(UnkeptError, match="OutOfOrder"):
        send(way)
    wait_until(lambda: len(Producer.made) == 2 and way.trouble is None, "another one")
    Producer.made[1].answer = True
    send(way)


def test_where_no_broker_answers_it_does_not_begin(monkeypatch):
    Producer.made = []
    monkeypatch.setattr(Producer, "unreachable", True)
    monkeypatch.setattr(sending, "AIOKafkaProducer", Producer)
    way = Sending(Kafka())
    with pytest.raises(UnkeptError, match="no way to Kafka"):
        way.start()
    assert way.trouble is not None
