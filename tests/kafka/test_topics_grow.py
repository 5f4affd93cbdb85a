"""`gemist topics grow` moves everything to topics with more partitions, and nothing is lost."""

import json
from collections import defaultdict
from contextlib import closing

import pytest
from as_a_worker import OF_THE_PAST, parted, put, records, send, write_alerts, write_pages
from kafka import KafkaConsumer
from kafka.admin import ConfigResource
from live_log import cases, closes, key, standing
from sqlalchemy import select

from alerts.desk.database import open_desk
from alerts.desk.progress import set_progress
from alerts.desk.tables import PROGRESS
from streams.arrival import partition_of
from streams.notify.places import place
from streams.position import KEY, read_position
from streams.topics import TOPICS

pytestmark = pytest.mark.kafka

FEW, MANY = 2, 5
LOG_APPEND_TIME = 1
TABLES = ("pupils.csv", "school_days.csv", "unenrolled.csv")


@pytest.fixture
def grown_prefix(prefix, admin):
    own = f"{prefix}grown."
    yield own
    present = set(admin.list_topics())
    mine = [topic.called(own) for topic in TOPICS if topic.called(own) in present]
    if mine:
        admin.delete_topics(mine)


@pytest.fixture
def lines(gemist, tmp_path):
    """Every case, and a close of each school's last day at its end."""
    without = cases()
    (tmp_path / "cases.ndjson").write_bytes(b"\n".join(without) + b"\n")
    assert gemist("replay", "cases.ndjson", "--out", "cases").returncode == 0
    return without + list(closes(tmp_path / "cases" / "school_days.csv"))


@pytest.fixture
def left(gemist, admin, bootstrap, prefix, lines):
    """Topics as a worker leaves them that has read everything and has ended."""
    created = gemist("topics", "create", "--partitions", FEW)
    assert created.returncode == 0, created.stderr
    admin.alter_configs([ConfigResource("TOPIC", f"{prefix}school-events", OF_THE_PAST)])
    send(bootstrap, prefix, lines, FEW)
    write_alerts(bootstrap, prefix, lines, FEW)
    write_pages(bootstrap, prefix, lines, FEW)


def by_school(found):
    schools = defaultdict(list)
    for record in found:
        schools[record.key].append((record.key, record.value, record.timestamp))
    return schools


def messages(found):
    for record in found:
        yield record.key.decode(), None if record.value is None else json.loads(record.value)


@pytest.mark.usefixtures("left")
def test_all_goes_on_as_it_was(gemist, bootstrap, prefix, grown_prefix, tmp_path):
    grow = ("topics", "grow", "--to-prefix", grown_prefix, "--partitions", MANY)
    done = gemist(*grow)
    assert done.returncode == 0, done.stderr
    settings = {"GEMIST_KAFKA__PREFIX": grown_prefix, "GEMIST_KAFKA__PARTITIONS": str(MANY)}
    check = gemist("topics", "check", **settings)
    assert (check.returncode, check.stderr) == (0, "")
    lag = gemist("topics", "lag", "--most-seconds", 0, **settings)
    assert lag.returncode == 0, lag.stdout

    old, new = (records(bootstrap, f"{each}school-events") for each in (prefix, grown_prefix))
    assert by_school(new) == by_school(old)  # bytes, order and times of arrival
    assert all(record.partition == partition_of(record.key, MANY) for record in new)

    assert gemist("replay", f"kafka://{bootstrap}/{prefix}", "--out", "old").returncode == 0
    assert gemist("replay", "kafka://", "--out", "new", **settings).returncode == 0
    assert gemist("topics", "dump", "--out", "dumped", **settings).returncode == 0
    for name in TABLES:
        expected = (tmp_path / "old" / name).read_text()
        assert (tmp_path / "new" / name).read_text() == expected
        assert (tmp_path / "dumped" / name).read_text() == expected
    replayed = map(json.loads, (tmp_path / "new" / "alerts.ndjson").open())
    stands = standing((message["id"], message) for message in replayed)
    assert len(stands) > 10
    alerts = records(bootstrap, f"{grown_prefix}alerts")
    assert standing(messages(alerts)) == stands
    ends = defaultdict(int)
    for record in new:
        ends[record.partition] += 1
    for record in alerts:
        school = json.loads(record.value)["school"]
        assert record.partition == partition_of(school.encode(), MANY)
        assert dict(record.headers) == {"events-offset": str(ends[record.partition]).encode()}
    last = {r.partition: r for r in records(bootstrap, f"{grown_prefix}pages")}
    for partition in range(MANY):
        assert last[partition].key == KEY
        position = read_position(last[partition].value)
        told = sum(record.partition == partition for record in alerts)
        assert (position.events, position.alerts, position.rejects) == (
            ends[partition],
            told,
            0,
        )

    again = gemist(*grow)
    assert again.returncode == 2
    assert again.stderr.startswith(f"gemist: {grown_prefix}")
    assert "is there: choose another prefix" in again.stderr


