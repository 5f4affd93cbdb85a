"""A real broker, topics of a test's own, and the program as a user starts it."""

import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient

from streams.topics import TOPICS

ROOT = Path(__file__).resolve().parents[2]
BROKER = ROOT / "deploy" / "kafka" / "broker.py"
PORT = 29392
IN_CI = os.environ.get("CI") == "true"


def broker(action):
    command = [sys.executable, BROKER, action]
    return subprocess.run(command, text=True, capture_output=True, check=False)


@pytest.fixture(scope="session")
def bootstrap():
    """The broker that the settings name, else the one of `make kafka`, started if need be."""
    configured = os.environ.get("GEMIST_KAFKA__BOOTSTRAP")
    if configured:
        yield configured
        return
    if not IN_CI and not shutil.which("java"):
        pytest.skip("needs Java 17 to start a broker")
    was_running = broker("status").returncode == 0
    started = broker("start")
    assert started.returncode == 0, started.stderr
    yield f"127.0.0.1:{PORT}"
    if not was_running:
        broker("stop")


@pytest.fixture
def admin(bootstrap):
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    yield client
    client.close()


@pytest.fixture
def prefix(admin):
    """What stands before the names of this test's topics, which are deleted after it."""
    own = f"test-{uuid.uuid4().hex[:12]}."
    yield own
    present = set(admin.list_topics())
    mine = [topic.called(own) for topic in TOPICS if topic.called(own) in present]
    if mine:
        admin.delete_topics(mine)


@pytest.fixture
def environment(bootstrap, prefix):
    """The environment in which the program runs: no settings but these."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GEMIST_")}
    return inherited | {
        "GEMIST_KAFKA__BOOTSTRAP": bootstrap,
        "GEMIST_KAFKA__PREFIX": prefix,
        "NO_COLOR": "1",
    }


@pytest.fixture
def gemist(environment, tmp_path):
    """Run a command to its end, in an empty folder."""

    def run(*arguments, **settings):
        return subprocess.run(
            [sys.executable, "-m", "gemist", *map(str, arguments)],
            env=environment | settings,
            cwd=tmp_path,
            text=True,
            capture_output=True,
            timeout=300,
            check=False,
        )

    return run
