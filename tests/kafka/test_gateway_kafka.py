"""`gemist gateway`, as a user starts it: what was answered is on Kafka, what was refused too."""

import json
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest
import served
from databases import SQLITE, database
from kafka import KafkaConsumer, TopicPartition
from nodes import wait_until

from streams.arrival import partition_of
from streams.topics import EVENTS, REJECTS

pytestmark = pytest.mark.kafka
PARTITIONS = 3
KILL = "import os, sys, time; time.sleep(1); os.kill(int(sys.argv[1]), 9)"


@pytest.fixture
def url(tmp_path):
    with database(SQLITE, tmp_path) as address:
        yield address


@pytest.fixture
def topics(gemist):
    made = gemist("topics", "create", "--partitions", PARTITIONS)
    assert made.returncode == 0, made.stderr


class Gateway(served.Served):
    """The door before Kafka."""

    def __init__(self, log, environment, words=("gateway",)):
        super().__init__(log.parent, log)
        self._environment = environment
        self._words = words

    def command(self):
        return [*served.COMMAND, *self._words, "--listen", f"127.0.0.1:{self.port}"]

    def environment(self):
        return self._environment


@contextmanager
def running(command, environment, log):
    found = Gateway(log, environment, (command,))
    found.start()
    try:
        yield found
    finally:
        assert found.stop() == 0, log.read_text()


def register(**fields):
    said = {
        "type": "register",
        "id": "r1",
        "school": "01AB",
        "recorded_at": "2026-11-23T08:40:00Z",
        "date": "2026-11-23",
        "session": 1,
        "marks": [{"pupil": "p81", "status": "absent"}],
    }
    return json.dumps(said | fields).encode()


def records_of(bootstrap, topic):
    assigned = [TopicPartition(topic, each) for each in range(PARTITIONS)]
    found = []
    with closing(KafkaConsumer(bootstrap_servers=bootstrap)) as consumer:
        consumer.assign(assigned)
        consumer.seek_to_beginning(*assigned)
        ends = consumer.end_offsets(assigned)
        while any(consumer.position(each) < ends[each] for each in assigned):
            for records in consumer.poll(timeout_ms=200).values():
                found += records
    return found


def post(gateway, token, *lines):
    with closing(gateway.connection()) as connection:
        return served.post(connection, token, lines)


def get(gateway, token, path):
    with closing(gateway.connection()) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        return json.loads(connection.getresponse().read())


@pytest.mark.usefixtures("topics")
def test_from_a_token_to_what_was_received(bootstrap, prefix, environment, gemist, url, tmp_path):
    settings = environment | {"GEMIST_DESK__DATABASE": url}
    made = gemist("token", "create", "--database", url, "--school", "01AB", "--note", "SIS")
    token = made.stdout.strip()
    assert made.returncode == 0, made.stderr
    broken = b'{"type": "register", "id": "r3",'
    with (
        running("gateway", settings, tmp_path / "gateway.log") as gateway,
        running("notify", settings, tmp_path / "notify.log"),
    ):
        lines = [register(), register(id="r2", school="02CD"), broken]
        status, answer = post(gateway, token, *lines)
        assert (status, answer["accepted"], answer["rejected"]) == (200, 1, 2)

        [kept] = records_of(bootstrap, prefix + EVENTS)
        assert (kept.key, kept.value) == (b"01AB", lines[0])
        assert kept.partition == partition_of(b"01AB", PARTITIONS)
        refused = records_of(bootstrap, prefix + REJECTS)
        assert [(each.key, each.value, dict(each.headers)) for each in refused] == [
            (b"01AB", lines[1], {"reason": b"school", "field": b"school"}),
            (b"01AB", lines[2], {"reason": b"json", "field": b""}),
        ]
        assert {each.partition for each in refused} == {kept.partition}

        wait_until(
            lambda: get(gateway, token, "/v1/received")["rejected"] == 2, "the desk has taken all"
        )
        found = get(gateway, token, "/v1/received")
        assert (found["events"], found["marks"]) == ({"register": 1}, 1)
        assert {each["reason"] for each in found["rejects"]} == {"school", "json"}

        public = token.split("_")[1]
        assert public in gemist("token", "list", GEMIST_DESK__DATABASE=url).stdout
        revoked = gemist("token", "revoke", public, "--database", url)
        assert revoked.returncode == 0, revoked.stderr
        time.sleep(1)  # what is promised
        with closing(gateway.connection()) as connection:
            connection.request(
                "POST", "/v1/events", register(), {"Authorization": f"Bearer {token}"}
            )
            assert connection.getresponse().status == 401


@pytest.mark.usefixtures("topics")
def test_all_that_was_answered_is_there_though_the_door_is_killed(
    bootstrap, prefix, environment, gemist, url, tmp_path
):
    settings = environment | {"GEMIST_DESK__DATABASE": url}
    token = gemist("token", "create", "--database", url, "--school", "01AB").stdout.strip()
    gateway = Gateway(tmp_path / "gateway.log", settings)
    answered = []
    for round_ in range(3):
        gateway.start()
        killer = subprocess.Popen([sys.executable, "-c", KILL, str(gateway._process.pid)])
        try:
            for number in range(100_000):
                name = f"r{round_}-{number}"
                status, _ = post(gateway, token, register(id=name))
                assert status == 200
                answered.append(name)
        except (OSError, served.http.client.HTTPException):
            pass
        killer.wait()
        gateway.kill()
    there = {json.loads(each.value)["id"] for each in records_of(bootstrap, prefix + EVENTS)}
    assert len(answered) > 30
    assert set(answered) <= there


def test_what_is_missing_is_said_in_one_line(gemist, url):
    for words, said in (
        (["gateway", "--listen", "127.0.0.1:0", "--database", url], "gemist topics create"),
        (["notify", "--listen", "127.0.0.1:0", "--database", url], "gemist topics create"),
        (["token", "list"], "say where"),
        (["directory", "list", "--school", "s", "--data", "x", "--database", url], "one of them"),
    ):
        told = gemist(*words)
        assert told.returncode == 2
        assert said in told.stderr
        assert told.stderr.count("\n") == 1


@pytest.mark.usefixtures("topics")
def test_without_a_database_neither_begins(gemist):
    for command in ("gateway", "notify"):
        told = gemist(command, "--listen", "127.0.0.1:0")
        assert told.returncode == 2
        assert "desk.database" in told.stderr


@pytest.mark.usefixtures("topics")
def test_the_directory_of_a_desk_without_a_node(gemist, url, tmp_path):
    (tmp_path / "pupils.csv").write_text("pupil,name,group\np81,Anna Vis,4H2\n")
    (tmp_path / "people.csv").write_text(
        "person,role,name,address,language\nm17,mentor,Eva Smit,e.smit@s.example,nl\n"
    )
    loaded = gemist(
        "directory", "load", "pupils.csv", "people.csv", "--school", "01AB", "--database", url
    )
    assert loaded.returncode == 0, loaded.stderr
    assert "01AB: 1 pupil" in loaded.stdout
    assert gemist("outbox", "list", "--database", url).returncode == 0
    rebuilt = gemist("casebook", "rebuild", "--database", url)
    assert rebuilt.stdout.startswith("gemist: the desk: 0 cases")
