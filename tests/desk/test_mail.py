"""Mail against a real server that fails in all the usual ways."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from certificates import an_authority, certified
from outbox_builders import (
    HASTY,
    LETTER,
    NOW,
    PATIENT,
    MovedClock,
    a_desk,
    a_sender,
    counted,
    last_due,
    put,
    rows,
    states,
)
from smtp_server import HANG_UP, NOTHING_SPECIAL, SILENCE, MailServer, mail_server, speaks
from sqlalchemy import Engine

from alerts.desk.channels.checking import check
from alerts.desk.channels.failure import Undelivered
from alerts.desk.channels.mail import Post
from alerts.desk.channels.text import mail_of, message_id
from alerts.desk.channels.tls import trusting
from alerts.desk.letter import Letter
from config.settings import Mail, SettingsError

HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Engine]:
    yield from a_desk(tmp_path)


@pytest.fixture
def authority(tmp_path: Path) -> tuple[trustme.CA, Path]:
    return an_authority(tmp_path)


def clear(server: MailServer, **more: str) -> Mail:
    """Settings for a server of this machine."""
    return Mail(server=server.address, tls="none", sender="gemist@school.example", **more)


def error(desk: Engine) -> object:
    return rows(desk)[0]["error"]


def put_three(desk: Engine) -> None:
    for name in ("a", "b", "c"):
        put(desk, name, address=f"{name}@school.example")


def test_a_mail_has_both_texts_and_says_who_when_and_that_a_program_wrote_it(desk):
    async def run() -> None:
        async with mail_server() as server:
            put(desk)
            sender, metrics = a_sender(desk, clear(server), MovedClock(NOW + 7))
            assert await sender.send_due() == 1
            assert await sender.send_due() == 0
            (taken,) = server.taken
            mail = taken.mail
            assert (taken.sender, taken.recipients) == (
                "gemist@school.example",
                ("m17@school.example",),
            )
            assert mail["From"] == "gemist <gemist@school.example>"
            assert mail["To"] == "m17@school.example"
            assert mail["Subject"] == "3 new signals"
            assert mail["Date"].datetime.timestamp() == NOW
            assert mail["Auto-Submitted"] == "auto-generated"
            assert mail.get_body(("plain",)).get_content() == "Good morning.\r\n"
            assert mail.get_body(("html",)).get_content() == "<p>Good morning.</p>\r\n"
            assert counted(metrics, "gemist_messages_sent_total", channel="mail") == 1
            assert counted(metrics, "gemist_messages_waiting") == 0

    asyncio.run(run())
    (row,) = rows(desk)
    assert (row["state"], row["sent_at"]) == ("sent", NOW + 7)


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


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_server_with_a_certificate_that_the_authority_vouches_for_gets_mail_in_secret(
    desk, authority, tls
):
    made, path = authority

    async def run() -> None:
        context = certified(made, "localhost")
        async with mail_server(
            context, is_implicit=tls == "implicit", users={"gemist": "pässword"}
        ) as server:
            put_three(desk)
            settings = Mail(
                server=f"localhost:{server.port}",
                tls=tls,
                authority=path,
                user="gemist",
                password="pässword",
            )
            sender, _ = a_sender(desk, settings)
            assert await sender.send_due() == 3
            assert all(taken.was_secret for taken in server.taken)
            assert server.connections == 1

    asyncio.run(run())


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("wrong", ["name", "authority"])
def test_a_wrong_certificate_gets_no_mail_and_no_password(desk, authority, tls, wrong):
    made, path = authority

    async def run() -> None:
        issuer = made if wrong == "name" else trustme.CA()
        context = certified(issuer, "mail.example" if wrong == "name" else "localhost")
        async with mail_server(context, is_implicit=tls == "implicit") as server:
            put_three(desk)
            settings = Mail(server=f"localhost:{server.port}", tls=tls, authority=path)
            sender, metrics = a_sender(desk, settings)
            assert await sender.send_due() == 0
            assert server.taken == []
            failures = "gemist_message_failures_total"
            assert counted(metrics, failures, channel="mail", reason="tls") == 3

    asyncio.run(run())
    assert [(row["state"], row["tries"]) for row in rows(desk)] == [("waiting", 1)] * 3
    assert error(desk) == "no connection that can be trusted (certificate or TLS)"


def test_where_no_starttls_is_offered_nothing_goes_in_clear_text(desk):
    async def run() -> None:
        async with mail_server() as server:
            put_three(desk)
            settings = Mail(server=server.address, tls="starttls", user="gemist", password="secret")
            sender, _ = a_sender(desk, settings)
            assert await sender.send_due() == 0
            assert await sender.send_due() == 0
            assert server.taken == []

    asyncio.run(run())
    assert states(desk) == ["waiting"] * 3
    assert error(desk) == "no connection that can be trusted (certificate or TLS)"


def test_the_same_connection_is_not_used_in_clear_text_after_starttls_failed():
    async def run() -> None:
        async with mail_server() as server:
            settings = Mail(server=server.address, tls="starttls")
            async with Post(settings, trusting(None), PATIENT) as post:
                mail = mail_of("k", LETTER, "m17@school.example", settings.sender, NOW)
                for _ in range(2):
                    with pytest.raises(Undelivered, match="trusted"):
                        await post.send(mail, "m17@school.example")
            assert server.taken == []
            assert server.connections == 2

    asyncio.run(run())


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_refused_sign_in_kills_no_message(desk, password):
    async def run() -> None:
        async with mail_server(users={"gemist": "right"}) as server:
            put(desk)
            sender, _ = a_sender(desk, clear(server, user="gemist", password=password))
            assert await sender.send_due() == 0

    asyncio.run(run())
    assert (states(desk), error(desk)) == (
        ["waiting"],
        "the server refused to let the sender sign in (535 5.7.8)",
    )


def test_a_server_that_knows_no_sign_in_is_not_written_to_without(desk):
    async def run() -> None:
        async with mail_server() as server:
            put(desk)
            sender, _ = a_sender(desk, clear(server, user="gemist", password="secret"))
            server.always_at["EHLO"] = "250 mail.example"
            assert await sender.send_due() == 0
            assert server.taken == []

    asyncio.run(run())
    assert error(desk) == "the server refused to let the sender sign in"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "Noor de Wit",
        "a@school.example, b@school.example",
        "a@school.example\r\nRCPT TO:<b@evil.example>",
        "a@school.example\nBcc: b@evil.example",
        "<a@school.example>",
        '"a b"@school.example',
        "a@school.example SIZE=1",
        "a@\u202eelpmaxe.loohcs",
        "a" * 10_000 + "@school.example",
        "http://school.example/hook",
    ],
)
def test_what_is_not_one_address_is_dead_at_once_and_reaches_no_server(desk, address):
    async def run() -> None:
        async with mail_server() as server:
            put(desk, address=address)
            put(desk, "good", address="good@school.example")
            settings = clear(server, webhook_secret="whsec_" + "A" * 32)
            sender, _ = a_sender(desk, settings)
            assert await sender.send_due() == 1
            assert server.recipients == ["good@school.example"]

    asyncio.run(run())
    assert states(desk) == ["dead", "sent"]
    assert error(desk) == "the address was refused (it cannot be one)"


@pytest.mark.parametrize(
    "text",
    [
        "signals\r\nBcc: all@evil.example",
        "signals\n\n<script>alert(1)</script>",
        "signals\x00\x0b\x0c\x1c\x85\u2028Bcc: all@evil.example",
        "=?utf-8?q?Bcc=3A_all=40evil=2Eexample?=\r\n\t Bcc: x",
        "\u202eslangis \u200f\u2066",
        "\U0001f600" * 10_000,
        "a" * 10_000,
    ],
)
def test_hostile_text_makes_no_header_and_no_second_mail(desk, text):
    letter = Letter(subject=text, plain=f"{text}\r\n.\r\nQUIT\r\n", html=text, data={})

    async def run() -> None:
        async with mail_server() as server:
            put(desk, letter=letter)
            sender, _ = a_sender(desk, clear(server))
            assert await sender.send_due() == 1
            (taken,) = server.taken
            mail = taken.mail
            assert taken.content.isascii()
            assert max(len(line) for line in taken.content.splitlines()) <= 200
            assert mail.keys() == HEADERS
            assert taken.recipients == ("m17@school.example",)
            assert len(mail["Subject"]) <= 200
            assert not any(mark in mail["Subject"] for mark in "\u202e\u200f\u2066\u2028")
            plain = mail.get_body(("plain",)).get_content()
            assert plain.splitlines()[-2:] == [".", "QUIT"]

    asyncio.run(run())


def test_the_message_id_is_of_the_key_alone_and_of_the_senders_domain():
    one = message_id("digest/01AB/m17/mentor/2026-11-25", "gemist@school.example")
    assert one == message_id("digest/01AB/m17/mentor/2026-11-25", "desk@school.example")
    assert one != message_id("digest/01AB/m18/mentor/2026-11-25", "gemist@school.example")
    assert one == "<8e15a996af806abe5a145c86cc3465d460521373@school.example>"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"server": "mail.example:25", "tls": "none"}, "mail.tls: .* on this machine"),
        ({"server": "10.0.0.5:25", "tls": "none"}, "mail.tls: .* on this machine"),
        ({"server": "mail.example:0"}, "mail.server: .* is no host:port"),
        ({"server": "mail..example:25"}, "mail.server: .* is no host:port"),
        ({"sender": "gemist@schóól@example"}, "mail.sender: .* is no mail address"),
        ({"webhook_secret": "whsec_" + "A" * 33}, "mail.webhook_secret: is no base64"),
        ({"authority": Path("/nowhere.pem")}, "mail.authority: .* cannot be read"),
        ({"authority": Path(__file__)}, "mail.authority: .* is no PEM file"),
    ],
)
def test_settings_by_which_nothing_can_go_out_are_refused_in_one_line(settings, says):
    with pytest.raises(SettingsError, match=says) as refused:
        check(Mail(**settings))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8"])
def test_clear_text_is_for_this_machine(host):
    check(Mail(server=f"{host}:25", tls="none"))
