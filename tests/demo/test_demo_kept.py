"""What a demo shows is read from what a node keeps."""

import json
from contextlib import closing
from datetime import date

import pytest
from nodes import node, send

from gemist.demo.kept import Kept, What
from models.events.types import Action

MONDAY, TUESDAY = "2026-11-23", "2026-11-24"
PUPILS = ("p1", "p2")


def register(day, session, status, *, number=1, second=0, group="2B", reason=None, pupils=PUPILS):
    return event(
        "register",
        f"r{day}.{session}.{number}",
        day=day,
        second=second,
        date=day,
        session=session,
        minutes=150,
        group=group,
        marks=[{"pupil": pupil, "status": status, "reason": reason} for pupil in pupils],
    )


def event(kind, name, *, day, second=0, **fields):
    recorded_at = f"{day}T10:00:{second:02d}Z"
    said = {"type": kind, "id": name, "school": "s1", "recorded_at": recorded_at, **fields}
    return json.dumps(said).encode()


def close(day):
    return event("close", f"close-{day}", day=day, second=59, date=day)


@pytest.fixture
def log(tmp_path):
    with node(tmp_path) as running:
        yield running


@pytest.fixture
def kept(log, tmp_path):  # noqa: ARG001 - it has to be there first
    with closing(Kept(tmp_path)) as found:
        yield found


def told(kept):
    return [(each.what, each.alert.pupil, each.correction) for each in kept.look()]


def test_an_alert_is_told_once_and_taken_back_with_what_the_school_said(log, kept):
    send(log, register(MONDAY, 1, "present"), close(MONDAY))
    for session in (1, 2, 3):
        send(log, register(TUESDAY, session, "absent"))
    assert told(kept) == []
    send(log, register(TUESDAY, 4, "absent"))
    assert told(kept) == [(What.OPENED, "p1", None), (What.OPENED, "p2", None)]
    assert len(kept.standing) == 2
    correction = register(
        TUESDAY, 3, "absent", number=2, second=30, group=None, reason="medical", pupils=("p2",)
    )
    send(log, correction, register(TUESDAY, 5, "present", number=2, second=40))
    assert told(kept) == [(What.TAKEN_BACK, "p2", "medical")]
    assert [each.pupil for each in kept.standing] == ["p1"]
    assert told(kept) == []


def test_figures_that_change_are_no_news(log, kept):
    send(log, register(MONDAY, 1, "present"), close(MONDAY))
    for session in (1, 2, 3, 4, 5):
        send(log, register(TUESDAY, session, "absent", pupils=("p1",)))
    send(log, close(TUESDAY))
    news = kept.look()
    assert [(each.what, each.alert.kind.value) for each in news] == [(What.OPENED, "unauthorised")]
    assert [each.figures for each in kept.standing[0].reasons] == [{"unauthorised_minutes_4w": 750}]


def test_registers_are_counted_by_their_date_and_odd_ones_do_no_harm(log, kept):
    kept.begin(date.fromisoformat(TUESDAY))
    send(
        log,
        register(TUESDAY, 1, "absent"),
        register(TUESDAY, 2, "absent", reason="elsewhere", pupils=("p3",)),
        register(MONDAY, 1, "absent", pupils=("p4",)),
        register(MONDAY, 2, "absent", reason="illness", group=None),
        event("register", "odd1", day=TUESDAY, date=TUESDAY, session=3, group="2B"),
        event("register", "odd2", day=TUESDAY, date=TUESDAY, session=4, group="2B", marks=None),
        event("register", "odd3", day=TUESDAY, date=TUESDAY, session=5, group="2B", marks=[5, {}]),
        event("register", "refused", day=TUESDAY, date=TUESDAY, session=13),
    )
    assert told(kept) == []
    today = kept.today
    assert (today.registers, today.marks, today.corrections) == (5, 3, 2)
    assert today.away == {("s1", "p1"), ("s1", "p2")}
    assert kept.marks == 6


def test_what_was_there_before_can_be_skipped(log, kept):
    send(log, register(TUESDAY, 1, "absent"))
    kept.skip_events()
    kept.begin(date.fromisoformat(TUESDAY))
    send(log, register(TUESDAY, 2, "present"))
    kept.look()
    assert (kept.today.registers, kept.today.away) == (1, set())


def test_it_knows_at_which_schools_a_day_is_closed(log, kept):
    send(log, register(MONDAY, 1, "present"))
    assert kept.closed(date.fromisoformat(MONDAY)) == set()
    send(log, close(MONDAY))
    assert kept.closed(date.fromisoformat(MONDAY)) == {"s1"}
    assert kept.closed(date.fromisoformat(TUESDAY)) == set()


def test_an_answer_in_the_log_is_given_once_with_its_alert(log, kept):
    send(log, register(MONDAY, 1, "present"), close(MONDAY))
    for session in (1, 2, 3, 4):
        send(log, register(TUESDAY, session, "absent", pupils=("p1",)))
    (opened,) = kept.look()
    said = {"pupil": "p1", "alert": opened.alert.id, "action": "spoken", "by": "m3"}
    send(log, event("response", "answer-1", day=TUESDAY, second=30, **said))
    assert kept.look() == []
    (answer,) = kept.answers()
    assert (answer.school, answer.pupil, answer.by) == ("s1", "p1", "m3")
    assert (answer.action, answer.until, answer.alert) == (Action.SPOKEN, None, opened.alert)
    kept.look()
    assert kept.answers() == []


def test_an_answer_to_an_alert_that_was_never_told_is_given_too(log, kept):
    said = {"pupil": "p1", "alert": "unknown", "action": "snooze", "until": "2026-12-01"}
    send(log, event("response", "answer-1", day=TUESDAY, **said))
    kept.look()
    (answer,) = kept.answers()
    assert (answer.by, answer.until, answer.alert) == (None, "2026-12-01", None)
