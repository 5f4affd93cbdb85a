"""A data folder with a log and a desk in which two pupils are, in every table that has pupils."""

from pathlib import Path

from casebooks import alert, at, response
from nodes import Clock, node, send
from sqlalchemy import Engine, select

from alerts.desk import outbox
from alerts.desk.audit import Way, looked
from alerts.desk.casebook.schools import meet_school
from alerts.desk.casebook.taking import take_alerts, take_responses
from alerts.desk.database import open_desk
from alerts.desk.directory import load
from alerts.desk.letter import Letter
from alerts.desk.people import Person, Pupil
from alerts.desk.tables import CASE, OUTBOX
from alerts.roles import Role
from alerts.words import Language
from models.events.types import Action

SCHOOL, WHO, OTHER = "01AB", "pupil-81", "pupil-82"
NAMES = {WHO: "Quirijn Zonderland", OTHER: "Wilhelmina Overwater"}
INITIALS = {WHO: "Q. Z.", OTHER: "W. O."}
MENTOR = Person(SCHOOL, "m17", Role.MENTOR, "Eva Smit", "e.smit@s.example", Language.DUTCH)


def desk_of(folder: Path) -> Engine:
    return open_desk(f"sqlite:///{folder / 'desk.db'}")


def fill(desk: Engine) -> None:
    """Have two pupils in every table, messages to one of them alone, and one to both."""
    with desk.begin() as connection:
        meet_school(connection, SCHOOL, "2026-11-23")
        pupils = [Pupil(pupil, name, "2a") for pupil, name in NAMES.items()]
        load(connection, SCHOOL, pupils, [MENTOR])
        cases = {}
        for pupil in NAMES:
            name = f"alert-of-{pupil}"
            take_alerts(connection, [(at(0), alert(name, pupil=pupil))])
            early = response(Action.SEEN, 1, f"early-of-{pupil}", pupil=pupil)
            take_responses(connection, [response(Action.SPOKEN, 1, name, pupil=pupil), early])
            found = connection.execute(select(CASE.c.case).where(CASE.c.alert == name))
            cases[pupil] = found.scalar_one()
            looked(connection, at(2), SCHOOL, pupil, "m17", Way.ANSWER_PAGE, name)
        for key, told in (("one", [WHO]), ("other", [OTHER]), ("both", [WHO, OTHER])):
            who = " and ".join(f"{INITIALS[pupil]} ({NAMES[pupil]}, {pupil})" for pupil in told)
            letter = Letter(subject="Digest", plain=f"of {who}", html=f"<p>{who}", data={"a": who})
            said = [outbox.Said(cases[pupil], SCHOOL, pupil, "new") for pupil in told]
            for state in ("sent", "waiting"):
                outbox.put(connection, f"{key}/{state}", MENTOR, "digest", letter, said, at(1))
        sent = select(OUTBOX.c.message).where(OUTBOX.c.key.like("%/sent"))
        for number in connection.execute(sent).scalars().all():
            outbox.sent(connection, number, at(1.5))


def make_folder(folder: Path, *lines: bytes) -> None:
    """A log with these events, and a desk beside it."""
    with node(folder, Clock("2027-01-05T12:00:00+00:00")) as log:
        send(log, *lines)
    desk = desk_of(folder)
    fill(desk)
    desk.dispose()
