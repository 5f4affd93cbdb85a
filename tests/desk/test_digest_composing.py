"""When messages are made: at their time, once, and not when nobody is there to read them."""

from datetime import time

import msgspec
import pytest
from digests import CARE, MENTOR, OFFICE, OFFICER, at, case
from school_desk import SchoolDesk
from sqlalchemy import event, update

from alerts.alert import Alert, State
from alerts.desk.casebook.schools import meet_school, note_registers, take_calendar
from alerts.desk.casebook.taking import take_alerts
from alerts.desk.letter import Letter
from alerts.desk.people import Pupil
from alerts.desk.tables import SCHOOL
from alerts.rules import Kind
from config.settings import Desk
from models.events.types import Calendar

PEOPLE = (MENTOR, CARE, OFFICE, OFFICER)


@pytest.fixture
def desk(tmp_path):
    found = SchoolDesk(tmp_path, "01AB")
    with found.desk.begin() as connection:
        meet_school(connection, "01AB", "2026-09-01")
        note_registers(connection, "01AB", at("2026-11-24 16:42"))
    found.load([Pupil("p81", "Amina Bakker", "4H2")], PEOPLE)
    yield found
    found.desk.dispose()


def tell(desk: SchoolDesk, alert: Alert, moment: str) -> None:
    with desk.desk.begin() as connection:
        take_alerts(connection, [(at(moment), alert)])


def moments(desk: SchoolDesk, *asked: str) -> list[int]:
    """How many messages are made at each of some moments."""
    return [desk.compose(at(moment)) for moment in asked]


def test_a_digest_is_made_at_its_time_and_once(desk):
    tell(desk, case(pupil="p81").newest, "2026-11-24 17:30")
    assert moments(
        desk, "2026-11-25 07:29", "2026-11-25 07:30", "2026-11-25 07:31", "2026-11-26 07:30"
    ) == [0, 1, 0, 0]
    (message,) = desk.messages()
    assert message.key == "digest/01AB/m17/mentor/2026-11-25"
    assert (message.what, message.address) == ("digest", "jan@school.example")
    letter = msgspec.json.decode(message.content, type=Letter)
    assert letter.subject == message.subject == "gemist: 1 pupil of 4H2 is missed"
    assert "A. B." in letter.plain
    assert [each.said for each in desk.said(message.message)] == ["new"]


def test_one_that_was_missed_is_made_later_on_its_day_but_not_at_night(desk):
    tell(desk, case().newest, "2026-11-24 17:30")
    assert moments(desk, "2026-11-25 18:00", "2026-11-25 23:59") == [0, 0]
    assert moments(desk, "2026-11-26 07:29", "2026-11-26 11:00") == [0, 1]


def test_what_comes_after_a_quiet_morning_waits_for_the_next(desk):
    assert moments(desk, "2026-11-25 07:30") == [0]
    tell(desk, case().newest, "2026-11-25 10:00")
    assert moments(desk, "2026-11-25 10:01", "2026-11-26 07:30") == [0, 1]


def test_nothing_is_made_on_days_on_which_nobody_is_there(desk):
    tell(desk, case(Kind.SILENCE, opened="2026-11-27").newest, "2026-11-27 18:10")
    with desk.desk.begin() as connection:
        recorded_at = "2026-09-01T08:00:00Z"
        closed = Calendar(
            id="c1", school="01AB", recorded_at=recorded_at, date="2026-11-30", open=False
        )
        take_calendar(connection, closed)
    saturday, sunday, monday = "2026-11-28 10:00", "2026-11-29 10:00", "2026-11-30 10:00"
    assert moments(desk, saturday, sunday, monday) == [0, 0, 0]
    assert moments(desk, "2026-12-01 07:30") == [2], "to the mentor and the administration"


def test_at_once_is_made_at_once_in_one_message_and_not_in_quiet_hours(desk):
    moments(desk, "2026-11-25 07:30")
    for _ in range(2):
        tell(desk, case(Kind.SILENCE, opened="2026-11-25").newest, "2026-11-25 17:30")
    assert moments(desk, "2026-11-25 17:31", "2026-11-25 17:32") == [2, 0]
    for message in desk.messages():
        assert message.what == "at once"
        assert [each.said for each in desk.said(message.message)] == ["at once"] * 2
    tell(desk, case(tier=3, opened="2026-11-25").newest, "2026-11-25 18:00")
    assert moments(desk, "2026-11-25 18:00", "2026-11-26 07:29") == [0, 0]


def test_what_fell_in_quiet_hours_goes_when_they_end(desk):
    desk.settings = Desk(digest_at=None, quiet_until=time(8, 15))
    tell(desk, case(Kind.SILENCE, opened="2026-11-25").newest, "2026-11-25 18:30")
    assert moments(desk, "2026-11-26 08:14", "2026-11-26 08:15", "2026-11-26 08:16") == [0, 2, 0]


def test_what_the_digest_tells_is_not_told_at_once_too(desk):
    tell(desk, case(Kind.SILENCE, opened="2026-11-24").newest, "2026-11-24 18:30")
    moments(desk, "2026-11-25 07:30", "2026-11-25 07:31")
    assert {message.what for message in desk.messages()} == {"digest"}


def test_a_rise_at_another_time_is_told_again(desk):
    moments(desk, "2026-11-25 07:30")
    first = case(Kind.UNAUTHORISED, 2, opened="2026-11-25").newest
    tell(desk, first, "2026-11-25 10:00")
    assert moments(desk, "2026-11-25 10:01", "2026-11-26 07:30") == [0, 1]
    risen = msgspec.structs.replace(first, tier=3, state=State.RAISED, version=first.version + 1)
    tell(desk, risen, "2026-11-26 10:00")
    assert moments(desk, "2026-11-26 10:01", "2026-11-26 10:02") == [1, 0]


def test_in_shadow_mode_nothing_is_made(desk):
    with desk.desk.begin() as connection:
        connection.execute(update(SCHOOL).values(shadow=True))
    tell(desk, case(Kind.SILENCE, opened="2026-11-25").newest, "2026-11-25 10:00")
    assert moments(desk, "2026-11-25 10:01", "2026-11-26 07:30") == [0, 0]


def test_no_digest_is_made_on_the_day_of_the_beginning(desk):
    with desk.desk.begin() as connection:
        connection.execute(update(SCHOOL).values(began_on="2026-11-25"))
    tell(desk, case(tier=3, opened="2026-11-24").newest, "2026-11-25 10:00")
    assert moments(desk, "2026-11-25 10:01", "2026-11-25 13:00") == [0, 0]
    assert moments(desk, "2026-11-26 07:30") == [2], "to the mentor and the care team"
    said = {each.said for message in desk.messages() for each in desk.said(message.message)}
    assert said == {"already missed"}


@pytest.mark.parametrize("moment", ["2026-11-25 12:00", "2026-11-25 03:00", "2026-11-28 12:00"])
def test_where_nothing_is_due_two_questions_are_enough(desk, moment):
    for _ in range(300):
        tell(desk, case().newest, "2026-11-24 17:30")
    moments(desk, "2026-11-25 07:30")
    asked: list[str] = []
    event.listen(desk.desk, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert moments(desk, moment) == [0]
    about_messages = [each for each in asked if "FROM school" not in each and "SELECT" in each]
    assert len([each for each in about_messages if "FROM calendar" not in each]) <= 2
