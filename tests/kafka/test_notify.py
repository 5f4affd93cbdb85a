"""`gemist notify`: the casebook is what Kafka has, whatever ends it, and it works alone."""

import json
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, closing, contextmanager

import casebooks
import msgspec
import pytest
from databases import KINDS, database
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from nodes import wait_until
from served import free_port
from sqlalchemy import func, select

from alerts.desk.casebook.erasing import leave_nothing_erased
from alerts.desk.database import open_desk
from alerts.desk.received import received
from alerts.desk.tables import CASE, RECEIVED, REFUSED, RESPONSE, SCHOOL, TOLD
from config.settings import Kafka
from gemist.clock import now
from models.events.instants import write_instant
from streams.arrival import partition_of
from streams.notify.following import KafkaFollowing, OvertakenError
from streams.topics import ALERTS, EVENTS, OFFSET, REJECTS

pytestmark = pytest.mark.kafka
PARTITIONS = 3
SCHOOLS = ("01AB", "02CD", "03EF", "04GH")
NOW = casebooks.at(0)


@pytest.fixture
def kafka(bootstrap, prefix, gemist):
    made = gemist("topics", "create", "--partitions", PARTITIONS)
    assert made.returncode == 0, made.stderr
    return Kafka(bootstrap=bootstrap, prefix=prefix, partitions=PARTITIONS)


@pytest.fixture(params=KINDS)
def url(request, tmp_path):
    with database(request.param, tmp_path) as address:
        yield address


@pytest.fixture
def desk(url):
    engine = open_desk(url)
    yield engine
    engine.dispose()


def key_and_partition(school):
    return school.encode(), partition_of(school.encode(), PARTITIONS)


class Worker:
    """Tells alerts as the worker does: in transactions, of which some are broken off."""

    def __init__(self, kafka):
        self._kafka = kafka
        self._producer = KafkaProducer(
            bootstrap_servers=kafka.bootstrap,
            transactional_id=f"{kafka.prefix}worker",
            acks="all",
        )
        self._producer.init_transactions()

    def close(self):
        self._producer.close()

    def tell(self, *alerts, commit=True):
        told = [(ALERTS, each.id.encode(), each.school, encoded(each), ()) for each in alerts]
        self._write(told, commit=commit)

    def delete(self, alert):
        self._write([(ALERTS, alert.id.encode(), alert.school, None, ())])

    def refuse(self, school, line, reason, field, offset):
        headers = {"reason": reason, "field": field, OFFSET: str(offset)}
        said = [(name, text.encode()) for name, text in headers.items()]
        self._write([(REJECTS, school.encode(), school, line, said)])

    def _write(self, records, *, commit=True):
        self._producer.begin_transaction()
        for topic, key, school, value, headers in records:
            self._producer.send(
                self._kafka.prefix + topic,
                value,
                key,
                list(headers),
                partition_of(school.encode(), PARTITIONS),
            )
        if commit:
            self._producer.commit_transaction()
        else:
            self._producer.flush()
            self._producer.abort_transaction()


def encoded(alert):
    return msgspec.json.encode(alert)


@pytest.fixture
def worker(kafka):
    with closing(Worker(kafka)) as found:
        yield found


