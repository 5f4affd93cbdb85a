"""Moments of a demo, and how a terminal shows them."""

import io
from collections import Counter

from demo_mails import mail, mailbox
from rich.console import Console

from alerts.alert import Alert, Cause, State, Why
from alerts.desk.people import Person
from alerts.roles import Role
from alerts.rules import Kind
from alerts.words import Language
from gemist.demo.entry import Teller
from gemist.demo.kept import Answer, Happening, Today, What
from gemist.demo.scene import Scene
from gemist.demo.speech import speech
from gemist.demo.view import view
from models.events.types import Action

ENGLISH = Teller(speech(Language.ENGLISH))
AT = 1_764_580_000  # 1 December 2025, 10:06 in Amsterdam
EIGHT_HOURS = Cause("nl.8h", "", {"unauthorised_minutes_4w": 500}, ("2025-12-01", "2025-11-28"))
QUIET = Cause(Why.QUIET.value, "", {}, ())


def happening(what, *, tier=2, reasons=(EIGHT_HOURS,), correction=None, **changes):
    said = {
        "id": "a1",
        "school": "s001",
        "pupil": "p000042",
        "group": "2B",
        "kind": Kind.UNAUTHORISED,
        "state": State.OPEN,
        "tier": tier,
        "opened_on": "2025-12-01",
        "as_of": "2025-12-01",
        "mentor": "m1.5",
        "audience": [Role.MENTOR],
        "score": None,
        "reasons": reasons,
        "replaces": None,
        "version": 1,
    }
    return Happening(AT, what, Alert(**{**said, **changes}), (EIGHT_HOURS,), correction)


HAPPENINGS = [
    happening(What.OPENED),
    happening(What.RAISED, tier=3, audience=[Role.MENTOR, Role.CARE_TEAM]),
    happening(What.CLOSED, reasons=(QUIET,)),
    happening(What.TAKEN_BACK, correction="illness"),
]


def scene(happenings=HAPPENINGS, language=Language.ENGLISH):
    made = Scene(
        3, 1200, language, address="http://127.0.0.1:45241", now=AT, day=2, days=10, part=0.3
    )
    made.snows = True
    made.marks_per_second = 1520.4
    made.today = Today("2025-12-01", registers=167, marks=4158, corrections=148)
    made.standing = Counter({2: 227, 3: 112})
    made.happen(happenings)
    return made


def person(who, role, name, language=Language.ENGLISH):
    return Person("s001", who, role, name, f"{who}@s001.example", language)


MENTOR = person("m1.1", Role.MENTOR, "Alice Madeup")
PEOPLE = (
    MENTOR,
    person("m1.2", Role.MENTOR, "Anneke Verzonnen", Language.DUTCH),
    person("head", Role.LEADERSHIP, "Kate Nobody"),
)


def mailed(*mails, **changes):
    made = scene(**changes)
    made.people = {each.address: each for each in PEOPLE}
    made.mail_page = "http://127.0.0.1:45242/"
    return made, made.post(list(reversed(mailbox(*mails or [mail()]).kept())))


def answer(action=Action.SPOKEN, *, by="m1.5", until=None):
    return Answer(AT, "s001", "p000042", by, action, until, happening(What.OPENED).alert)


def page(made, width=80, height=24):
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(view(made), height=height)
    return console.export_text().splitlines()


def words_of(lines):
    return " ".join(" ".join(lines).split())