def test_a_worker_goes_on_with_what_was_copied(
    gemist, admin, bootstrap, grown_prefix, environment, topics, worker, log, replayed
):
    """What comes afterwards is told once, of books that were grown; nothing is told again."""
    environment["GEMIST_CLOSE_AT"] = "none"  # or each worker closes the last day of what it read
    expected, refused = replayed(log)
    half = len(log) // 2
    topics.send(log[:half])
    with worker() as one:
        one.wait_until_read(half)
        assert one.stop() == 0
    told, rejects = topics.messages(), topics.records("rejects")
    old = standing(told)
    grow = ("topics", "grow", "--to-prefix", grown_prefix, "--partitions", MANY)
    done = gemist(*grow)
    assert done.returncode == 0, done.stderr
    admin.alter_configs([ConfigResource("TOPIC", f"{grown_prefix}school-events", OF_THE_PAST)])
    environment["GEMIST_KAFKA__PREFIX"] = grown_prefix
    grown = type(topics)(bootstrap, grown_prefix)
    with worker() as another, closing(grown):
        another.wait_until_read(0, partitions=MANY)
        assert standing(grown.messages()) == old
        assert len(grown.records("alerts")) == len({key for key, _ in grown.messages()})
        grown.send(log[half:])
        another.wait_until_read(len(grown.records("school-events")), partitions=MANY)
        assert another.stop() == 0
        assert standing(grown.messages()) == expected
        assert len(rejects) + len(grown.records("rejects")) == refused


def test_partitions_are_joined_in_the_order_of_arrival(gemist, bootstrap, prefix, grown_prefix):
    assert gemist("topics", "create", "--partitions", FEW).returncode == 0
    for number in range(6):
        put(bootstrap, f"{prefix}school-events", number % FEW, b"%d" % number, b"s")
    write_pages(bootstrap, prefix, [], FEW, more_events=dict.fromkeys(range(FEW), 3))
    done = gemist("topics", "grow", "--to-prefix", grown_prefix, "--partitions", 1)
    assert done.returncode == 0, done.stderr
    old, new = (records(bootstrap, f"{each}school-events") for each in (prefix, grown_prefix))
    assert [record.value for record in new] == [b"%d" % number for number in range(6)]
    assert [record.timestamp for record in new] == sorted(record.timestamp for record in old)
    begun = max(record.timestamp for record in new)
    put(bootstrap, f"{grown_prefix}school-events", 0, b"later", b"s")
    (later,) = records(bootstrap, f"{grown_prefix}school-events")[6:]
    assert later.timestamp_type == LOG_APPEND_TIME
    assert later.timestamp >= begun


@pytest.mark.usefixtures("left")
def test_what_was_refused_stays_behind(gemist, bootstrap, prefix, grown_prefix, lines):
    line = lines[0]
    topic = f"{prefix}school-events"
    home = next(p for p, of_it in parted([line], FEW).items() if of_it)
    put(bootstrap, topic, 1 - home, line, key(line))
    put(bootstrap, topic, home, line, None)
    write_pages(bootstrap, prefix, lines, FEW, more_events=dict.fromkeys(range(FEW), 1))
    done = gemist("topics", "grow", "--to-prefix", grown_prefix, "--partitions", MANY)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].endswith("; 2 events that had been refused are not")
    assert len(records(bootstrap, f"{grown_prefix}school-events")) == len(lines)


@pytest.mark.usefixtures("left")
def test_nothing_is_copied_while_anybody_is_at_work(
    gemist, bootstrap, prefix, grown_prefix, admin, lines
):
    grow = ("topics", "grow", "--to-prefix", grown_prefix, "--partitions", MANY)
    group = f"{prefix}gemist-worker"
    worker = KafkaConsumer(f"{prefix}school-events", bootstrap_servers=bootstrap, group_id=group)
    worker.poll(3000)
    told = gemist(*grow)
    worker.close()
    assert told.returncode == 2
    assert told.stderr == "gemist: a worker runs: stop all of them first\n"

    put(bootstrap, f"{prefix}school-events", 1, lines[0], b"s")
    told = gemist(*grow)
    assert told.returncode == 2
    assert told.stderr.startswith("gemist: partition 1 has 1 events that no page holds: stop who")
    same = gemist("topics", "grow", "--to-prefix", prefix, "--partitions", MANY)
    assert same.returncode == 2
    assert same.stderr.startswith("gemist: the new topics need another prefix")
    wrong = gemist("topics", "grow", "--to-prefix", "a/b", "--partitions", MANY)
    assert wrong.stderr == "gemist: --to-prefix 'a/b': write at most 100 of A-Z a-z 0-9 . _ -\n"
    assert not [name for name in admin.list_topics() if name.startswith(grown_prefix)]


@pytest.mark.usefixtures("left")
def test_the_desk_goes_on_after_what_was_copied(gemist, bootstrap, prefix, grown_prefix, tmp_path):
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    grow = ("topics", "grow", "--to-prefix", grown_prefix, "--partitions", MANY, "--database", url)
    told = gemist(*grow)
    assert told.returncode == 2
    assert told.stderr.startswith(f"gemist: the desk has not read {prefix}alerts to its end")

    desk = open_desk(url)
    with desk.begin() as connection:
        set_progress(
            connection,
            {
                place(f"{prefix}{name}", partition): 10**6
                for name in ("alerts", "school-events")
                for partition in range(FEW)
            },
        )
    done = gemist(*grow)
    assert done.returncode == 0, done.stderr
    with desk.connect() as connection:
        places = dict(connection.execute(select(PROGRESS.c.name, PROGRESS.c.value)).all())
    desk.dispose()
    for name in ("alerts", "school-events"):
        found = records(bootstrap, f"{grown_prefix}{name}")
        for partition in range(MANY):
            end = sum(record.partition == partition for record in found)
            assert places[place(f"{grown_prefix}{name}", partition)] == end
