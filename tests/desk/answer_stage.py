"""A school with a case in a casebook, and a desk at which people answer about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from digests import NOW, PEOPLE, at
from sqlalchemy import Engine, func, select

from alerts.desk import directory
from alerts.desk.answer.desk import AnswerDesk
from alerts.desk.answer.links import Links
from alerts.desk.answer.offers import Offer
from alerts.desk.audit import Look, looks
from alerts.desk.case import Case
from alerts.desk.casebook.reading import case_of_alert
from alerts.desk.casebook.schools import meet_school, note_registers
from alerts.desk.casebook.taking import take_alerts, take_responses
from alerts.desk.database import open_desk
from alerts.desk.letter import Letter
from alerts.desk.people import Person, Pupil
from alerts.desk.tables import METADATA, OUTBOX
from config.settings import Desk
from models.events.checks import read_line

ADDRESS = "https://gemist.school.example"
SECRET = bytes(range(32))
NAMES = {"p81": "Amina Bakker", "p82": "Daan Smit"}


@dataclass
class Hand:
    """A clock that moves when it is moved."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class Stage:
    """A desk, and what a test does with it."""

    engine: Engine
    clock: Hand
    recorded: dict = field(default_factory=dict)
    """What the registers say of who recorded what."""
    detail: str = "initials"
    links: Links = field(default_factory=lambda: Links(SECRET, ADDRESS))

    @property
    def desk(self) -> AnswerDesk:
        settings = Desk(address=ADDRESS, detail=self.detail)
        return AnswerDesk(
            self.engine, self.links, settings, self.clock, lambda *_asked: self.recorded
        )

    def take(self, made: Case) -> Case:
        """Have the casebook hear of a case's alert, and give the case as it has it."""
        with self.engine.begin() as connection:
            take_alerts(connection, [(made.first_told_at, made.newest)])
        return self.case(made)

    def case(self, made: Case) -> Case:
        with self.engine.begin() as connection:
            found = case_of_alert(connection, made.school, made.newest.id)
        assert found is not None
        return found

    def token(self, person: Person, made: Case, offer: Offer = Offer.SPOKEN) -> str:
        return self.links.link(person, made, offer, self.clock()).rpartition("/")[2]

    def answer(self, token: str, offer: Offer = Offer.SPOKEN) -> str:
        """Press a button, have the log keep it and the casebook read the log; the page."""
        begun = self.desk.begin(token, offer, "")
        event, _ = read_line(begun.said.line, 0)
        with self.engine.begin() as connection:
            take_responses(connection, [event])
        return self.desk.finish(begun).body.decode()

    def load(self, *people: Person, names: dict[str, str] | None = None) -> None:
        """Put other people and pupils in the directory's place."""
        pupils = [Pupil(pupil, name, "4H2") for pupil, name in (names or NAMES).items()]
        with self.engine.begin() as connection:
            directory.load(connection, "01AB", pupils, people)

    def looks(self) -> list[Look]:
        with self.engine.begin() as connection:
            return looks(connection, "01AB")

    def letters(self) -> list[tuple[str, Letter]]:
        """What waits to go out: whom to, and what."""
        with self.engine.begin() as connection:
            rows = connection.execute(select(OUTBOX).order_by(OUTBOX.c.message)).all()
        return [(row.person, msgspec.json.decode(row.content, type=Letter)) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        with self.engine.begin() as connection:
            return {
                name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in METADATA.tables.items()
            }


@contextmanager
def a_stage(folder: Path) -> Iterator[Stage]:
    """A school that the desk knows, with its people and two pupils."""
    engine = open_desk(f"sqlite:///{folder / 'desk.db'}")
    try:
        stage = Stage(engine, Hand())
        with engine.begin() as connection:
            meet_school(connection, "01AB", "2026-09-01")
            note_registers(connection, "01AB", at("2026-11-24 16:42"))
        stage.load(*PEOPLE)
        yield stage
    finally:
        engine.dispose()
