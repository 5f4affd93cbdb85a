"""Who is at the demo's schools: pupils and people with names that are plainly invented."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date as Date  # noqa: N812 - a type here
from pathlib import Path
from typing import Final

import orjson

from alerts.desk.casebook.schools import meet_school
from alerts.desk.database import open_desk
from alerts.desk.directory import load
from alerts.desk.people import Person, Pupil
from alerts.roles import Role
from alerts.words import Language
from gemist.demo.plan import Event
from streams.embedded.folder import desk_of

_GIVEN: Final = (
    *("Amber", "Bram", "Cas", "Dina", "Elif", "Femke", "Guus", "Hala", "Ilse", "Jip", "Kiki"),
    *("Lotte", "Milan", "Noor", "Omar", "Puck", "Quinten", "Romy", "Sem", "Tess", "Umut", "Vera"),
    "Wout",
)
_FAMILY: Final = (
    *("Bedacht", "Verzonnen", "Madeup", "Fantasie", "Fiction", "Nergens", "Nobody", "Proef"),
    *("Pretend", "Schijn", "Placeholder", "Sprookje", "Example", "Voorbeeld", "Makebelieve"),
    *("Zogenaamd", "Imaginary"),
)
"""Two lengths without a common factor: as many names as their product."""
_DUTCH: Final = ("Anneke", "Bas", "Carlijn", "Dirk", "Esther", "Floris", "Greet", "Hugo")
_DUTCH_FAMILY: Final = ("Verzonnen", "Bedacht", "Nergens", "Voorbeeld", "Schijn")
_ENGLISH: Final = ("Alice", "Ben", "Chloe", "Daniel", "Emma", "Frank", "Grace", "Henry")
_ENGLISH_FAMILY: Final = ("Madeup", "Pretend", "Nobody", "Placeholder", "Fiction")
_TEAMS: Final = (
    ("care", Role.CARE_TEAM),
    ("office", Role.ADMINISTRATION),
    ("head", Role.LEADERSHIP),
)
_TEAM_NAMES: Final = {
    Language.ENGLISH: ("Iris Pretend", "Joost Nergens", "Kate Nobody"),
    Language.DUTCH: ("Iris Verzonnen", "Joost Nergens", "Karin Bedacht"),
}


@dataclass(slots=True)
class Lists:
    """A school's directory."""

    pupils: list[Pupil] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)


def invent(events: Iterable[Event], language: Language) -> dict[str, Lists]:
    """Invent names for whoever is in enrolments, by school; the same every time.

    In a Dutch demo all people are written to in Dutch; in an English one every other of them is,
    to show both. Addresses end in ``.example``, which leads nowhere (RFC 2606).
    """
    enrolled: dict[str, dict[str, str | None]] = {}
    mentors: dict[str, dict[str, None]] = {}
    for event in events:
        said = orjson.loads(event.line)
        if said["type"] == "enrolment":
            enrolled.setdefault(event.school, {})[said["pupil"]] = said.get("group")
            if mentor := said.get("mentor"):
                mentors.setdefault(event.school, {})[mentor] = None
    return {
        school: Lists(
            [Pupil(pupil, _pupil(number), group) for number, (pupil, group) in enumerate(groups)],
            _people(school, list(mentors.get(school, ())), language),
        )
        for school, groups in ((school, found.items()) for school, found in enrolled.items())
    }


def load_directories(folder: Path, lists: dict[str, Lists], began_on: Date) -> None:
    """Load them into a node's desk, as `gemist directory load` does.

    What was missed before ``began_on`` stood already, as where a school loads its history.
    """
    engine = open_desk(desk_of(folder, ""))
    try:
        with engine.begin() as connection:
            for school, each in lists.items():
                meet_school(connection, school, began_on.isoformat())
                load(connection, school, each.pupils, each.people)
    finally:
        engine.dispose()


def _pupil(number: int) -> str:
    return f"{_GIVEN[number % len(_GIVEN)]} {_FAMILY[number % len(_FAMILY)]}"


def _people(school: str, mentors: list[str], language: Language) -> list[Person]:
    def person(who: str, role: Role, name: str, number: int) -> Person:
        reads = Language.DUTCH if number % 2 else language
        return Person(school, who, role, name, f"{who}@{school}.example", reads)

    people = [
        person(mentor, Role.MENTOR, _mentor(number, language), number)
        for number, mentor in enumerate(mentors)
    ]
    named = zip(_TEAMS, _TEAM_NAMES[language], strict=True)
    people += [person(who, role, name, number) for number, ((who, role), name) in enumerate(named)]
    return people


def _mentor(number: int, language: Language) -> str:
    turn, is_dutch = divmod(number, 2)
    if language is Language.DUTCH:
        turn, is_dutch = number, True
    given, family = (_DUTCH, _DUTCH_FAMILY) if is_dutch else (_ENGLISH, _ENGLISH_FAMILY)
    return f"{given[turn % len(given)]} {family[turn % len(family)]}"
