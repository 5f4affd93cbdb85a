"""`gemist publish` sends logs as a school would; `gemist show kafka://` says what came of it."""

import gzip
import json
import socket

import pytest
from as_a_worker import OF_THE_PAST, records, write_alerts
from kafka.admin import ConfigResource
from live_log import cases, key

from streams.arrival import partition_of

pytestmark = pytest.mark.kafka

PARTITIONS = 3


@pytest.fixture
def topic(gemist, prefix):
    created = gemist("topics", "create", "--partitions", PARTITIONS)
    assert created.returncode == 0, created.stderr
    return f"{prefix}school-events"


def test_every_line_goes_to_its_schools_partition_in_order(gemist, bootstrap, topic, tmp_path):
    lines = cases()
    (tmp_path / "log.ndjson.gz").write_bytes(gzip.compress(b"\n".join(lines) + b"\n\n"))
    done = gemist("publish", "log.ndjson.gz")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{len(lines):,} events are on {topic}\n"
    sent = records(bootstrap, topic)
    assert sorted(record.value for record in sent) == sorted(lines)
    for record in sent:
        assert record.key == key(record.value)
        assert record.partition == partition_of(record.key, PARTITIONS)
    for partition in range(PARTITIONS):
        of_it = [line for line in lines if partition_of(key(line), PARTITIONS) == partition]
        assert [record.value for record in sent if record.partition == partition] == of_it


def test_what_names_no_school_is_named_and_the_others_are_sent(gemist, bootstrap, topic, tmp_path):
    good = b'{"type":"close","school":"01AB"}'
    (tmp_path / "log.ndjson").write_bytes(b"\n".join([b"nonsense", good, *([b"{}"] * 6)]))
    done = gemist("publish", "log.ndjson")
    assert done.returncode == 1
    assert done.stdout == f"1 events are on {topic}\n"
    said = done.stderr.splitlines()
    assert said[0] == "gemist: log.ndjson line 1 names no school: not sent"
    assert said[1].startswith("gemist: log.ndjson line 3 names")
    assert said[-1] == "gemist: and 2 more lines like these"
    assert [record.value for record in records(bootstrap, topic)] == [good]


@pytest.mark.usefixtures("topic")
def test_what_cannot_be_sent_is_one_line(gemist, prefix):
    missing = gemist("publish", "none.ndjson")
    assert (missing.returncode, missing.stderr) == (2, "gemist: none.ndjson: no such file\n")
    elsewhere = gemist("publish", "-", GEMIST_KAFKA__PREFIX=f"{prefix}other.")
    assert elsewhere.returncode == 2
    assert elsewhere.stderr.startswith(f"gemist: no topic {prefix}other.school-events: run")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
        told = gemist("publish", "-", GEMIST_KAFKA__BOOTSTRAP=nobody)
    assert told.returncode == 2
    assert told.stderr.startswith("gemist: no broker answers at") or nobody in told.stderr
    assert told.stderr.count("\n") == 1


def test_show_says_who_is_missed_and_what_no_worker_has_read(
    gemist, bootstrap, prefix, topic, admin, tmp_path
):
    admin.alter_configs([ConfigResource("TOPIC", topic, OF_THE_PAST)])
    nothing = gemist("show", "kafka://")
    assert (nothing.returncode, nothing.stderr) == (0, "")
    assert nothing.stdout.startswith("No alert is on Kafka.\n\nNobody is missed.\n")
    lines = [line for line in cases() if json.loads(line).get("school", "").startswith("14")]
    (tmp_path / "log.ndjson").write_bytes(b"\n".join(lines))
    assert gemist("publish", "log.ndjson").returncode == 0
    write_alerts(bootstrap, prefix, lines, PARTITIONS)
    shown = gemist("show", f"kafka://{bootstrap}/{prefix}", GEMIST_KAFKA__PREFIX="elsewhere.")
    assert shown.returncode == 0, shown.stderr
    assert shown.stderr.startswith(f"gemist: {len(lines)} events are in no book yet")
    assert "Missed now" in shown.stdout
    assert "missed 16 hours or more without authority" in " ".join(shown.stdout.split())
    assert gemist("show", "kafka://a/b").stderr.startswith("gemist: write kafka://HOST:PORT/PREFIX")
