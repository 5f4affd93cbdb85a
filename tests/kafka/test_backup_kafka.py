"""What docs/backup.md says of lost topics and of a desk's database that is older or newer."""

import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import engines
import msgspec
import pytest
from as_a_worker import OF_THE_PAST, records
from databases import POSTGRESQL, database
from kafka import KafkaProducer, TopicPartition
from kafka.admin import ConfigResource
from live_log import arrival_ms, key
from sqlalchemy import select

from alerts.alert import decode_alert
from alerts.desk.database import open_desk
from alerts.desk.progress import progress, set_progress
from alerts.desk.tables import RECEIVED, TOLD
from config.settings import Kafka
from gemist.clock import now
from streams.notify.following import KafkaFollowing
from streams.notify.places import place
from streams.step import Batch, Engine
from streams.topics import ALERTS, EVENTS, PAGES, REJECTS
from streams.topics import create as create_topics

sys.path.insert(0, str(Path(__file__).parents[1] / "upgrades"))

import living
from states import halves

pytestmark = pytest.mark.kafka
WRONG_USAGE = 2
LIMIT_SECONDS = 90
BEFORE, AFTER = halves()
ALL = [*BEFORE, *AFTER]


@pytest.fixture
def kafka(bootstrap, prefix):
    return Kafka(bootstrap=bootstrap, prefix=prefix, partitions=1)


