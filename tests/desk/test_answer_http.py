"""Answers through the node's door: a GET changes nothing, a POST is an event of the log."""

import logging

import pytest
from answer_stage import ADDRESS, a_stage
from digests import CARE, MENTOR, case
from litestar.testing import TestClient
from nodes import events_in, node
from sqlalchemy import text

from alerts.desk.answer.pages import HEADERS
from config.metrics import new_metrics
from config.settings import Gateway
from models.events.checks import Reject, read_line
from models.events.types import Action
from streams.gateway.app import build_gateway
from streams.gateway.log import BusyError, Outcome, UnkeptError

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}


class NoTokens:
    """Nobody may send events."""

    def schools_of(self, _token):
        return None


class Obstructed:
    """A log that fails when it is told to."""

    def __init__(self, log):
        self._log = log
        self.trouble = None

    async def append(self, arrivals):
        if isinstance(self.trouble, Exception):
            raise self.trouble
        return self.trouble or await self._log.append(arrivals)

    def unready(self):
        return None


class Door:
    """A node, its door, a desk, and a mentor's case."""

    def __init__(self, stage, client, log, folder):
        self.stage, self.client, self.log = stage, client, log
        self._folder = folder
        self.case = stage.take(case(pupil="p81"))
        self.path = f"/a/{stage.token(MENTOR, self.case)}"

    def press(self, answer="spoken", **headers):
        return self.client.post(self.path, content=f"answer={answer}", headers=FORM | headers)

    def written(self):
        events = (read_line(line, 0)[0] for line in events_in(self._folder))
        return [(each.action, each.pupil, each.by) for each in events]


@pytest.fixture
def door(tmp_path):
    with a_stage(tmp_path) as stage, node(tmp_path / "node") as log:
        obstructed = Obstructed(log)
        app = build_gateway(
            obstructed, NoTokens(), Gateway(), new_metrics(), stage.clock, stage.desk
        )
        with TestClient(app) as client:
            yield Door(stage, client, obstructed, tmp_path / "node")


def test_a_page_is_shown_with_what_keeps_it_from_others(door):
    answer = door.client.get(door.path)
    assert answer.status_code == 200
    assert "Have you spoken with" in answer.text
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_looking_any_number_of_times_writes_nothing_into_the_log(door):
    for _ in range(3):
        door.client.get(door.path)
        assert door.client.head(door.path).status_code == 200
    assert door.written() == []
    assert len(door.stage.looks()) == 3


def test_pressing_the_button_writes_the_answer(door):
    answer = door.press(**FROM_HERE)
    assert answer.status_code == 200
    assert "Thank you" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert door.written() == [(Action.SPOKEN, "p81", "m17")]


def test_pressing_twice_before_anybody_reads_the_log_writes_one_event_by_its_id(door):
    assert [door.press().status_code for _ in range(2)] == [200, 200]
    ids = {read_line(line, 0)[0].id for line in events_in(door._folder)}
    assert len(ids) == 1


def test_another_person_answers_as_themselves(door):
    passed_on = door.stage.take(case(pupil="p82", tier=3))
    door.path = f"/a/{door.stage.token(CARE, passed_on)}"
    door.press("support")
    assert door.written() == [(Action.SUPPORT, "p82", "c1")]


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_a_link_that_is_not_ours_or_has_ended_is_refused_by_each_method(door, method):
    def status(path):
        more = {"content": "answer=seen", "headers": FORM} if method == "post" else {}
        return getattr(door.client, method)(path, **more).status_code

    assert status(f"{door.path}x") == 404
    assert status("/a/" + "x" * 5000) == 404
    assert status("/a/%3Cscript%3E") == 404
    door.stage.clock.now += 14 * 86_400
    assert status(door.path) == 410
    assert door.written() == []


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(door, method):
    assert getattr(door.client, method)(door.path).status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://other.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://other.example"},
        {"Origin": ADDRESS.replace("https", "http")},
    ],
)
def test_a_form_of_another_page_is_refused(door, headers):
    answer = door.press(**headers)
    assert answer.status_code == 403
    assert "another page" in answer.text
    assert door.written() == []


@pytest.mark.parametrize("headers", [{}, FROM_HERE, {"Origin": "null"}, {"Origin": ADDRESS}])
def test_a_form_of_our_own_is_taken_from_any_browser(door, headers):
    assert door.press(**headers).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"answer=",
        b"answer=referred",
        b"answer=spoken&answer=seen",
        b"other=spoken",
        b"answer=spoken&" + b"a=b&" * 50,
        b"answer=spoken&padding=" + b"x" * 1000,
        b"answer=\xff",
        b'{"answer":"spoken"}',
        b"answer=%00",
    ],
)
def test_a_form_that_says_no_answer_is_refused(door, content):
    answer = door.client.post(door.path, content=content, headers=FORM)
    assert answer.status_code == 400
    assert "Nothing was written." in answer.text
    assert door.written() == []


def test_another_kind_of_body_is_refused(door):
    answer = door.client.post(door.path, json={"answer": "spoken"})
    assert answer.status_code == 400
    assert door.written() == []


@pytest.mark.parametrize(
    "trouble",
    [
        BusyError(1),
        UnkeptError("disk full", is_full=True),
        [Outcome(accepted=False, rejects=(Reject(0, "pupil", "pupil", "p81"),))],
    ],
    ids=["busy", "full", "refused"],
)
def test_what_the_log_cannot_keep_is_said_and_can_be_sent_again(door, trouble, caplog):
    door.log.trouble = trouble
    with caplog.at_level(logging.DEBUG):
        answer = door.press("was_there")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"
    assert 'value="was_there">Try again' in answer.text
    assert door.written() == []
    assert door.stage.letters() == []
    assert "p81" not in caplog.text
    door.log.trouble = None
    assert door.press("was_there").status_code == 200
    assert len(door.written()) == len(door.stage.letters()) == 1


def test_where_the_desks_database_fails_nobody_is_shown_anything(door, capfd):
    with door.stage.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO gone"))
    for answer in (door.client.get(door.path), door.press()):
        assert answer.status_code == 503
        assert "A. B." not in answer.text
    assert door.written() == []
    said = "".join(capfd.readouterr())
    assert "OperationalError" in said
    assert "p81" not in said


def test_who_tries_out_links_does_not_get_as_far_as_the_database(door):
    with door.stage.engine.begin() as connection:
        connection.execute(text("ALTER TABLE person RENAME TO gone"))
    assert door.client.get(f"{door.path}x").status_code == 404
    assert door.client.get(door.path).status_code == 503
