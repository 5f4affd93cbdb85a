"""Webhooks against a real receiver that fails in all the usual ways."""

import asyncio
import json

import pytest
import receiver as receives
import trustme
from certificates import an_authority, certified
from outbox_builders import (
    HASTY,
    NOW,
    MovedClock,
    a_sender,
    counted,
    last_due,
    put,
    rows,
    states,
)
from receiver import SECRET, receiver
from smtp_server import mail_server, speaks
from sqlalchemy import Engine
from standardwebhooks import Webhook, WebhookVerificationError

from alerts.desk.letter import Letter
from config.settings import Mail
from gemist.clock import now as wall_clock

HOOKS = Mail(webhook_secret=SECRET)
FAILURES = "gemist_message_failures_total"


def put_three(desk: Engine, address: str) -> None:
    for name in ("a", "b", "c"):
        put(desk, name, address=f"{address}/{name}")


def test_a_webhook_is_signed_as_the_standard_has_it_and_says_what_the_mail_says(desk):
    async def run() -> None:
        async with receiver() as there:
            put(desk, address=there.address, now=1_700_000_000)
            sender, metrics = a_sender(desk, HOOKS, MovedClock(wall_clock()))
            assert await sender.send_due() == 1
            (came,) = there.came
            assert Webhook(SECRET).verify(came.body, came.headers) == {
                "type": "message.digest",
                "timestamp": "2023-11-14T22:13:20Z",
                "data": {"school": "01AB", "cases": []},
            }
            assert came.headers["Content-Type"] == "application/json"
            with pytest.raises(WebhookVerificationError):
                Webhook(SECRET).verify(came.body.replace("01AB", "01AC"), came.headers)
            assert counted(metrics, "gemist_messages_sent_total", channel="webhook") == 1

    asyncio.run(run())
    assert states(desk) == ["sent"]


def test_each_try_has_the_same_id_and_its_own_time(desk):
    clock = MovedClock()

    async def run() -> None:
        async with receiver() as there:
            there.next.append(receives.says(500))
            put(desk, address=there.address)
            sender, _ = a_sender(desk, HOOKS, clock)
            assert await sender.send_due() == 0
            clock.now = last_due(desk)
            assert await sender.send_due() == 1
            first, second = (came.headers for came in there.came)
            assert first["webhook-id"] == second["webhook-id"]
            assert first["webhook-timestamp"] == str(NOW)
            assert second["webhook-timestamp"] == str(int(clock.now))
            assert first["webhook-signature"] != second["webhook-signature"]

    asyncio.run(run())


def test_without_a_secret_webhooks_wait_and_mail_goes(desk):
    async def run() -> None:
        async with mail_server() as server, receiver() as there:
            put(desk, "hook", address=there.address)
            put(desk, "mail")
            sender, _ = a_sender(desk, Mail(server=server.address, tls="none"))
            assert await sender.send_due() == 1
            assert there.came == []

    asyncio.run(run())
    assert states(desk) == ["waiting", "sent"]


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        (500, "waiting", "the server cannot take messages now (500)"),
        (503, "waiting", "the server cannot take messages now (503)"),
        (429, "waiting", "the server cannot take messages now (429)"),
        (408, "waiting", "the server cannot take messages now (408)"),
        (410, "dead", "the address was refused (410)"),
        (404, "dead", "the address was refused (404)"),
        (401, "dead", "the address was refused (401)"),
        (304, "dead", "the address was refused (304)"),
    ],
)
def test_what_a_receiver_answers_decides_whether_it_is_tried_again(desk, status, state, error):
    async def run() -> None:
        async with receiver() as there:
            put_three(desk, there.address)
            there.next.append(receives.says(status))
            sender, _ = a_sender(desk, HOOKS)
            assert await sender.send_due() == 2

    asyncio.run(run())
    (failed,) = [row for row in rows(desk) if row["state"] != "sent"]
    assert (failed["state"], failed["error"]) == (state, error)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("7200", 7200), ("Mon, 30 Nov 2026 02:53:20 GMT", 7200), ("99999999", 24 * 3600)],
)
def test_a_receiver_is_left_alone_for_as_long_as_it_asks(desk, asked, seconds):
    async def run() -> None:
        async with receiver() as there:
            put(desk, address=there.address)
            there.always = receives.says(503, Retry_After=asked)
            sender, _ = a_sender(desk, HOOKS)
            await sender.send_due()

    asyncio.run(run())
    assert rows(desk)[0]["due_at"] == NOW + seconds


@pytest.mark.parametrize("asked", ["soon", "-5", "Mon, 99 Nov 2026 00:00:00 GMT", "1" * 5000])
def test_a_wish_without_sense_is_not_waited_for(desk, asked):
    async def run() -> None:
        async with receiver() as there:
            put(desk, address=there.address)
            there.always = receives.says(503, Retry_After=asked)
            sender, _ = a_sender(desk, HOOKS)
            await sender.send_due()

    asyncio.run(run())
    assert 0 < rows(desk)[0]["due_at"] - NOW < 90


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed(desk, status):
    async def run() -> None:
        async with receiver() as there, receiver() as elsewhere:
            there.always = receives.says(status, Location=elsewhere.address)
            put(desk, address=there.address)
            sender, _ = a_sender(desk, HOOKS)
            assert await sender.send_due() == 0
            assert elsewhere.came == []

    asyncio.run(run())
    assert states(desk) == ["dead"]


