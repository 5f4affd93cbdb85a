"""On a broker with TLS, SCRAM and ACLs each part can do what it must, and nothing else."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import served
import trustme
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TransactionalIdAuthorizationFailed,
)
from kafka import KafkaConsumer
from kafka import TopicPartition as KafkaPythonPartition
from nodes import wait_until
from sqlalchemy import func, select

from alerts.desk.database import open_desk
from alerts.desk.tables import CASE
from config.settings import Kafka
from gemist.clock import now
from streams.broker import for_aiokafka, for_kafka_python

pytestmark = pytest.mark.kafka

BROKER = Path(__file__).resolve().parents[2] / "deploy" / "kafka" / "broker.py"
IN_CI = os.environ.get("CI") == "true"
PREFIX, ALL_PARTS_PREFIX = "safe.", "parts."
A_LONG_TRY_SECONDS = 5
TOPICS = ("school-events", "alerts", "rejects", "pages")
PARTS = ("worker", "gateway", "notify", "sender", "administrator", "auditor")
READS = {
    "worker": {"school-events", "alerts", "rejects", "pages"},
    "notify": {"school-events", "alerts", "rejects"},
    "auditor": {"school-events", "pages", "alerts", "rejects"},
}
WRITES = {
    "worker": {"school-events", "alerts", "rejects", "pages"},
    "gateway": {"school-events", "rejects"},
    "sender": {"school-events"},
}


class SecureBroker:
    """A broker of this module's own, and everybody's settings for it."""

    def __init__(self, home, port):
        self._home = home
        self.bootstrap = f"127.0.0.1:{port}"
        self._passwords = json.loads((home / "passwords.json").read_text())

    def as_part(self, part, **other):
        user = f"gemist-{part}"
        settings = {
            "bootstrap": self.bootstrap,
            "prefix": PREFIX,
            "security": "SASL_SSL",
            "authority": self._home / "authority.pem",
            "user": user,
            "password": self._passwords[user],
        }
        return Kafka(**(settings | other))

    def environment(self, part, **other):
        """The settings of one part, and nobody else's."""
        kafka = self.as_part(part, **other)
        named = ("bootstrap", "prefix", "security", "authority", "mechanism", "user", "password")
        settings = {f"GEMIST_KAFKA__{n.upper()}": str(getattr(kafka, n)) for n in named}
        return served.environment() | settings | {"NO_COLOR": "1"}

    def run(self, part, *arguments, folder=None, **other):
        """Run a command of the program as one part, in an empty folder."""
        return subprocess.run(
            [sys.executable, "-m", "gemist", *map(str, arguments)],
            env=self.environment(part, **other),
            cwd=folder or self._home,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    if not IN_CI and not (shutil.which("java") and shutil.which("openssl")):
        pytest.skip("needs Java 17 and OpenSSL to start a broker")
    home = tmp_path_factory.mktemp("secure")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, BROKER, "--home", home, "--port", str(port)]
    started = subprocess.run(
        [*command, "--secure", "start"], text=True, capture_output=True, check=False
    )
    assert started.returncode == 0, started.stderr
    try:
        broker = SecureBroker(home, port)
        given = broker.run("root", "topics", "acls", "--apply")
        assert given.returncode == 0, given.stderr
        made = broker.run("administrator", "topics", "create", "--partitions", 2)
        assert (made.returncode, made.stderr) == (0, "")
        yield broker
    finally:
        subprocess.run([*command, "stop"], capture_output=True, check=False)


async def _reads(kafka, topic):
    there = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(**for_aiokafka(kafka), auto_offset_reset="earliest")
    async with consumer:
        consumer.assign([there])
        await consumer.seek_to_beginning(there)
        return (await asyncio.wait_for(consumer.getone(), 20)).value


async def _writes(kafka, topic, **settings):
    producer = AIOKafkaProducer(**for_aiokafka(kafka), enable_idempotence=True, **settings)
    try:
        await producer.start()
        if "transactional_id" in settings:
            async with producer.transaction():
                await producer.send_and_wait(topic, b"{}", b"s", 0)
        else:
            await producer.send_and_wait(topic, b"{}", b"s", 0)
    finally:
        await producer.stop()


