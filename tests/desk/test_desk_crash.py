"""The node killed again and again while it tells people: nothing is lost, and hardly repeated."""

import asyncio
import http.client
import random
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import nodes
import orjson
import pytest
import smtp_server
from served import Served, environment, gemist, post

from gemist.clock import now
from models.events.instants import write_instant

KILLS = 20
SCHOOLS = ("S1", "S2", "S3")
MENTORS, PUPILS = 3, 40
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC).timestamp()


class DeskServed(Served):
    """A node whose clock says that it is a Tuesday morning, and whose mail goes to ``mail``."""

    def __init__(self, folder: Path, log: Path, mail: str) -> None:
        super().__init__(folder, log)
        self.ahead = TUESDAY - now()
        self._environment = environment() | {
            "GEMIST_MAIL__SERVER": mail,
            "GEMIST_MAIL__TLS": "none",
            "GEMIST_DESK__ADDRESS": f"http://127.0.0.1:{self.port}",
        }

    def command(self) -> list[str]:
        script = Path(__file__).parents[1] / "desk_node.py"
        return [sys.executable, str(script), str(self.folder), str(self.port), str(self.ahead)]

    def environment(self) -> dict[str, str]:
        return self._environment


@contextmanager
def mail_in_a_thread() -> Iterator[smtp_server.MailServer]:
    """A mail server that goes on while the test waits."""
    ready, over = threading.Event(), threading.Event()
    servers: list[smtp_server.MailServer] = []

    async def serve() -> None:
        async with smtp_server.mail_server() as server:
            servers.append(server)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(nodes.PATIENCE_SECONDS)
    try:
        yield servers[0]
    finally:
        over.set()
        thread.join()


def event(kind: str, school: str, name: str, seconds: float, **more: object) -> bytes:
    said = {"type": kind, "id": name, "school": school, "recorded_at": write_instant(int(seconds))}
    return orjson.dumps(said | more)


def beginning(school: str) -> list[bytes]:
    """Everybody is enrolled, and was there on Monday."""
    monday = {"date": "2026-11-23"}
    enrolled = [
        event("enrolment", school, f"e{number}", TUESDAY - 86_400, pupil=f"p{number}",
              mentor=f"m{number % MENTORS}", group="4H", **{"from": "2026-08-24"})
        for number in range(PUPILS)
    ]  # fmt: skip
    register = event("register", school, "r0", TUESDAY - 86_400, session=1, minutes=50,
                     default="present", marks=[], **monday)  # fmt: skip
    return [*enrolled, register, event("close", school, "c0", TUESDAY - 3600, **monday)]


def truant(school: str, number: int, seconds: float) -> list[bytes]:
    """Twenty hours of truancy at once: a live rule of tier 3 speaks."""
    mark = {"pupil": f"p{number}", "status": "absent", "reason": "unauthorised"}
    return [
        event("register", school, f"r{number}-{session}", seconds, date="2026-11-24",
              session=session, minutes=600, marks=[mark])
        for session in (1, 2)
    ]  # fmt: skip


class Sender(threading.Thread):
    """Sends one truant after the other, each until it is acknowledged."""

    def __init__(self, served: DeskServed, token: str) -> None:
        super().__init__(daemon=True)
        self.faults: list[str] = []
        self._served, self._token = served, token

    def run(self) -> None:
        for number in range(PUPILS):
            for school in SCHOOLS:
                self._send(truant(school, number, now() + self._served.ahead))
                time.sleep(0.13)

    def _send(self, lines: list[bytes]) -> None:
        while True:
            try:
                with closing(self._served.connection()) as connection:
                    status, answer = post(connection, self._token, lines)
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
                continue
            if status == 503:
                continue
            if status != 200:
                self.faults.append(f"{status} {answer}")
            return


def directory(served: Served, folder: Path) -> None:
    for school in SCHOOLS:
        pupils, people = folder / "pupils.csv", folder / "people.csv"
        names = [f"p{number},Pupil {number} of {school},4H" for number in range(PUPILS)]
        pupils.write_text("\n".join(["pupil,name,group", *names]) + "\n")
        mentors = [
            f"m{number},mentor,Mentor {number},m{number}@{school.lower()}.example,nl"
            for number in range(MENTORS)
        ]
        people.write_text("\n".join(["person,role,name,address,language", *mentors]) + "\n")
        loaded = gemist(
            "directory", "load", "--data", served.folder, "--school", school, pupils, people
        )
        assert loaded.returncode == 0, loaded.stderr


def desk(folder: Path, sql: str) -> list[tuple]:
    uri = f"{(folder / 'desk.db').absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        return connection.execute(sql).fetchall()


def newest_in_log(folder: Path) -> dict[str, tuple[str, int]]:
    newest = {each.id: each for each in nodes.messages(folder)}
    return {name: (each.state.value, each.version) for name, each in newest.items()}


def newest_in_casebook(folder: Path) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for (content,) in desk(folder, "SELECT message FROM told ORDER BY version, told_at"):
        message = msgspec.json.decode(content)
        found[message["id"]] = (message["state"], message["version"])
    return found


@pytest.mark.slow
def test_whoever_is_to_be_told_is_told_however_often_the_node_is_killed(tmp_path: Path) -> None:
    rng = random.Random(8)
    with mail_in_a_thread() as mail:
        served = DeskServed(tmp_path / "node", tmp_path / "stderr", mail.address)
        token = served.token(*SCHOOLS)
        served.start()
        directory(served, tmp_path)
        connection = served.connection()
        lines = [line for school in SCHOOLS for line in beginning(school)]
        assert post(connection, token, lines)[0] == 200
        sender = Sender(served, token)
        sender.start()
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.3, 1.2))
            served.kill()
            served.start()
        sender.join()
        assert sender.faults == []

        def is_all_told() -> bool:
            told = desk(
                served.folder,
                "SELECT count(*) FROM outbox_case WHERE said = 'at once'",
            )
            waiting = desk(served.folder, "SELECT count(*) FROM outbox WHERE state <> 'sent'")
            return told[0][0] >= len(SCHOOLS) * PUPILS and waiting[0][0] == 0

        nodes.wait_until(is_all_told, "everybody is told")
        assert served.stop() == 0
        taken = Counter(each.message_id for each in mail.taken)

    folder = served.folder
    assert newest_in_casebook(folder) == newest_in_log(folder)
    assert len(newest_in_log(folder)) >= len(SCHOOLS) * PUPILS
    times = """SELECT count(*) FROM outbox_case WHERE said = 'at once' GROUP BY "case" """
    assert set(desk(folder, times)) == {(1,)}
    messages = desk(folder, "SELECT count(*) FROM outbox WHERE state = 'sent'")[0][0]
    assert len(taken) == messages
    repeats = sum(count - 1 for count in taken.values())
    print(f"{messages} messages, {repeats} repeated in {KILLS} kills")  # noqa: T201 - counted
    assert repeats <= KILLS
