"""Mail against a real server that fails in all the usual ways."""

import asyncio

import pytest
from outbox_builders import (
    HASTY,
    MovedClock,
    a_sender,
    clear,
    counted,
    error,
    last_due,
    put,
    put_three,
    rows,
    states,
)
from smtp_server import HANG_UP, NOTHING_SPECIAL, SILENCE, mail_server, speaks

from config.settings import Mail


def test_several_mails_go_over_one_connection(desk):
    async def run() -> None:
        async with mail_server() as server:
            put_three(desk)
            sender, _ = a_sender(desk, clear(server))
            assert await sender.send_due() == 3
            assert server.connections == 1
            assert len({taken.message_id for taken in server.taken}) == 3

    asyncio.run(run())


def test_without_a_mail_server_messages_wait(desk):
    put(desk)
    sender, metrics = a_sender(desk, Mail())
    assert asyncio.run(sender.send_due()) == 0
    assert (states(desk), rows(desk)[0]["tries"]) == (["waiting"], 0)
    assert counted(metrics, "gemist_messages_waiting") == 1


def test_a_server_that_is_not_there_is_tried_again_later_and_then_takes_all(desk):
    clock = MovedClock()

    async def run() -> None:
        async with mail_server() as server:
            settings = clear(server)
            async with mail_server() as other:
                gone = clear(other)
            put_three(desk)
            sender, metrics = a_sender(desk, gone, clock)
            assert await sender.send_due() == 0
            assert await sender.send_due() == 0  # nothing is due any more
            assert [row["tries"] for row in rows(desk)] == [1, 1, 1]
            assert error(desk) == "no connection to the server"
            failures = "gemist_message_failures_total"
            assert counted(metrics, failures, channel="mail", reason="no connection") == 3
            clock.now = last_due(desk)
            again, _ = a_sender(desk, settings, clock)
            assert await again.send_due() == 3

    asyncio.run(run())
    assert states(desk) == ["sent"] * 3


def test_a_server_that_takes_connections_and_says_nothing_is_left_alone(desk):
    async def run() -> None:
        async with speaks() as address:
            put_three(desk)
            sender, _ = a_sender(desk, Mail(server=address, tls="none"), patience=HASTY)
            assert await sender.send_due() == 0

    asyncio.run(run())
    assert [(row["state"], row["tries"]) for row in rows(desk)] == [("waiting", 1)] * 3
    assert error(desk) == "the server did not answer in time"


