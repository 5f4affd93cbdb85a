"""What a desk forgets of itself, and what stays as long as it is needed."""

import casebooks
import pytest
from casebooks import DAY, alert, at, response
from sqlalchemy import Engine, func, select

from alerts.alert import State
from alerts.desk import outbox
from alerts.desk.audit import Way, looked
from alerts.desk.casebook.schools import meet_school
from alerts.desk.casebook.taking import take_alerts, take_responses
from alerts.desk.directory import load
from alerts.desk.forgetting import nightly, purge, purge_desk
from alerts.desk.letter import Letter
from alerts.desk.people import Person, Pupil
from alerts.desk.tables import AUDIT, CASE, OUTBOX, OUTBOX_CASE, RESPONSE, TOLD
from alerts.roles import Role
from alerts.words import Language
from config.settings import DEFAULT_RETENTION, Retention
from models.events.instants import instant_of
from models.events.types import Action

MENTOR = Person("01AB", "m17", Role.MENTOR, "Eva Smit", "e@s.example", Language.DUTCH)
LAST_DAY = instant_of("2028-07-31T23:59:59Z")
"""Of the school year after that of `casebooks.MORNING`, which is in November 2026."""


def count(engine: Engine, table) -> int:
    with engine.begin() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def a_case(engine: Engine, state: State, name: str = "a1") -> int:
    with engine.begin() as connection:
        meet_school(connection, "01AB", "2026-11-23")
        take_alerts(connection, [(at(0), alert(name)), (at(1), alert(name, 20, state))])
        take_responses(connection, [response(Action.SPOKEN, 0.5, name)])
        asked = select(CASE.c.case).where(CASE.c.alert == name)
        return connection.execute(asked).scalar_one()


def a_message(engine: Engine, key: str, *cases: int, sent_at: int | None = None) -> None:
    said = [outbox.Said(case, "01AB", "p81", "new") for case in cases]
    letter = Letter(subject="Digest", plain="about A. B.", html="<p>A. B.", data={"who": "A. B."})
    with engine.begin() as connection:
        outbox.put(connection, key, MENTOR, "digest", letter, said, at(0))
        if sent_at is not None:
            number = connection.execute(select(OUTBOX.c.message).where(OUTBOX.c.key == key))
            outbox.sent(connection, number.scalar_one(), sent_at)


def purged(engine: Engine, now: float, retention: Retention = DEFAULT_RETENTION):
    with engine.begin() as connection:
        return purge(connection, retention, now)


@pytest.mark.parametrize("state", [State.CLOSED, State.WITHDRAWN])
def test_a_case_that_is_over_goes_with_all_of_it_after_the_next_school_year(any_desk, state):
    a_message(any_desk, "k", a_case(any_desk, state), sent_at=LAST_DAY)
    assert purged(any_desk, LAST_DAY).cases == 0
    assert [count(any_desk, table) for table in (CASE, TOLD, RESPONSE, OUTBOX_CASE)] == [1, 2, 1, 1]
    assert purged(any_desk, LAST_DAY + 1).cases == 1
    assert [count(any_desk, table) for table in (CASE, TOLD, RESPONSE, OUTBOX_CASE)] == [0, 0, 0, 0]


def test_a_case_that_stands_stays_however_old_it_is(any_desk):
    a_case(any_desk, State.EASED)
    assert purged(any_desk, LAST_DAY + 3000 * DAY).cases == 0
    assert [count(any_desk, table) for table in (CASE, TOLD, RESPONSE)] == [1, 2, 1]


def test_a_setting_shortens_it_to_the_school_year_itself(any_desk):
    a_case(any_desk, State.CLOSED)
    kept = Retention(alerts_school_years=0)
    assert purged(any_desk, LAST_DAY - 366 * DAY, kept).cases == 0
    assert purged(any_desk, LAST_DAY - 366 * DAY + 1, kept).cases == 1


