"""`gemist rejects` on Kafka counts what worker and door refused, wherever it came from."""

from contextlib import closing

import pytest
from kafka import KafkaProducer

from gemist.clock import now

pytestmark = pytest.mark.kafka

HOUR_MS = 3_600_000


@pytest.fixture
def refuse(bootstrap, prefix, gemist):
    """Write a reject as a worker, or a door, does."""
    created = gemist("topics", "create", "--partitions", 3)
    assert created.returncode == 0, created.stderr
    with closing(KafkaProducer(bootstrap_servers=bootstrap, acks="all")) as producer:

        def write(key, line, *, hours_ago=0.0, **headers):
            sent = producer.send(
                f"{prefix}rejects",
                line,
                key,
                [(name, value.encode()) for name, value in headers.items()],
                timestamp_ms=int(now() * 1000 - hours_ago * HOUR_MS),
            )
            sent.get(30)

        yield write


def rows(told):
    assert told.returncode == 0, told.stderr
    return [line.split()[:4] for line in told.stdout.splitlines()[1:]]


def test_rejects_are_counted_by_school_reason_and_field(gemist, refuse):
    refuse(b"01AB", b"{", reason="json")
    for place in (0, 7):
        refuse(b"01AB", b"{}", reason="status", field=f"marks[{place}].status")
    refuse(b"no id", b'{"school":"02CD","id":"r-p81"}', reason="key")
    refuse(None, b"{", reason="json")
    refuse(b"01AB", b"{", hours_ago=30, reason="clock")
    told = gemist("rejects")
    assert rows(told) == [
        ["01AB", "status", "marks[].status", "2"],
        ["-", "json", "-", "1"],
        ["01AB", "json", "-", "1"],
        ["02CD", "key", "-", "1"],
    ]
    assert "p81" not in told.stdout
    assert ["01AB", "clock", "-", "1"] in rows(gemist("rejects", "--hours", 48))


def test_where_nothing_was_refused_it_says_so(gemist, refuse):
    refuse(b"01AB", b"{", hours_ago=2, reason="json")
    told = gemist("rejects", "--hours", 1)
    assert (told.returncode, told.stdout) == (0, "nothing was refused in the last hour\n")