@pytest.fixture
def publish(kafka):
    """Put events on the log as a school's system does; gives the offset of the last."""
    with closing(KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")) as producer:

        def send(*events):
            for event in events:
                key, partition = key_and_partition(event["school"])
                sent = producer.send(
                    kafka.prefix + EVENTS, json.dumps(event).encode(), key, partition=partition
                )
            return sent.get(10).offset

        yield send


def register(school="01AB", **fields):
    said = {
        "type": "register",
        "id": "r1",
        "school": school,
        "recorded_at": "2026-11-23T08:40:00Z",
        "date": "2026-11-23",
        "session": 1,
        "marks": [{"pupil": "p81", "status": "absent"}, {"pupil": "p82", "status": "present"}],
    }
    return said | fields


def erasure(school, pupil):
    return {
        "type": "erase", "id": "x1", "school": school, "pupil": pupil,
        "recorded_at": "2026-11-23T09:00:00Z",
    }  # fmt: skip


def _alert(rng, many, version):
    number = rng.randrange(many // 3)
    return casebooks.alert(
        f"a{number}",
        version,
        rng.choice(list(casebooks.State)),
        pupil=f"p{number}",
        school=SCHOOLS[number % len(SCHOOLS)],
    )


def told_on_kafka(kafka):
    """All that was committed on `alerts`, as another reader sees it."""
    topic = kafka.prefix + ALERTS
    found = set()
    with closing(
        KafkaConsumer(
            bootstrap_servers=kafka.bootstrap,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
    ) as consumer:
        assigned = [TopicPartition(topic, each) for each in range(PARTITIONS)]
        consumer.assign(assigned)
        ends = consumer.end_offsets(assigned)
        while any(consumer.position(each) < ends[each] for each in assigned):
            for records in consumer.poll(timeout_ms=200).values():
                found |= {(record.key.decode(), record.value) for record in records}
    return found


def told_in(desk):
    with desk.begin() as connection:
        rows = connection.execute(select(TOLD.c.alert, TOLD.c.message))
        return {(row.alert, bytes(row.message)) for row in rows}


def events_counted(desk):
    with desk.begin() as connection:
        return connection.execute(
            select(func.coalesce(func.sum(RECEIVED.c.events), 0))
        ).scalar_one()


def follow_on(follow):
    quiet = 0
    while quiet < 4:  # polls of a fifth of a second
        quiet = 0 if follow(NOW) else quiet + 1


def follow_all(kafka, desk):
    with closing(KafkaFollowing(kafka, PARTITIONS, desk)) as follow:
        follow_on(follow)


@contextmanager
def notify(environment, url, log):
    """The command, and where it says how it is."""
    port = free_port()
    command = [sys.executable, "-m", "gemist", "notify", "--listen", f"127.0.0.1:{port}"]
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, env=environment | {"GEMIST_DESK__DATABASE": url}, stdout=file, stderr=file
        )
    try:
        yield process, lambda path: asked(port, path)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0, log.read_text()


def asked(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return None, ""


def test_the_casebook_is_what_kafka_has_though_the_process_is_killed_again_and_again(
    kafka, worker, publish, environment, url, desk, tmp_path
):
    rng = random.Random(7)
    alerts = [_alert(rng, 900, version) for version in range(1, 901)]
    sent = 0
    log = tmp_path / "notify.log"
    for start in range(0, 900, 150):
        with notify(environment, url, log) as (process, _):
            for first in range(start, start + 150, 10):
                worker.tell(*alerts[first : first + 10])
                worker.tell(casebooks.alert(f"never-{first}"), commit=False)
                publish(*(register(school, id=f"r{first}") for school in SCHOOLS))
                sent += len(SCHOOLS)
            time.sleep(rng.uniform(1.5, 3.5))
            process.kill()
            process.wait()
    with notify(environment, url, log) as (_, ask):
        wait_until(lambda: ask("/readyz")[0] == 200, "it works")  # else it knows no SIGTERM yet
        wanted = told_on_kafka(kafka)
        wait_until(lambda: told_in(desk) == wanted, "the casebook has all alerts")
        wait_until(lambda: events_counted(desk) == sent, "all events are counted once")
    assert len(wanted) == 900
    with desk.begin() as connection:
        assert set(connection.execute(select(SCHOOL.c.school)).scalars()) == set(SCHOOLS)


@pytest.mark.usefixtures("kafka", "desk")
def test_a_second_one_waits_says_so_and_takes_over(environment, url, tmp_path):
    log, other_log = tmp_path / "one.log", tmp_path / "other.log"
    with ExitStack() as stack:
        first, ask_first = stack.enter_context(notify(environment, url, log))
        wait_until(lambda: ask_first("/readyz") == (200, "ready\n"), "the first works")
        _, ask_second = stack.enter_context(notify(environment, url, other_log))
        wait_until(lambda: ask_second("/healthz")[0] == 200, "the second is there")
        wait_until(lambda: "another gemist notify" in ask_second("/readyz")[1], "it says why")
        assert ask_second("/readyz")[0] == 503
        assert "this one waits" in other_log.read_text()
        first.kill()
        first.wait()
        wait_until(lambda: ask_second("/readyz")[0] == 200, "the second takes over")
        assert "gemist_desk_failures" in ask_second("/metrics")[1]


def test_of_two_who_feed_one_database_one_is_overtaken(kafka, desk, worker):
    with (
        closing(KafkaFollowing(kafka, PARTITIONS, desk)) as one,
        closing(KafkaFollowing(kafka, PARTITIONS, desk)) as other,
    ):
        for follow in (one, other):
            assert not follow(NOW)
        worker.tell(casebooks.alert("a1"))
        wait_until(lambda: one(NOW), "one takes it")
        with pytest.raises(OvertakenError):
            follow_on(other)
        worker.tell(casebooks.alert("a1", 11))
        wait_until(lambda: other(NOW), "the other goes on from there")
    assert len(told_in(desk)) == 2


def test_an_alert_that_kafka_deletes_is_forgotten_whatever_came_first(kafka, worker, publish, desk):
    alert, other = casebooks.alert("a1"), casebooks.alert("a2", pupil="p82")
    publish(erasure("01AB", "p81"))
    follow_all(kafka, desk)
    worker.tell(alert, other)  # worked out before the worker had read the erasure
    follow_all(kafka, desk)
    assert len(told_in(desk)) == 2
    worker.delete(alert)
    follow_all(kafka, desk)
    assert told_in(desk) == {("a2", encoded(other))}
    with desk.begin() as connection:
        assert connection.execute(select(CASE.c.pupil)).scalars().all() == ["p82"]


def test_what_people_did_comes_to_its_case(kafka, worker, publish, desk):
    worker.tell(casebooks.alert("a1"))
    later = write_instant(int(now()) + 5)
    spoken = {
        "type": "response", "id": "s1", "school": "01AB", "recorded_at": later,
        "pupil": "p81", "alert": "a1", "action": "spoken", "by": "m17",
    }  # fmt: skip
    publish(spoken, register())
    follow_all(kafka, desk)
    with desk.begin() as connection:
        case = connection.execute(select(CASE)).one()
        assert case.state == "in_hand"
        assert connection.execute(select(RESPONSE.c.case)).scalar_one() == case.case
        assert connection.execute(select(SCHOOL.c.registers_until)).scalar_one() is not None


def today_of(desk, school="01AB"):
    with desk.begin() as connection:
        rows = connection.execute(select(RECEIVED.c.quarter, RECEIVED.c.type)).all()
        assert rows
        date = time.strftime("%Y-%m-%d", time.gmtime(rows[0].quarter))
        return received(connection, school, date, "UTC")


def test_what_is_too_old_counts_as_refused_and_not_as_come_in(kafka, worker, publish, desk):
    publish(register(id="r1"))
    line = register(id="r2", date="2026-09-01")
    offset = publish(line)
    publish(register(id="r3") | {"marks": [{"pupil": "p81", "status": "gone"}]})
    follow_all(kafka, desk)
    assert (today_of(desk).events, today_of(desk).marks) == ({"register": 3}, 4)
    worker.refuse("01AB", json.dumps(line).encode(), "too old", "date", offset)
    follow_all(kafka, desk)
    found = today_of(desk)
    assert (found.events, found.marks, found.refusals) == ({"register": 2}, 2, 1)
    [reject] = found.refused
    assert (reject.reason, reject.field, reject.event) == ("too old", "date", "r2")
    assert reject.position == offset


def test_a_refused_value_is_read_again_and_goes_with_the_pupil(kafka, worker, publish, desk):
    line = register(id="r-p81", marks=[{"pupil": "p81", "status": "gone p81"}])
    offset = publish(line, register(id="r4"))
    worker.refuse("01AB", json.dumps(line).encode(), "status", "marks[0].status", offset)
    follow_all(kafka, desk)
    [reject] = today_of(desk).refused
    assert (reject.value, reject.event) == ("gone p81", "r-p81")
    time.sleep(1.1)  # an erasure reaches what arrived before it
    publish(erasure("01AB", "p81"))
    follow_all(kafka, desk)
    with desk.begin() as connection:
        row = connection.execute(select(REFUSED)).one()
    assert "p81" not in f"{row.value} {row.event}"
    assert row.reason == "status"
    assert leave_nothing_erased(desk)
