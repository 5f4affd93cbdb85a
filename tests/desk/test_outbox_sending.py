"""Sending an outbox: killed, cancelled, with a database that fails: nothing lost, nothing twice.

But where a kill falls between a server's 250 and its being written down: then once more, with the
same Message-ID.
"""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbox_builders import (
    NOW,
    MovedClock,
    a_desk,
    a_sender,
    last_due,
    put,
    rows,
    states,
)
from smtp_server import HANG_UP, NOTHING_SPECIAL, SILENCE, mail_server
from sqlalchemy import Engine, delete
from sqlalchemy.exc import OperationalError

from alerts.desk import outbox
from alerts.desk.channels.patience import Patience
from alerts.desk.tables import OUTBOX
from config.settings import Mail

CHILD = """
import asyncio, os, signal, sys
from random import Random
from alerts.desk import outbox
from alerts.desk.channels.sender import Sender
from alerts.desk.database import open_desk
from config.metrics import new_metrics
from config.settings import Mail

url, server, now, dies_at = sys.argv[1:]
write_down, left = outbox.sent, int(dies_at)

def sent(connection, message, at):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    write_down(connection, message, at)

outbox.sent = sent
mail = Mail(server=server, tls="none")
sender = Sender(open_desk(url), mail, lambda: float(now), Random(1), new_metrics())
asyncio.run(sender.send_due())
"""


def put_some(desk: Engine, number: int) -> None:
    for name in range(number):
        put(desk, f"k{name}", address=f"m{name}@school.example")


def test_killed_between_the_servers_250_and_its_being_written_down_a_mail_is_repeated_alone(desk):
    kills = 3

    async def run() -> Counter[str]:
        async with mail_server() as server:
            put_some(desk, 6)
            for _ in range(kills):
                child = await asyncio.create_subprocess_exec(
                    sys.executable, "-c", CHILD, str(desk.url), server.address, str(NOW), "2"
                )
                assert await child.wait() == -signal.SIGKILL
            sender, _ = a_sender(desk, Mail(server=server.address, tls="none"))
            await sender.send_due()
            assert await sender.send_due() == 0
            return Counter(taken.message_id for taken in server.taken)

    taken = asyncio.run(run())
    assert states(desk) == ["sent"] * 6
    assert sorted(taken.values()) == [1, 1, 1, 2, 2, 2]


FAULTS = st.sampled_from(
    [
        ("TAKEN", HANG_UP),
        ("TAKEN", "killed"),
        ("RCPT", "450 4.2.0 later"),
        ("MAIL", "421 4.3.2 closing"),
        ("DATA", HANG_UP),
        ("DATA", NOTHING_SPECIAL),
    ]
)


class Killed(BaseException):
    """The process is no more; what it only remembered is gone."""


@pytest.fixture(scope="module")
def desk_of_many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    yield from a_desk(tmp_path_factory.mktemp("desk"))


@given(faults=st.lists(FAULTS, max_size=8), number=st.integers(1, 4))
def test_whatever_fails_every_message_arrives_and_repeats_are_few_and_the_same(
    desk_of_many, faults, number
):
    desk = desk_of_many
    with desk.begin() as connection:
        connection.execute(delete(OUTBOX))
    clock = MovedClock()
    kills = [fault == ("TAKEN", "killed") for fault in faults]

    def sent(connection, message, at):
        if kills and kills.pop(0):
            raise Killed
        outbox_sent(connection, message, at)

    outbox_sent = outbox.sent

    async def run() -> Counter[str]:
        async with mail_server() as server:
            for stage, does in faults:
                if does != "killed":
                    server.next_at[stage].append(does)
            put_some(desk, number)
            while "waiting" in states(desk):
                sender, _ = a_sender(desk, Mail(server=server.address, tls="none"), clock)
                try:
                    await sender.send_due()
                except Killed:
                    continue
                if "waiting" in states(desk):
                    clock.now = max(clock.now, last_due(desk))
            return Counter(taken.message_id for taken in server.taken)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox, "sent", sent)
        taken = asyncio.run(run())
    assert states(desk) == ["sent"] * number
    assert len(taken) == number
    could_repeat = [fault for fault in faults if fault[0] == "TAKEN"]
    assert taken.total() - number <= len(could_repeat)