class Cluster:
    """Topics of one partition, that can be lost and made anew."""

    def __init__(self, admin, kafka):
        self._admin = admin
        self._kafka = kafka
        self.make()

    def make(self):
        create_topics(self._admin, self._kafka.prefix, 1)
        name = self._kafka.prefix + EVENTS
        self._admin.alter_configs([ConfigResource("TOPIC", name, OF_THE_PAST)])

    def lose(self, *names):
        """Delete topics, as if they had been lost, and make empty ones."""
        lost = {self._kafka.prefix + name for name in names}
        self._admin.delete_topics(list(lost))
        deadline = time.monotonic() + LIMIT_SECONDS
        while lost & set(self._admin.list_topics()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        self.make()

    def let_go_of_events(self, before):
        """Delete the oldest events, as retention does: those before an offset."""
        events = TopicPartition(self._kafka.prefix + EVENTS, 0)
        self._admin.delete_records({events: before})

    def _put(self, topic, records):
        with closing(KafkaProducer(bootstrap_servers=self._kafka.bootstrap, acks="all")) as to:
            for name, value, at_ms in records:
                to.send(self._kafka.prefix + topic, value, name, partition=0, timestamp_ms=at_ms)
            to.flush(LIMIT_SECONDS)

    def send(self, lines):
        """Send events as a school does."""
        self._put(EVENTS, [(key(line), line, arrival_ms(line)) for line in lines])

    def tell(self, alerts):
        """Write messages as a worker does."""
        self._put(ALERTS, [(each.id.encode(), msgspec.json.encode(each), None) for each in alerts])


@pytest.fixture
def cluster(admin, kafka):
    return Cluster(admin, kafka)


@pytest.fixture
def messages(bootstrap, prefix):
    """Every message on `alerts` now, by its key; None for a tombstone."""

    def found():
        return [
            (each.key.decode(), None if each.value is None else decode_alert(each.value))
            for each in records(bootstrap, f"{prefix}alerts")
        ]

    return found


@pytest.fixture(autouse=True)
def _only_schools_close_days(environment):
    """A worker's clock would close the last day, and tell what follows of that."""
    environment["GEMIST_CLOSE_AT"] = "none"


@pytest.fixture
def work(worker):
    """Have a worker read to the end of so many events, and end it."""

    def until(events):
        with worker() as one:
            one.wait_until_read(events, partitions=1)
            assert one.stop() == 0

    return until


@pytest.fixture
def refused(gemist):
    """Start a worker that refuses what is there; the line in which it says why."""

    def line():
        told = gemist("worker", "--listen", "127.0.0.1:0")
        assert told.returncode == WRONG_USAGE, told.stderr
        assert told.stderr.count("\n") == 1
        return told.stderr

    return line


@pytest.fixture
def desk(tmp_path):
    engine = open_desk(f"sqlite:///{tmp_path / 'desk.db'}")
    living.load_directory(engine, ALL)
    yield engine
    engine.dispose()


def follow_all(kafka, desk):
    with closing(KafkaFollowing(kafka, 1, desk)) as follow:
        quiet = 0
        while quiet < 4:  # polls of a fifth of a second
            quiet = 0 if follow(now()) else quiet + 1


def monday(weeks=1):
    """Noon of a Monday to come, when digests are made."""
    today = datetime.fromtimestamp(now(), UTC).replace(hour=12, minute=0, second=0)
    return int((today + timedelta(days=7 * weeks - today.weekday())).timestamp())


def stands(messages, lines):
    """Does what stands on Kafka stand after a replay of these lines?"""
    newest = dict(messages)
    found = engines.standing(each for each in newest.values() if each is not None)
    assert found == engines.run([lines]).standing
    assert len(found) > 10


def told_once(messages):
    """Was no message told twice?"""
    said = [(name, each.version, each.state) for name, each in messages if each is not None]
    return len(set(said)) == len(said)


def test_pages_that_are_lost_are_made_again_of_the_events_and_nothing_is_told_twice(
    cluster, work, messages
):
    cluster.send(BEFORE)
    work(len(BEFORE))
    told = messages()
    assert len(told) > 20
    cluster.lose(PAGES)
    work(len(BEFORE))
    assert messages() == told
    cluster.send(AFTER)
    work(len(ALL))
    assert messages()[: len(told)] == told
    assert told_once(messages())
    stands(messages(), ALL)


def known(desk):
    """What a desk was told that stands, and told.

    What stood for a moment depends on how a log is cut. So of what is over there may be more, and
    a case may have another number, which is that of the first alert in its chain.
    """
    found = living.told_by(desk)
    about = {number: whom for number, *whom, _, _, _ in found["cases"]}
    cases = [row[1:] for row in found["cases"] if row[4] not in ("closed", "withdrawn")]
    said = [(message, about[number], section) for message, number, section in found["said"]]
    return found | {"cases": sorted(cases), "said": sorted(said)}


def test_alerts_that_are_lost_are_refused_and_told_anew_where_pages_go_too(
    cluster, work, messages, refused, kafka, desk, caplog
):
    cluster.send(ALL)
    work(len(ALL))
    follow_all(kafka, desk)
    assert living.compose_all(desk, monday()) > 0
    heard = known(desk)
    assert len(heard["cases"]) > 10
    cluster.lose(ALERTS)
    assert "alerts ends before offset 0, and messages up to" in refused()
    cluster.lose(PAGES, REJECTS)
    work(len(ALL))
    stands(messages(), ALL)
    follow_all(kafka, desk)
    assert f"{kafka.prefix}alerts is another topic than the one that was read" in caplog.text
    assert living.compose_all(desk, monday()) == 0
    assert known(desk) == heard


def test_events_that_are_lost_are_refused_and_go_on_where_schools_send_again(
    cluster, work, messages, refused, kafka, desk
):
    cluster.send(ALL)
    work(len(ALL))
    follow_all(kafka, desk)
    assert living.compose_all(desk, monday()) > 0
    heard, counted = known(desk), counts(desk)
    assert sum(events for _, _, _, events, _ in counted) > 100
    cluster.lose(EVENTS)
    cluster.send([*ALL, *ALL])  # more than there were: offsets alone would tell nothing
    assert "school-events is another topic than the one whose events pages hold" in refused()
    cluster.lose(EVENTS, PAGES, ALERTS, REJECTS)
    cluster.send(ALL)
    work(len(ALL))
    stands(messages(), ALL)
    follow_all(kafka, desk)
    assert living.compose_all(desk, monday()) == 0
    assert known(desk) == heard
    assert counts(desk) == counted  # and not twice as many


def test_old_events_may_be_gone_as_long_as_pages_hold_them(cluster, work, messages, worker):
    cluster.send(BEFORE)
    work(len(BEFORE))
    cluster.let_go_of_events(len(BEFORE))
    cluster.send(AFTER)
    work(len(ALL))
    stands(messages(), ALL)
    told = messages()

    cluster.lose(PAGES)
    with worker() as one:
        _, said = one.process.communicate(timeout=LIMIT_SECONDS)
    assert one.process.returncode not in (0, WRONG_USAGE)
    assert f"no page holds the events before {len(BEFORE)}, of which alerts know" in said
    assert messages() == told


def test_what_came_is_counted_anew_where_one_of_its_topics_is_not_the_one_that_was_read(
    cluster, kafka, desk
):
    cluster.send(ALL)
    follow_all(kafka, desk)
    counted = counts(desk)
    for lost, sent, found in (
        ([REJECTS], [], counted),
        ([EVENTS], ALL, counted),
        ([EVENTS], [], []),
    ):
        cluster.lose(*lost)
        cluster.send(sent)
        follow_all(kafka, desk)
        assert counts(desk) == found


def counts(desk):
    """How much came, by school, quarter of an hour and type."""
    said = (RECEIVED.c[name] for name in ("school", "quarter", "type", "events", "marks"))
    with desk.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(select(*said)))