def test_a_response_without_an_alert_goes_when_the_log_lets_go_of_it(any_desk):
    with any_desk.begin() as connection:
        take_responses(connection, [response(Action.SEEN, 0, "never came")])
    purged(any_desk, at(400))
    assert count(any_desk, RESPONSE) == 1
    purged(any_desk, at(400) + 1)
    assert count(any_desk, RESPONSE) == 0


def test_a_sent_message_goes_after_90_days_but_not_that_a_kept_case_was_told(any_desk):
    a_message(any_desk, "k1", a_case(any_desk, State.RAISED), sent_at=at(1))
    a_message(any_desk, "k2", sent_at=at(1))
    assert purged(any_desk, at(91)).messages == 0
    assert purged(any_desk, at(91) + 1).messages == 2
    with any_desk.begin() as connection:
        (left,) = connection.execute(select(OUTBOX)).all()
        assert (left.key, left.content, left.subject, left.address) == ("k1", b"", "", "")
        assert (left.person, left.sent_at) == ("m17", at(1))
    assert count(any_desk, OUTBOX_CASE) == 1
    assert purged(any_desk, at(92)).messages == 0


def test_a_message_that_never_went_out_does_not_wait_for_ever(any_desk):
    case = a_case(any_desk, State.RAISED)
    a_message(any_desk, "k1", case)
    assert purged(any_desk, at(90)).messages == 0
    assert purged(any_desk, at(90) + 1).messages == 1
    assert [count(any_desk, table) for table in (OUTBOX, OUTBOX_CASE, CASE)] == [0, 0, 1]


def test_who_looked_at_whom_is_known_for_two_years(any_desk):
    with any_desk.begin() as connection:
        looked(connection, at(0), "01AB", "p81", "m17", Way.ANSWER_PAGE)
        looked(connection, at(1), "01AB", "p81", "m17", Way.ANSWER_PAGE)
    assert purged(any_desk, at(730)).looks == 0
    assert purged(any_desk, at(730) + 1).looks == 1
    assert count(any_desk, AUDIT) == 1


def test_a_night_purges_once(any_desk):
    night = instant_of("2028-08-02T02:00:00Z")
    a_case(any_desk, State.CLOSED)
    assert nightly(any_desk, DEFAULT_RETENTION, LAST_DAY).cases == 0
    assert nightly(any_desk, DEFAULT_RETENTION, night).cases == 1
    assert nightly(any_desk, DEFAULT_RETENTION, night + 1) is None
    assert nightly(any_desk, DEFAULT_RETENTION, night + DAY - 1) is None
    assert nightly(any_desk, DEFAULT_RETENTION, night + DAY).cases == 0


def test_a_second_purge_changes_nothing(any_desk):
    a_message(any_desk, "k1", a_case(any_desk, State.CLOSED, "a1"), sent_at=at(1))
    a_message(any_desk, "k2", a_case(any_desk, State.RAISED, "a2"), sent_at=at(1))
    purged(any_desk, LAST_DAY)
    once = casebooks.rows_of(any_desk, (CASE, TOLD, RESPONSE, OUTBOX, OUTBOX_CASE, AUDIT))
    purged(any_desk, LAST_DAY)
    assert casebooks.rows_of(any_desk, (CASE, TOLD, RESPONSE, OUTBOX, OUTBOX_CASE, AUDIT)) == once


def test_of_what_a_purge_took_no_byte_is_left_in_the_files(desk, tmp_path):
    names = [Pupil(f"p{number}", f"Name of {number}", None) for number in range(2000)]
    with desk.begin() as connection:
        load(connection, "01AB", names, [])  # rows that move when others go
    for number in range(60):
        a_message(desk, f"key-of-{number}", sent_at=at(1))
    a_case(desk, State.CLOSED, "alert-that-went")
    with desk.begin() as connection:
        load(connection, "01AB", [], [])
    assert purge_desk(desk, DEFAULT_RETENTION, LAST_DAY + 1).messages == 60
    found = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert found
    for gone in (b"key-of-", b"about A. B.", b"alert-that-went", b"Name of ", b"p81"):
        assert gone not in found
