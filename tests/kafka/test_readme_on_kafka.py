"""The README's way from nothing to a first alert on Kafka, run as it is written."""

import os
import re
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient
from kafka_broker import broker

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[2]
MOST_COMMANDS = 5
PATIENCE_SECONDS = 60
BOOTSTRAP = "127.0.0.1:9092"
"""Where a broker is looked for unless somebody says otherwise."""


def commands():
    section = (ROOT / "README.md").read_text().split("\n## On Kafka\n")[1].split("\n## ")[0]
    block = re.search(r"```console\n(.*?)```", section, re.DOTALL)[1]
    return [line.removeprefix("$ ").split("  #")[0].rstrip() for line in block.splitlines()]


@pytest.fixture
def shell():
    """Runs a line as a user would type it, with nobody's settings; ends what it left running."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GEMIST_")}
    with ExitStack() as stack:

        def run(line):
            started = subprocess.Popen(
                ["bash", "-o", "pipefail", "-c", line.removesuffix("&")],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if line.endswith("&") else subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            if line.endswith("&"):
                stack.callback(started.communicate)
                stack.callback(os.killpg, started.pid, signal.SIGTERM)
                return ""
            printed, said = started.communicate(timeout=300)
            assert started.returncode == 0, said
            return printed

        yield run


@pytest.fixture
def a_fresh_broker():
    """No topic is there before, and none afterwards; a broker that was running goes on."""
    was_running = broker("status").returncode == 0
    yield
    if was_running:
        client = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
        client.delete_topics(["school-events", "alerts", "rejects", "pages"])
        client.close()
    else:
        broker("stop")


@pytest.mark.usefixtures("a_fresh_broker")
def test_from_nothing_to_a_first_alert(shell):
    *before, last = commands()
    assert len(before) + 1 <= MOST_COMMANDS
    for line in before:
        shell(line)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "Missed now" not in (shown := shell(last)):
        assert time.monotonic() < deadline, shown
        time.sleep(1)
    assert re.search(r"tier [23]", shown)