@pytest.mark.parametrize(
    ("greeting", "says"),
    [
        (b"554 5.3.2 Jan de Wit: go away\r\n", "the server cannot take messages now (554 5.3.2)"),
        (b"421 later\r\n", "the server cannot take messages now (421)"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the server cannot take messages now"),
        (b"220-" + b"x" * 60_000 + b"\r\n", "the server cannot take messages now"),
    ],
)
def test_a_server_that_greets_with_anything_but_a_welcome_is_tried_again(desk, greeting, says):
    async def run() -> None:
        async with speaks(greeting) as address:
            put(desk)
            sender, _ = a_sender(desk, Mail(server=address, tls="none"))
            assert await sender.send_due() == 0

    asyncio.run(run())
    assert (states(desk), error(desk)) == (["waiting"], says)


@pytest.mark.parametrize("stage", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_falls_silent_keeps_nobody_and_the_mail_comes_later(desk, stage):
    clock = MovedClock()

    async def run() -> None:
        async with mail_server() as server:
            put(desk)
            server.next_at[stage].append(SILENCE)
            hasty, metrics = a_sender(desk, clear(server), clock, HASTY)
            assert await hasty.send_due() == 0
            assert server.taken == []
            failures = "gemist_message_failures_total"
            assert counted(metrics, failures, channel="mail", reason="time-out") == 1
            clock.now = last_due(desk)
            patient, _ = a_sender(desk, clear(server), clock)
            assert await patient.send_due() == 1

    asyncio.run(run())


def test_after_a_time_out_the_others_wait_for_the_next_round_and_lose_no_try(desk):
    async def run() -> None:
        async with mail_server() as server:
            put_three(desk)
            server.next_at["DATA"].append(SILENCE)
            sender, _ = a_sender(desk, clear(server), patience=HASTY)
            assert await sender.send_due() == 0
            assert [row["tries"] for row in rows(desk)] == [1, 0, 0]
            assert await sender.send_due() == 2

    asyncio.run(run())


def test_a_slow_server_is_waited_for(desk):
    async def run() -> None:
        async with mail_server() as server:
            put_three(desk)
            server.pause_seconds = 0.05
            sender, _ = a_sender(desk, clear(server))
            assert await sender.send_due() == 3

    asyncio.run(run())


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
@pytest.mark.parametrize("how", [HANG_UP, "421 4.3.2 too many mails"])
def test_a_connection_cut_between_two_mails_is_made_anew_and_no_mail_notices(desk, stage, how):
    async def run() -> None:
        async with mail_server() as server:
            put_three(desk)
            sender, _ = a_sender(desk, clear(server))
            server.next_at[stage].extend([NOTHING_SPECIAL, how])
            assert await sender.send_due() == 3
            assert server.connections == 2
            assert server.recipients == [f"{name}@school.example" for name in "abc"]

    asyncio.run(run())
    assert [row["tries"] for row in rows(desk)] == [1, 1, 1]


def test_one_refused_recipient_fails_alone_and_for_good(desk):
    async def run() -> None:
        async with mail_server() as server:
            put_three(desk)
            server.next_at["RCPT"].extend([NOTHING_SPECIAL, "550 5.1.1 <b@school.example> unknown"])
            sender, metrics = a_sender(desk, clear(server))
            assert await sender.send_due() == 2
            assert server.recipients == ["a@school.example", "c@school.example"]
            assert server.connections == 1
            failures = "gemist_message_failures_total"
            assert counted(metrics, failures, channel="mail", reason="address") == 1
            assert counted(metrics, "gemist_messages_dead") == 1

    asyncio.run(run())
    assert states(desk) == ["sent", "dead", "sent"]
    assert rows(desk)[1]["error"] == "the address was refused (550 5.1.1)"


@pytest.mark.parametrize(
    ("stage", "answer", "state", "says"),
    [
        ("RCPT", "450 4.2.0 greylisted", "waiting", "the address was refused (450 4.2.0)"),
        ("RCPT", "552 5.2.2 mailbox full", "waiting", "the address was refused (552 5.2.2)"),
        ("RCPT", "553 no such mailbox", "dead", "the address was refused (553)"),
        ("DATA", "451 4.3.0 in a moment", "waiting", "the message was refused (451 4.3.0)"),
        ("DATA", "554 5.7.1 spam", "dead", "the message was refused (554 5.7.1)"),
    ],
)
def test_what_a_server_says_of_a_mail_decides_whether_it_is_tried_again(
    desk, stage, answer, state, says
):
    async def run() -> None:
        async with mail_server() as server:
            put_three(desk)
            server.next_at[stage].append(answer)
            sender, _ = a_sender(desk, clear(server))
            assert await sender.send_due() == 2

    asyncio.run(run())
    assert (states(desk), error(desk)) == ([state, "sent", "sent"], says)


@pytest.mark.parametrize(
    ("stage", "answer", "says"),
    [
        ("MAIL", "550 5.7.1 no such sender", "the server refused the sender's address (550 5.7.1)"),
        ("MAIL", "452 4.3.1 disk full", "the server refused the sender's address (452 4.3.1)"),
        (
            "RCPT",
            "530 5.7.0 sign in first",
            "the server refused to let the sender sign in (530 5.7.0)",
        ),
    ],
)
def test_what_is_wrong_with_the_sender_kills_no_message(desk, stage, answer, says):
    async def run() -> None:
        async with mail_server() as server:
            put_three(desk)
            server.always_at[stage] = answer
            sender, _ = a_sender(desk, clear(server))
            assert await sender.send_due() == 0

    asyncio.run(run())
    assert [(row["state"], row["tries"]) for row in rows(desk)] == [("waiting", 1)] * 3
    assert error(desk) == says


def test_a_mail_taken_without_an_answer_comes_again_with_the_same_message_id(desk):
    clock = MovedClock()

    async def run() -> None:
        async with mail_server() as server:
            put_three(desk)
            server.next_at["TAKEN"].append(HANG_UP)
            sender, _ = a_sender(desk, clear(server), clock)
            assert await sender.send_due() == 2
            clock.now = last_due(desk)
            assert await sender.send_due() == 1
            ids = [taken.message_id for taken in server.taken]
            assert len(ids) == 4
            assert ids[0] == ids[3]
            assert len(set(ids)) == 3

    asyncio.run(run())
    assert states(desk) == ["sent"] * 3
