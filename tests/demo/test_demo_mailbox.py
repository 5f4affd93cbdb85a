"""The demo's mail server and the page on which its mails are read."""

import smtplib
from contextlib import closing
from http import HTTPStatus
from urllib.request import urlopen

import pytest
from demo_mails import mail, mailbox

from alerts.words import Language
from gemist.demo.mail_page import answer, showing
from gemist.demo.mailbox import MOST_KEPT, Mailbox, catching
from gemist.demo.speech import speech

ENGLISH = speech(Language.ENGLISH)
EVIL = '<script>alert(1)</script>"&'


def whom(each):
    return f"somebody <{each.to}>"


def page(box, path="/", say=ENGLISH):
    status, body, policy = answer(path, box, whom, say)
    return status, body.decode(), policy


def test_what_is_sent_is_kept_in_the_order_in_which_it_came():
    with catching() as box:
        host, _, port = box.address.partition(":")
        assert host == "127.0.0.1"
        with smtplib.SMTP(host, int(port)) as server:
            for number in (1, 2, 3):
                server.send_message(mail(subject=f"n{number}"), "gemist@demo.example")
    assert [(each.number, each.subject) for each in box.kept()] == [(3, "n3"), (2, "n2"), (1, "n1")]
    assert [each.number for each in box.since(1)] == [2, 3]
    assert box.newest == box.mail(3)
    assert box.newest.to == "m1.1@s001.example"
    assert "Missed 8 hours" in box.newest.plain
    assert box.newest.html.startswith("<!doctype html>")


def test_it_ends_also_while_somebody_is_connected():
    with catching() as box:
        host, _, port = box.address.partition(":")
        server = smtplib.SMTP(host, int(port))
        server.noop()
    with closing(server), pytest.raises(smtplib.SMTPServerDisconnected):
        server.noop()


def test_of_many_the_newest_are_kept_and_all_are_counted():
    box = mailbox(*[mail(subject=f"n{number}") for number in range(MOST_KEPT + 5)])
    assert (box.count, len(box.kept())) == (MOST_KEPT + 5, MOST_KEPT)
    assert box.mail(5) is None
    assert box.mail(6).subject == "n5"


def test_the_page_opens_the_newest_and_lists_all():
    box = mailbox(mail(subject="first"), mail(subject="second"))
    status, said, _ = page(box)
    assert status == HTTPStatus.OK
    assert 'src="/mails/2/content"' in said
    assert said.index('href="/mails/2" aria-current="page"') < said.index('href="/mails/1"')
    assert 'src="/mails/1/content"' in page(box, "/mails/1")[1]


def test_before_the_first_mail_the_page_says_when_it_comes():
    status, said, _ = page(Mailbox())
    assert status == HTTPStatus.OK
    assert "No mail has come yet" in said


def test_in_dutch_the_page_says_so_and_speaks_it():
    _, said, _ = page(mailbox(mail()), say=speech(Language.DUTCH))
    assert said.startswith('<!doctype html><html lang="nl">')
    for words in ("Tot nu toe 1, aan niemand", "<dt>Over</dt>", "Open de nieuwste"):
        assert words in said


@pytest.mark.parametrize("path", ["/mails/3", "/mails/3/content", "/mails/", "/other", "/mails/x"])
def test_what_is_not_there_is_not_found(path):
    assert page(mailbox(mail()), path)[0] == HTTPStatus.NOT_FOUND


def test_hostile_text_is_text_and_nothing_comes_from_elsewhere():
    box = mailbox(mail(subject=EVIL))
    _, said, policy = page(box)
    assert "<script" not in said
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in said
    assert "somebody &lt;m1.1@s001.example&gt;" in said
    assert policy.startswith("default-src 'none'; ")
    assert "http:" not in said.replace("http-equiv", "")
    _, shown, policy = page(box, "/mails/1/content")
    assert shown.startswith('<!doctype html><html><head><base target="_blank">')
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "script" not in policy


def test_it_is_served_to_this_machine_with_its_policy():
    with showing(mailbox(mail(subject="hello")), whom, ENGLISH) as address:
        assert address.startswith("http://127.0.0.1:")
        with urlopen(address, timeout=20) as answered:
            assert b"hello" in answered.read()
            assert answered.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert answered.headers["Referrer-Policy"] == "no-referrer"
