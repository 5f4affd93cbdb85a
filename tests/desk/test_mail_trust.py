"""Mail goes only where it is safe: certificates, STARTTLS, signing in, and settings."""

import asyncio
from pathlib import Path

import pytest
import trustme
from certificates import an_authority, certified
from outbox_builders import (
    LETTER,
    NOW,
    PATIENT,
    a_sender,
    clear,
    counted,
    error,
    put,
    put_three,
    rows,
    states,
)
from smtp_server import mail_server

from alerts.desk.channels.checking import check
from alerts.desk.channels.failure import Undelivered
from alerts.desk.channels.mail import Post
from alerts.desk.channels.text import mail_of
from alerts.desk.channels.tls import trusting
from config.settings import Mail, SettingsError


@pytest.fixture
def authority(tmp_path: Path) -> tuple[trustme.CA, Path]:
    return an_authority(tmp_path)


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
