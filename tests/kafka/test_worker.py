"""The worker tells on Kafka what replay tells from a file, whatever happens to it on the way."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource
from live_log import arrival_ms, cases, closes, key, standing

pytestmark = pytest.mark.kafka

LIMIT_SECONDS = 90
A_STEP_THAT_FAILS = """
from streams.step import Engine

def fail(self, columns):
    raise RuntimeError("the step failed")

Engine.apply = fail
from gemist.__main__ import main
main()
"""


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
        ends = consumer.end_offsets(every)
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

    def wait_until_read(self, records):
        """Come back when it has worked out everything, which is so many records."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            counted = self.counted()
            lags = [n for name, n in counted.items() if name.startswith("gemist_lag_records{")]
            read = counted.get("gemist_records_total", 0)
            if len(lags) == 3 and not any(lags) and read >= records:
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


def test_the_standing_alerts_are_those_of_replay(log, replayed, topics, worker):
    expected, refused = replayed(log)
    assert len(expected) > 10
    topics.send(log)
    with worker() as one:
        one.wait_until_read(len(log))
        assert one.stop() == 0
    assert standing(topics.messages()) == expected
    assert all(message is None or message["id"] == name for name, message in topics.messages())

    events = {(r.partition, r.offset): r for r in topics.records("school-events")}
    rejects = topics.records("rejects")
    assert len(rejects) == refused
    for reject in rejects:
        headers = {name: value.decode() for name, value in reject.headers}
        assert int(headers["partition"]) == reject.partition
        assert reject.value == events[reject.partition, int(headers["offset"])].value
        assert headers["reason"]


def test_a_scorecard_says_on_kafka_what_it_says_in_replay(
    log, replayed, topics, worker, environment
):
    environment["GEMIST_SCORECARD"] = "simulated"
    expected, _ = replayed(log)
    topics.send(log)
    with worker() as one:
        one.wait_until_read(len(log))
        assert one.stop() == 0
    assert standing(topics.messages()) == expected
    told = [message for _, message in topics.messages() if message is not None]
    assert any(cause["code"] == "scorecard" for each in told for cause in each["reasons"])


def test_a_worker_that_is_killed_twice_leaves_the_same_alerts_standing(
    log, replayed, topics, worker
):
    expected, refused = replayed(log)
    third = len(log) // 3
    read = 0
    for part in (log[:third], log[third : 2 * third], log[2 * third :]):
        with worker() as one:
            one.wait_until_read(read)
            # In small pieces, so that there are many batches and something is told after each.
            for begin in range(0, len(part), 40):
                topics.send(part[begin : begin + 40])
            read += len(part)
            if read == len(log):
                one.wait_until_read(read)
            one.process.kill()
    assert standing(topics.messages()) == expected
    rejects = topics.records("rejects")
    assert {reject.value for reject in rejects} <= set(log)
    assert len(rejects) == refused


def test_after_an_orderly_end_nothing_is_told_again(log, topics, worker):
    with worker() as one:
        one.wait_until_read(0)
        for begin in range(0, len(log), 100):
            topics.send(log[begin : begin + 100])
        one.wait_until_read(len(log))
        assert one.stop() == 0
    told = [(alert.key, alert.value) for alert in topics.records("alerts")]
    refused = len(topics.records("rejects"))
    with worker() as another:
        another.wait_until_read(0)
        assert another.stop() == 0
    assert [(alert.key, alert.value) for alert in topics.records("alerts")] == told
    assert len(topics.records("rejects")) == refused


def test_what_is_not_keyed_by_its_school_or_from_the_future_is_refused(topics, worker):
    line = b'{"type":"calendar","id":"c","school":"s1","recorded_at":"%s","date":"2026-03-02"}'
    good, ahead = line % b"2026-03-01T10:00:00Z", line % b"2026-03-01T10:10:01Z"
    at_ms = arrival_ms(good)
    home = topics.send_record(ahead, at_ms, key=b"s1")
    topics.send_record(good, at_ms, key=b"s2")
    topics.send_record(good, at_ms)
    topics.send_record(good, at_ms, key=b"s1", partition=(home + 1) % 3)
    topics.send_record(None, at_ms, key=b"s1")
    with worker() as one:
        one.wait_until_read(5)
    reasons = sorted(dict(reject.headers)["reason"] for reject in topics.records("rejects"))
    assert reasons == [b"clock", b"json", b"key", b"key", b"partition"]


def test_a_step_that_fails_ends_the_process_and_acknowledges_nothing(topics, worker, admin, prefix):
    topics.send([b'{"type":"erase","id":"x","school":"s1","recorded_at":"2026-03-01T10:00:00Z"}'])
    with worker("-c", A_STEP_THAT_FAILS) as one:
        _, said = one.process.communicate(timeout=LIMIT_SECONDS)
        assert one.process.returncode == 1
    assert "RuntimeError: the step failed" in said
    group = f"{prefix}gemist-worker"
    assert not admin.list_group_offsets({group: None})[group]
    assert topics.records("alerts") == []


def test_without_topics_it_says_what_to_do(gemist, prefix):
    told = gemist("worker")
    assert told.returncode == 2
    assert f"gemist: no topic {prefix}school-events" in told.stderr
    assert "gemist topics create" in told.stderr
