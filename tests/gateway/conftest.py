"""A door before each kind of log, with a clock that stands still."""

import pytest
from kafka_broker import running_broker
from kafka_log import kafka_log
from litestar.testing import TestClient
from memory_log import MemoryLog
from senders import TOKEN, FewTokens, Hand

from config.metrics import new_metrics
from config.settings import Gateway
from streams.embedded.log import running_node
from streams.gateway.app import build_gateway
from streams.step import Engine


@pytest.fixture
def clock():
    return Hand()


@pytest.fixture
def tokens():
    return FewTokens()


@pytest.fixture
def memory(clock):
    """A log that can be told to be busy, full or broken."""
    return MemoryLog(clock)


@pytest.fixture(scope="session")
def bootstrap():
    """The broker that the settings name, else the one of `make kafka`."""
    with running_broker() as address:
        yield address


@pytest.fixture(params=["memory", "node", pytest.param("kafka", marks=pytest.mark.kafka)])
def log(request, clock, metrics, tmp_path):
    """Each kind of log that a door can stand before."""
    if request.param == "memory":
        yield request.getfixturevalue("memory")
        return
    if request.param == "kafka":
        # A desk beside other tests may be slower than anybody should have to wait.
        request.getfixturevalue("monkeypatch").setattr(
            "streams.kafka_door.log.MOST_WAITING_SECONDS", 20.0
        )
        with kafka_log(request.getfixturevalue("bootstrap"), tmp_path, clock) as kafka:
            yield kafka
        return
    with running_node(tmp_path / "node", lambda: Engine("nl"), metrics, clock, None) as node:
        yield node


@pytest.fixture
def limits():
    return Gateway(body_bytes=64 * 1024, events=200)


@pytest.fixture
def metrics():
    return new_metrics()


@pytest.fixture
def app(log, tokens, limits, metrics, clock):
    return build_gateway(log, tokens, limits, metrics, clock)


@pytest.fixture
def client(app):
    with TestClient(app) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield client
