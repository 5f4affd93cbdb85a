"""A door before each kind of log, with a clock that stands still."""

from dataclasses import dataclass, field

import pytest
from litestar.testing import TestClient
from memory_log import MemoryLog

from config.metrics import new_metrics
from config.settings import Gateway
from streams.embedded.log import running_node
from streams.gateway.app import build_gateway
from streams.step import Engine

NOW = 1_795_423_267  # 2026-11-23T08:41:07Z, a Monday
TOKEN, BOTH = "gemist_one", "gemist_both"


def register(**fields):
    said = {
        "type": "register",
        "id": "r1",
        "school": "01AB",
        "recorded_at": "2026-11-23T08:40:00Z",
        "date": "2026-11-23",
        "session": 1,
        "marks": [{"pupil": "p81", "status": "absent", "reason": "illness"}],
    }
    return said | fields


@dataclass
class Hand:
    """A clock that moves when it is moved."""

    now: float = NOW

    def __call__(self):
        return self.now


@dataclass
class FewTokens:
    """Tokens in a dictionary."""

    known: dict[str, frozenset[str]] = field(
        default_factory=lambda: {
            TOKEN: frozenset({"01AB"}),
            BOTH: frozenset({"01AB", "02CD"}),
        }
    )

    def schools_of(self, token):
        return self.known.get(token)


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


@pytest.fixture(params=["memory", "node"])
def log(request, clock, metrics, tmp_path):
    """Each kind of log that a door can stand before."""
    if request.param == "memory":
        yield request.getfixturevalue("memory")
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