def test_what_cannot_be_written_down_is_not_sent_again_and_nothing_else_is(desk, monkeypatch):
    write_down = outbox.sent
    no_room = OperationalError("UPDATE outbox", {}, Exception("database or disk is full"))

    def refuse(*_: object) -> None:
        raise no_room

    async def run() -> None:
        async with mail_server() as server:
            put_some(desk, 3)
            sender, _ = a_sender(desk, Mail(server=server.address, tls="none"))
            monkeypatch.setattr(outbox, "sent", refuse)
            for _ in range(3):
                with pytest.raises(OperationalError):
                    await sender.send_due()
            assert server.recipients == ["m0@school.example"]
            monkeypatch.setattr(outbox, "sent", write_down)
            assert await sender.send_due() == 2
            assert server.recipients == [f"m{number}@school.example" for number in range(3)]

    asyncio.run(run())
    assert states(desk) == ["sent"] * 3


def test_cancelled_what_is_under_way_comes_to_its_end_and_nothing_is_begun(desk):
    async def run() -> None:
        async with mail_server() as server:
            server.pause_seconds = 0.1
            put_some(desk, 3)
            sender, _ = a_sender(desk, Mail(server=server.address, tls="none"))
            sending = asyncio.create_task(sender.send_due())
            await server.begun.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert server.recipients == ["m0@school.example"]

    asyncio.run(run())
    assert states(desk) == ["sent", "waiting", "waiting"]
    assert [row["tries"] for row in rows(desk)] == [1, 0, 0]


def test_cancelled_while_a_server_is_silent_it_ends_all_the_same(desk):
    async def run() -> None:
        async with mail_server() as server:
            server.always_at["DATA"] = SILENCE
            put_some(desk, 1)
            settings = Mail(server=server.address, tls="none")
            sender, _ = a_sender(desk, settings, patience=Patience(farewell_seconds=0.05))
            sending = asyncio.create_task(sender.send_due())
            await server.begun.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(sending, 10)

    asyncio.run(run())
    assert (states(desk), rows(desk)[0]["tries"]) == (["waiting"], 0)


def test_the_desk_is_free_for_others_while_a_server_is_waited_for(desk):
    async def run() -> None:
        async with mail_server() as server:
            server.pause_seconds = 0.2
            put_some(desk, 1)
            sender, _ = a_sender(desk, Mail(server=server.address, tls="none"))
            sending = asyncio.create_task(sender.send_due())
            await server.begun.wait()
            with desk.connect() as connection:
                # SQLite's one pen is refused at once where another has it.
                connection.exec_driver_sql("PRAGMA busy_timeout = 0")
            put(desk, "from another hand")
            assert not sending.done()
            assert await sending == 1

    asyncio.run(run())
    assert states(desk) == ["sent", "waiting"]


def test_a_round_ends_so_that_the_desk_can_do_something_else(desk):
    async def run() -> None:
        async with mail_server() as server:
            server.pause_seconds = 0.1
            put_some(desk, 4)
            settings = Mail(server=server.address, tls="none")
            sender, _ = a_sender(desk, settings, patience=Patience(round_seconds=0.05))
            assert await sender.send_due() == 1
            assert await sender.send_due() == 1

    asyncio.run(run())
    assert [row["tries"] for row in rows(desk)] == [1, 1, 0, 0]


def test_a_server_that_always_says_later_kills_the_messages_only_after_two_days(desk):
    clock = MovedClock()

    async def run() -> None:
        async with mail_server() as server:
            server.always_at["RCPT"] = "451 4.3.0 not now"
            put_some(desk, 1)
            sender, _ = a_sender(desk, Mail(server=server.address, tls="none"), clock)
            while states(desk) == ["waiting"]:
                clock.now = last_due(desk)
                assert await sender.send_due() == 0

    asyncio.run(run())
    assert states(desk) == ["dead"]
    assert clock.now - NOW > 1.5 * 86_400
    assert rows(desk)[0]["tries"] == 16
