"""Mentors in the demo: they open a link of a mail, and press the button there."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from demo_mails import mail, mailbox

from gemist.demo.mentors import Mentors
from gemist.demo.sender import DemoError

FORM = '<form method="post"><button name="answer" value="spoken">Yes</button></form>'
SPOKEN, SUPPORT = 1, 2


@contextmanager
def door(pages=None, status=200):
    """Answers with pages by path, else a form; gives its address, and what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(("GET", self.path, ""))
            self._say(200, (pages or {}).get(self.path, FORM))

        def do_POST(self):
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append(("POST", self.path, form))
            self._say(status, "thanks")

        def _say(self, status, page):
            self.send_response(status)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def is_mentor(address):
    return address.startswith("m")


def test_a_link_is_opened_and_its_button_is_pressed():
    with door() as (address, asked):
        assert Mentors(is_mentor).answer(mailbox(mail(door=address)).kept())
    link = f"/a/0-{SPOKEN}"
    assert asked == [("GET", link, ""), ("POST", link, "answer=spoken")]


def test_a_mail_is_answered_once_and_only_by_mentors():
    with door() as (address, asked):
        box = mailbox(mail(door=address), mail(to="head@s001.example", door=address))
        mentors = Mentors(is_mentor)
        assert [mentors.answer(box.kept()), mentors.answer(box.kept())] == [True, False]
    assert len(asked) == 2


def test_what_is_answered_is_not_always_the_same():
    with door() as (address, asked):
        mentors, box = Mentors(is_mentor), mailbox(mail(door=address), mail(door=address))
        assert [mentors.answer(box.kept()), mentors.answer(box.kept())] == [True, True]
    assert {path for _, path, _ in asked} == {f"/a/0-{SPOKEN}", f"/a/0-{SUPPORT}"}


def test_where_nothing_is_asked_any_more_the_next_case_is_answered():
    with door({f"/a/0-{SPOKEN}": "<p>taken back</p>"}) as (address, asked):
        assert Mentors(is_mentor).answer(mailbox(mail(door=address, cases=("A", "B"))).kept())
    assert [path for method, path, _ in asked if method == "POST"] == [f"/a/1-{SPOKEN}"]


def test_a_mail_without_links_is_not_answered():
    html = "<p>good news</p>"
    assert not Mentors(is_mentor).answer(mailbox(mail(html=html)).kept())


def test_a_door_that_takes_no_answer_is_said():
    with door(status=503) as (address, _), pytest.raises(DemoError, match="it says 503"):
        Mentors(is_mentor).answer(mailbox(mail(door=address)).kept())


def test_a_door_that_is_not_there_is_said():
    with pytest.raises(DemoError, match="does not answer"):
        Mentors(is_mentor).answer(mailbox(mail(door="http://127.0.0.1:1")).kept())