def test_a_receiver_that_is_not_there_is_tried_again(desk):
    async def run() -> None:
        async with receiver() as there:
            address = there.address
        put(desk, address=address)
        sender, metrics = a_sender(desk, HOOKS)
        assert await sender.send_due() == 0
        assert counted(metrics, FAILURES, channel="webhook", reason="no connection") == 1

    asyncio.run(run())
    assert states(desk) == ["waiting"]


def test_a_receiver_that_hangs_up_is_tried_again(desk):
    async def run() -> None:
        async with receiver() as there:
            there.always = receives.hang_up
            put(desk, address=there.address)
            sender, metrics = a_sender(desk, HOOKS)
            assert await sender.send_due() == 0
            assert len(there.came) == 1
            assert counted(metrics, FAILURES, channel="webhook", reason="cut off") == 1

    asyncio.run(run())
    assert states(desk) == ["waiting"]


def test_a_receiver_that_never_answers_keeps_nobody(desk):
    async def run() -> None:
        async with receiver() as there:
            there.next.append(receives.silence)
            put_three(desk, there.address)
            sender, metrics = a_sender(desk, HOOKS, patience=HASTY)
            assert await sender.send_due() == 2
            assert counted(metrics, FAILURES, channel="webhook", reason="time-out") == 1

    asyncio.run(run())
    assert sorted(states(desk)) == ["sent", "sent", "waiting"]


def test_somebody_who_takes_connections_and_speaks_no_http_is_tried_again(desk):
    async def run() -> None:
        async with speaks(b"220 mail.example ESMTP\r\n") as mail, speaks() as nobody:
            put(desk, "mail", address=f"http://{mail}/")
            put(desk, "nobody", address=f"http://{nobody}/")
            sender, _ = a_sender(desk, HOOKS, patience=HASTY)
            assert await sender.send_due() == 0

    asyncio.run(run())
    assert states(desk) == ["waiting", "waiting"]


def test_a_yes_is_enough_whatever_else_is_said(desk):
    async def run() -> None:
        async with receiver() as there:
            there.always = receives.endless
            put(desk, address=there.address)
            sender, _ = a_sender(desk, HOOKS)
            assert await sender.send_due() == 1

    asyncio.run(run())


def test_slow_receivers_are_waited_for_several_at_a_time(desk):
    async def run() -> None:
        async with receiver() as there:
            there.always = receives.later(0.2)
            for number in range(20):
                put(desk, str(number), address=there.address)
            sender, _ = a_sender(desk, HOOKS)
            assert await sender.send_due() == 20
            assert there.most_at_once == 8

    asyncio.run(run())


def test_https_is_trusted_by_the_authority_and_by_the_name(desk, tmp_path):
    made, path = an_authority(tmp_path)

    async def run() -> None:
        async with (
            receiver(certified(made, "localhost")) as right,
            receiver(certified(made, "school.example")) as other_name,
            receiver(certified(trustme.CA(), "localhost")) as other_authority,
        ):
            for there in (right, other_name, other_authority):
                put(desk, str(there.port), address=f"https://localhost:{there.port}/hook")
            sender, metrics = a_sender(desk, Mail(webhook_secret=SECRET, authority=path))
            assert await sender.send_due() == 1
            assert (len(right.came), other_name.came, other_authority.came) == (1, [], [])
            assert counted(metrics, FAILURES, channel="webhook", reason="tls") == 2

    asyncio.run(run())
    assert states(desk) == ["sent", "waiting", "waiting"]
    assert rows(desk)[1]["error"] == "no connection that can be trusted (certificate or TLS)"


@pytest.mark.parametrize(
    "address",
    [
        "http://school.example/hook",
        "http://10.0.0.5/hook",
        "https://",
        "https://user:password@school.example/",
        "https://school.example:99999/",
        "https://school.example/\r\nX: y",
        "https://[::1/",
        "https://localhost /",
        "https://school.example/" + "a" * 10_000,
    ],
)
def test_an_address_that_cannot_be_one_is_dead_at_once(desk, address):
    put(desk, address=address)
    sender, _ = a_sender(desk, HOOKS)
    assert asyncio.run(sender.send_due()) == 0
    assert states(desk) == ["dead"]
    assert rows(desk)[0]["error"] == "the address was refused (it cannot be one)"


def test_cookies_of_one_receiver_are_not_told_to_another(desk):
    async def run() -> None:
        async with receiver() as there:
            there.always = receives.says(204, Set_Cookie="school=01AB; Path=/")
            for number in range(20):
                put(desk, str(number), address=f"http://localhost:{there.port}/hook")
            sender, _ = a_sender(desk, HOOKS)
            assert await sender.send_due() == 20
            assert {came.headers.get("Cookie") for came in there.came} == {None}

    asyncio.run(run())


def test_hostile_text_stays_text(desk):
    text = "</script>\r\n\x00\u202e" + "é" * 10_000
    letter = Letter(subject=text, plain=text, html=text, data={"name": text})

    async def run() -> None:
        async with receiver() as there:
            put(desk, address=there.address, letter=letter)
            sender, _ = a_sender(desk, HOOKS)
            assert await sender.send_due() == 1
            assert json.loads(there.came[0].body)["data"] == {"name": text}

    asyncio.run(run())
