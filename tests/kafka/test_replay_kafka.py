"""`gemist replay kafka://` reads what a live engine reads, and refuses what its door refuses."""

import json
import socket
from collections import defaultdict

import pytest
from as_a_worker import OF_THE_PAST, parted, send
from kafka import KafkaProducer
from kafka.admin import ConfigResource
from live_log import arrival_ms, cases, key

from streams.arrival import partition_of

pytestmark = pytest.mark.kafka

PARTITIONS = 3
TABLES = ("pupils.csv", "school_days.csv", "unenrolled.csv")


@pytest.fixture
def topics(gemist, admin, prefix):
    created = gemist("topics", "create", "--partitions", PARTITIONS)
    assert created.returncode == 0, created.stderr
    admin.alter_configs([ConfigResource("TOPIC", f"{prefix}school-events", OF_THE_PAST)])
    return f"{prefix}school-events"


def read(file):
    return [json.loads(line) for line in file.open()]


def by_school(alerts):
    found = defaultdict(list)
    for alert in alerts:
        found[alert["school"]].append(alert)
    return found


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_topic_gives_what_the_file_gives(gemist, bootstrap, prefix, topics, tmp_path, jobs):
    lines = cases()
    send(bootstrap, prefix, lines, PARTITIONS)
    in_order = [
        line for partition in range(PARTITIONS) for line in parted(lines, PARTITIONS)[partition]
    ]
    (tmp_path / "log.ndjson").write_bytes(b"\n".join(in_order) + b"\n")
    expected = gemist("replay", "log.ndjson", "--out", "file")
    replayed = gemist("replay", f"kafka://{bootstrap}/{prefix}", "--out", "topic", "--jobs", jobs)
    assert replayed.returncode == 0, replayed.stderr
    of_file, of_topic = tmp_path / "file", tmp_path / "topic"
    for name in TABLES:
        assert (of_topic / name).read_text() == (of_file / name).read_text()
    told = by_school(read(of_topic / "alerts.ndjson"))
    assert told == by_school(read(of_file / "alerts.ndjson"))
    assert len(told) > 3
    assert replayed.stdout.splitlines()[0] == expected.stdout.splitlines()[0]
    refused = [
        (each["file"], each["line"], each["reason"]) for each in read(of_topic / "rejects.ndjson")
    ]
    assert len(refused) == len(read(of_file / "rejects.ndjson"))
    for name, offset, _ in refused:
        where, _, partition = name.rpartition("/")
        assert where == f"kafka://{bootstrap}/{topics}"
        assert 0 <= offset < len(parted(lines, PARTITIONS)[int(partition)])


def test_what_the_door_refuses_is_refused(gemist, bootstrap, topics, tmp_path):
    line = next(line for line in cases() if b'"register"' in line)
    school, at = key(line), arrival_ms(line)
    home = partition_of(school, PARTITIONS)
    other = (home + 1) % PARTITIONS
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    for value, name, partition, at_ms in (
        (line, school, home, at),
        (line, b"another", home, at),
        (line, None, home, at),
        (line, school, other, at),
        (line, school, home, at - 601_000),
        (None, school, home, at),
        (b"no JSON", school, home, at),
    ):
        producer.send(topics, value, name, partition=partition, timestamp_ms=at_ms).get(30)
    producer.close()
    replayed = gemist("replay", "kafka://", "--out", "topic", "--strict")
    assert replayed.returncode == 1
    found = [
        (int(each["file"].rpartition("/")[2]), each["line"], each["reason"])
        for each in read(tmp_path / "topic" / "rejects.ndjson")
    ]
    assert sorted(found) == sorted(
        [
            (home, 1, "key"),
            (home, 2, "key"),
            (other, 0, "partition"),
            (home, 3, "clock"),
            (home, 4, "json"),
            (home, 5, "json"),
        ]
    )
    summary = json.loads((tmp_path / "topic" / "summary.json").read_text())
    assert summary["rejects"] == {"clock": 1, "json": 2, "key": 2, "partition": 1}
    assert summary["events"] == {"register": 1}


def test_a_mistake_is_one_line(gemist, bootstrap, prefix, tmp_path):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{deaf.getsockname()[1]}"
        for files, said in (
            ([f"kafka://{nobody}/"], f"no Kafka broker answers at {nobody}"),
            ([f"kafka://{bootstrap}/{prefix}"], f"no topic {prefix}school-events: run `gemist top"),
            (["kafka://me:secret@host:1/"], "write kafka://HOST:PORT/PREFIX, or kafka:// for"),
            (["kafka:/"], "write kafka://HOST:PORT/PREFIX, or kafka:// for"),
            (["kafka://", "log.ndjson"], "kafka:// is a whole log: name nothing beside it"),
        ):
            told = gemist("replay", *files, "--out", "topic")
            assert told.returncode == 2
            assert told.stderr.startswith(f"gemist: {said}"), told.stderr
            assert told.stderr.count("\n") == 1
            assert not (tmp_path / "topic").exists()