def alerts_of(*parts):
    """What is told of some events, and then of others."""
    engine = Engine("nl")
    offset = 0
    for lines in parts:
        yield list(engine.step(Batch(lines, range(offset, offset + len(lines)))).alerts)
        offset += len(lines)


def program(name):
    return max(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))


def run(*words):
    return subprocess.run([*map(str, words)], check=True, capture_output=True, timeout=60)


def test_a_database_that_is_older_than_kafka_comes_to_the_same_cases_and_messages(
    cluster, kafka, tmp_path
):
    first, second = alerts_of(BEFORE, AFTER)
    with database(POSTGRESQL, tmp_path) as url, database(POSTGRESQL, tmp_path) as again:
        desk = open_desk(url)
        living.load_directory(desk, ALL)
        cluster.send(BEFORE)
        cluster.tell(first)
        follow_all(kafka, desk)
        assert living.compose_all(desk, monday()) > 0
        living.send_waiting(desk, monday())
        dumped = living.told_by(desk)
        dump = tmp_path / "desk.dump"
        run(program("pg_dump"), "--format=custom", "--file", dump, plain(url))

        cluster.send(AFTER)
        cluster.tell(second)
        follow_all(kafka, desk)
        assert living.compose_all(desk, monday(2)) > 0
        heard = living.told_by(desk)
        desk.dispose()

        run(program("pg_restore"), "--no-owner", "--exit-on-error", "--dbname", plain(again), dump)
        restored = open_desk(again)
        assert living.told_by(restored) == dumped
        follow_all(kafka, restored)
        assert living.compose_all(restored, monday(2)) > 0
        assert living.told_by(restored) == heard  # keys too, of which Message-IDs are made
        restored.dispose()


def plain(url):
    """The address as PostgreSQL's own programs read it."""
    return url.replace("postgresql+psycopg:", "postgresql:")


def test_a_database_that_is_newer_than_kafka_takes_what_comes_next(cluster, kafka, desk, caplog):
    first, second = alerts_of(BEFORE, AFTER)
    cluster.tell(first)
    follow_all(kafka, desk)
    name = place(f"{kafka.prefix}alerts", 0)
    with desk.begin() as connection:  # as if as many again had been read, and then been lost
        set_progress(connection, {name: 2 * progress(connection, name)})
    follow_all(kafka, desk)
    assert f"{kafka.prefix}alerts 0 ends before {len(first)}, and {2 * len(first)}" in caplog.text
    cluster.tell(second)
    follow_all(kafka, desk)
    with desk.connect() as connection:
        assert progress(connection, name) == len(first) + len(second)
        rows = told_in(connection)
    assert rows == {(each.id, each.version) for each in (*first, *second)}


def told_in(connection):
    return {tuple(row) for row in connection.execute(select(TOLD.c.alert, TOLD.c.version))}
