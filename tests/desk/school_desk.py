"""A school's desk without a node: lines go through an engine, and what follows to its desk."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from alerts.desk import directory
from alerts.desk.casebook.reading import school_facts
from alerts.desk.database import open_desk
from alerts.desk.messages.composing import compose
from alerts.desk.people import Person, Pupil
from alerts.desk.tables import OUTBOX, OUTBOX_CASE
from config.settings import Desk
from models.events.instants import instant_of
from models.events.types import Event, Register
from streams.desk.feed import TAKEN_EVENTS, Portion, take
from streams.step import Batch, Engine


class SchoolDesk:
    """One school's desk, whose clock is moved by whoever asks it."""

    def __init__(self, folder: Path, school: str, settings: Desk | None = None) -> None:
        self.school = school
        self.settings = settings or Desk()
        self.book = Engine("nl", live=True)
        self.desk = open_desk(f"sqlite:///{folder / 'desk.db'}")
        self.link = None
        self._lines = 0

    def load(self, pupils: Iterable[Pupil], people: Sequence[Person]) -> None:
        with self.desk.begin() as connection:
            directory.load(connection, self.school, pupils, people)

    def hear(self, lines: Sequence[bytes], now: int) -> None:
        """Have lines taken by the book, and what it tells by the desk."""
        positions = range(self._lines, self._lines + len(lines))
        self._lines += len(lines)
        step = self.book.step(Batch(lines, positions))
        assert not step.rejects
        events = [msgspec.json.decode(line, type=Event) for line in lines]
        newest = [instant_of(each.recorded_at) for each in events if isinstance(each, Register)]
        portion = Portion(
            told=[(now, alert) for alert in step.alerts],
            events=[(now, each) for each in events if isinstance(each, TAKEN_EVENTS)],
            registers={self.school: max(newest)} if newest else {},
        )
        with self.desk.begin() as connection:
            take(connection, portion, now)

    def compose(self, now: int) -> int:
        with self.desk.begin() as connection:
            facts = school_facts(connection, self.school)
            return compose(connection, facts, self.settings, now, self.link)

    def messages(self, after: int = 0) -> list:
        """Messages later than one, oldest first."""
        asked = select(OUTBOX).where(OUTBOX.c.message > after).order_by(OUTBOX.c.message)
        with self.desk.begin() as connection:
            return list(connection.execute(asked))

    def said(self, message: int) -> list:
        """What a message says of which case."""
        with self.desk.begin() as connection:
            asked = select(OUTBOX_CASE).where(OUTBOX_CASE.c.message == message)
            return list(connection.execute(asked))

    def newest(self) -> int:
        with self.desk.begin() as connection:
            return connection.execute(select(func.max(OUTBOX.c.message))).scalar() or 0