async def _can(*tries):
    """Which of these things work; aiokafka tries what is not allowed again until it is ended."""

    async def works(what):
        try:
            await asyncio.wait_for(what, A_LONG_TRY_SECONDS)
        except (KafkaError, TimeoutError):
            return False
        return True

    return await asyncio.gather(*map(works, tries))


def test_each_part_reads_and_writes_what_it_must_and_nothing_else(secure):
    for topic in TOPICS:
        asyncio.run(_writes(secure.as_part("worker"), PREFIX + topic))
    found_reads, found_writes = {}, {}
    for part in PARTS:
        kafka = secure.as_part(part)
        for found, doing in ((found_reads, _reads), (found_writes, _writes)):
            can = asyncio.run(_can(*(doing(kafka, PREFIX + topic) for topic in TOPICS)))
            found[part] = {topic for topic, may in zip(TOPICS, can, strict=True) if may}
    assert found_reads == {part: READS.get(part, set()) for part in PARTS}
    assert found_writes == {part: WRITES.get(part, set()) for part in PARTS}


def test_only_the_worker_joins_its_group_and_writes_in_transactions_of_its_name(secure):
    async def joins(kafka, group):
        consumer = AIOKafkaConsumer(f"{PREFIX}school-events", **for_aiokafka(kafka), group_id=group)
        async with consumer:
            return await asyncio.wait_for(consumer.getmany(timeout_ms=100), 20)

    worker, notify = secure.as_part("worker"), secure.as_part("notify")
    asyncio.run(joins(worker, f"{PREFIX}gemist-worker"))
    for kafka, group in ((worker, "another"), (notify, f"{PREFIX}gemist-worker")):
        with pytest.raises(GroupAuthorizationFailedError):
            asyncio.run(joins(kafka, group))

    own = f"{PREFIX}gemist-worker-0"
    asyncio.run(_writes(worker, f"{PREFIX}pages", transactional_id=own))
    for kafka, name in ((worker, "another-0"), (secure.as_part("gateway"), own)):
        with pytest.raises(TransactionalIdAuthorizationFailed):
            asyncio.run(_writes(kafka, f"{PREFIX}school-events", transactional_id=name))


def test_kafka_python_signs_in_too_and_by_both_mechanisms(secure):
    there = KafkaPythonPartition(f"{PREFIX}alerts", 0)
    for mechanism in ("SCRAM-SHA-512", "SCRAM-SHA-256"):
        consumer = KafkaConsumer(**for_kafka_python(secure.as_part("notify", mechanism=mechanism)))
        assert consumer.end_offsets([there])[there] >= 0
        consumer.close()


def test_what_an_administrator_and_an_auditor_run_works(secure, tmp_path):
    checked = secure.run("administrator", "topics", "check", "--partitions", 2)
    assert (checked.returncode, checked.stderr) == (0, "")
    for command in (
        ("topics", "lag"),
        ("rejects",),
        ("replay", "kafka://", "--out", tmp_path / "replayed"),
    ):
        done = secure.run("auditor", *command)
        assert (done.returncode, done.stderr) == (0, "")
    for reading_pages in (("topics", "dump"), ("silent",)):
        assert secure.run("auditor", *reading_pages).returncode in {0, 1}  # no page is a real one


@pytest.mark.parametrize(
    ("part", "command"),
    [
        ("gateway", ("topics", "dump")),
        ("gateway", ("topics", "acls", "--apply")),
        ("sender", ("replay", "kafka://", "--out", "replayed")),
        ("notify", ("topics", "lag")),
        ("auditor", ("topics", "create")),
        ("administrator", ("topics", "lag")),
    ],
)
def test_what_is_not_allowed_is_one_line(secure, part, command, tmp_path):
    told = secure.run(part, *command, folder=tmp_path)
    assert told.returncode != 0
    assert told.stderr.startswith("gemist: ")
    assert told.stderr.count("\n") == 1, told.stderr


def test_a_wrong_password_is_one_line_without_it(secure):
    for command in ("check", "lag"):
        told = secure.run("worker", "topics", command, password="not-this")
        assert told.returncode == 2
        assert told.stderr == (
            f"gemist: the broker at {secure.bootstrap} does not let kafka.user gemist-worker in"
            " by SCRAM-SHA-512: is kafka.password right?\n"
        )


