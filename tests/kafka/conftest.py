"""A real broker, topics of a test's own, and the program as a user starts it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from contextlib import contextmanager

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, KafkaAdminClient
from kafka_broker import running_broker
from live_log import arrival_ms, cases, closes, key, standing

from streams.topics import TOPICS

LIMIT_SECONDS = 90


@pytest.fixture(scope="session")
def bootstrap():
    """The broker that the settings name, else the one of `make kafka`, started if need be."""
    with running_broker() as address:
        yield address


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


class Topics:
    """The topics of a test, as senders and readers meet them."""

    def __init__(self, bootstrap, prefix):
        self._prefix = prefix
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5)
        self._consumer = KafkaConsumer(
            bootstrap_servers=bootstrap,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )
        self._counter = KafkaConsumer(bootstrap_servers=bootstrap)

    def send_record(self, value, at_ms, **where):
        """Send one record; the partition in which it came to be."""
        topic = f"{self._prefix}school-events"
        sent = self._producer.send(topic, value, timestamp_ms=at_ms, **where)
        return sent.get(LIMIT_SECONDS).partition

    def send(self, lines):
        """Send lines as a school would: keyed by school."""
        for line in lines:
            topic = f"{self._prefix}school-events"
            self._producer.send(topic, line, key=key(line), timestamp_ms=arrival_ms(line))
        self._producer.flush(timeout=LIMIT_SECONDS)

    def records(self, topic):
        """All that is on a topic now, oldest first in each partition."""
        consumer, name = self._consumer, self._prefix + topic
        every = [TopicPartition(name, p) for p in sorted(consumer.partitions_for_topic(name))]
        consumer.assign(every)
        consumer.seek_to_beginning()
        # A transaction that its writer knows to be committed may still lack its mark here, so the
        # end is asked of one to whom that makes no difference, and waited for.
        ends = self._counter.end_offsets(every)
        found = []
        while any(consumer.position(tp) < ends[tp] for tp in every):
            for records in consumer.poll(500).values():
                found += records
        return found

    def messages(self):
        """Every alert message that was sent, by the alert's id; None for a tombstone."""
        for record in self.records("alerts"):
            yield record.key.decode(), None if record.value is None else json.loads(record.value)

    def close(self):
        self._producer.close()
        self._consumer.close()
        self._counter.close()


@pytest.fixture
def topics(gemist, admin, bootstrap, prefix):
    """Topics that take a record's time from its sender: the cases are of other years."""
    created = gemist("topics", "create", "--partitions", 3)
    assert created.returncode == 0, created.stderr
    of_the_past = {
        "message.timestamp.type": "CreateTime",
        "message.timestamp.after.max.ms": str(2**63 - 1),
        "retention.ms": "-1",
    }
    admin.alter_configs([ConfigResource("TOPIC", f"{prefix}school-events", of_the_past)])
    own = Topics(bootstrap, prefix)
    yield own
    own.close()


class Worker:
    """`gemist worker` as a process of its own."""

    def __init__(self, process, port):
        self.process = process
        self._port = port

    def counted(self):
        """Its metrics, by name and labels; none while it does not listen."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics") as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return {}
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def wait_until_read(self, records, partitions=3):
        """Come back when it has worked out everything there is, which is so many records."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            counted = self.counted()
            lags = [n for name, n in counted.items() if name.startswith("gemist_lag_records{")]
            read = sum(n for name, n in counted.items() if name.startswith("gemist_next_offset{"))
            if len(lags) == partitions and not any(lags) and read >= records:
                return
            time.sleep(0.1)
        raise TimeoutError(self.counted())

    def stop(self):
        """End it as a supervisor would; its exit status."""
        self.process.terminate()
        return self.process.wait(LIMIT_SECONDS)


@pytest.fixture
def worker(environment, tmp_path):
    @contextmanager
    def start(*python):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, *(python or ("-m", "gemist")), "worker"]
        process = subprocess.Popen(
            [*command, "--listen", f"127.0.0.1:{port}"],
            env=environment,
            cwd=tmp_path,
            text=True,
            stderr=subprocess.PIPE,
        )
        try:
            yield Worker(process, port)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    return start


@pytest.fixture
def log(gemist, tmp_path):
    """Every conformance case, with a close of each school's last day at the end."""
    lines = cases()
    (tmp_path / "cases.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    replayed = gemist("replay", "cases.ndjson", "--out", "once")
    assert replayed.returncode == 0, replayed.stderr
    return lines + list(closes(tmp_path / "once" / "school_days.csv"))


@pytest.fixture
def replayed(gemist, tmp_path):
    """What `gemist replay` makes of lines: what stands, and how many were refused."""

    def replay(lines):
        (tmp_path / "log.ndjson").write_bytes(b"\n".join(lines) + b"\n")
        done = gemist("replay", "log.ndjson", "--out", "replayed", "--pack", "nl")
        assert done.returncode == 0, done.stderr
        told, rejects = (
            [json.loads(line) for line in (tmp_path / "replayed" / name).open()]
            for name in ("alerts.ndjson", "rejects.ndjson")
        )
        return standing((message["id"], message) for message in told), len(rejects)

    return replay
