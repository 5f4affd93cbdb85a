"""What a mail is made of, and hostile text in every part of it."""

import asyncio

import pytest
from outbox_builders import (
    NOW,
    MovedClock,
    a_sender,
    clear,
    counted,
    error,
    put,
    rows,
    states,
)
from smtp_server import mail_server

from alerts.desk.channels.text import message_id
from alerts.desk.letter import Letter

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