def test_a_broker_that_nobody_vouches_for_gets_no_password(secure, tmp_path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    told = secure.run("worker", "topics", "check", authority=tmp_path / "other.pem")
    assert told.returncode == 2
    assert told.stderr.startswith(f"gemist: the broker at {secure.bootstrap} is not trusted: ")
    assert told.stderr.count("\n") == 1
    with pytest.raises(KafkaError):
        asyncio.run(
            _reads(
                secure.as_part("worker", authority=tmp_path / "other.pem"),
                f"{PREFIX}school-events",
            )
        )


def test_the_list_is_of_calls_of_kafka_acls(secure):
    listed = secure.run("root", "topics", "acls", "--part", "worker", "--principal", "User:{part}")
    assert listed.returncode == 0
    begin = f"kafka-acls --bootstrap-server {secure.bootstrap} --add --allow-principal User:worker"
    lines = listed.stdout.splitlines()
    assert all(line.startswith(begin) for line in lines)
    assert f"{begin} --operation Read --group {PREFIX}gemist-worker" in lines
    assert (
        f"{begin} --operation Write --transactional-id {PREFIX}gemist-worker"
        " --resource-pattern-type prefixed"
    ) in lines
    wrong = secure.run("root", "topics", "acls", "--part", "cook")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("gemist: --part cook: no such part; there are worker, gateway")


def test_a_mover_grows_topics_by_the_leave_that_is_its_own(secure):
    for prefix in ("move.", "moved."):
        given = secure.run("root", "topics", "acls", "--apply", prefix=prefix)
        assert given.returncode == 0, given.stderr
    made = secure.run("administrator", "topics", "create", "--partitions", 1, prefix="move.")
    assert made.returncode == 0, made.stderr
    grown = secure.run(
        *("mover", "topics", "grow", "--to-prefix", "moved.", "--partitions", 3), prefix="move."
    )
    assert grown.returncode == 0, grown.stderr
    checked = secure.run("administrator", "topics", "check", "--partitions", 3, prefix="moved.")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert secure.run("auditor", "topics", "lag", prefix="moved.").returncode == 0


class PartServed(served.Served):
    """One part of the program, as a process of its own."""

    def __init__(self, broker, part, folder, settings):
        super().__init__(folder, folder / f"{part}.log")
        self._part = part
        self._environment = broker.environment(part, prefix=ALL_PARTS_PREFIX) | settings

    def command(self):
        return [*served.COMMAND, self._part, "--listen", f"127.0.0.1:{self.port}"]

    def environment(self):
        return self._environment


def missed_yesterday(school):
    """Registers of two days that are over: a pupil was missing all of the first."""
    today = datetime.fromtimestamp(now(), UTC).date()
    for days, status in ((2, {"status": "absent", "reason": "unauthorised"}), (1, {})):
        date = str(today - timedelta(days=days))
        mark = {"pupil": "p81", "status": "present"} | status
        yield json.dumps(
            {"type": "register", "id": date, "school": school, "recorded_at": f"{date}T09:00:00Z",
             "date": date, "session": 1, "minutes": 480, "marks": [mark]}
        ).encode()  # fmt: skip


def test_the_door_the_worker_and_the_desk_do_their_work_there(secure, tmp_path):
    given = secure.run("root", "topics", "acls", "--apply", prefix=ALL_PARTS_PREFIX)
    assert given.returncode == 0, given.stderr
    made = secure.run("administrator", "topics", "create", prefix=ALL_PARTS_PREFIX)
    assert made.returncode == 0, made.stderr
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    token = secure.run("gateway", "token", "create", "--database", url, "--school", "01AB")
    assert token.returncode == 0, token.stderr
    settings = {"GEMIST_DESK__DATABASE": url, "GEMIST_CLOSE_AT": "none"}
    with ExitStack() as stack:
        for part in ("worker", "notify", "gateway"):
            running = PartServed(secure, part, tmp_path, settings)
            stack.callback(running.stop)
            running.start()
        lines = list(missed_yesterday("01AB"))
        with closing(running.connection()) as connection:
            status, answer = served.post(connection, token.stdout.strip(), lines)
        assert (status, answer["accepted"]) == (200, len(lines)), answer
        desk = open_desk(url)
        stack.callback(desk.dispose)

        def has_a_case():
            with desk.connect() as connection:
                return connection.scalar(select(func.count()).select_from(CASE)) > 0

        wait_until(has_a_case, "a case at the desk")
