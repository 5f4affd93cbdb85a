"""A node and its desk, lived through day by day: one school, whose clock events move."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

import nodes
from sqlalchemy import Engine, create_engine, select

from alerts.desk import directory, outbox
from alerts.desk.casebook.reading import school_facts
from alerts.desk.database import open_desk
from alerts.desk.messages.composing import compose
from alerts.desk.people import Person, Pupil
from alerts.desk.tables import CASE, OUTBOX, OUTBOX_CASE
from alerts.roles import Role
from alerts.words import Language
from config.settings import Desk
from models.events.instants import instant_of
from streams.embedded.following import Following

SCHOOL = "s001"
_MORNING_SECONDS = 7 * 3600
_DAY = 86_400
UNSENT_DAYS = 3
Row = tuple[Any, ...]


def recorded(line: bytes) -> int:
    return instant_of(json.loads(line)["recorded_at"])


def days(lines: Sequence[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """The lines of each day, with the day's first second."""
    for day, some in groupby(sorted(lines, key=recorded), key=lambda line: recorded(line) // _DAY):
        yield day * _DAY, list(some)


def load_directory(desk: Engine, lines: Iterable[bytes]) -> None:
    """Everybody of whom these lines speak has a name, every mentor an address."""
    said = [json.loads(line) for line in lines]
    pupils = sorted({each["pupil"] for each in said if each["type"] == "enrolment"})
    mentors = sorted({each.get("mentor") for each in said if each["type"] == "enrolment"} - {None})
    people = [(Role.MENTOR, each) for each in mentors] + [(Role.ADMINISTRATION, "office")]
    with desk.begin() as connection:
        directory.load(
            connection,
            SCHOOL,
            [Pupil(each, f"Name of {each}", None) for each in pupils],
            [
                Person(SCHOOL, person, role, person, f"{person}@school.example", Language.ENGLISH)
                for role, person in people
            ],
        )


def live(folder: Path, lines: Sequence[bytes]) -> None:
    """Have a node and its desk in a folder hear of these events, tell, and send.

    Messages of the last days stay in the outbox.
    """
    unsent = [day for day, _ in days(lines)][-UNSENT_DAYS:]
    clock = nodes.Clock(recorded(min(lines, key=recorded)))
    desk = open_desk(f"sqlite:///{folder / 'desk.db'}")
    try:
        with nodes.node(folder, clock) as log, closing(following(folder, desk)) as follow:
            for day, some in days(lines):
                clock.move_to(day + _MORNING_SECONDS)
                compose_all(desk, int(clock()))
                clock.move_to(max(map(recorded, some)))
                nodes.send(log, *some)
                hear(follow, desk, int(clock()))
                if day not in unsent:
                    send_waiting(desk, int(clock()))
    finally:
        desk.dispose()


def following(folder: Path, desk: Engine) -> Following:
    return Following(folder / "log.db", desk)


def hear(follow: Following, desk: Engine, now: int) -> None:
    """Have the desk read to the end of the log, and make the messages that are due."""
    while follow(now):
        pass
    compose_all(desk, now)


def compose_all(desk: Engine, now: int) -> int:
    with desk.begin() as connection:
        facts = school_facts(connection, SCHOOL)
        return 0 if facts is None else compose(connection, facts, Desk(), now, None)


def send_waiting(desk: Engine, now: int) -> None:
    with desk.begin() as connection:
        waiting = connection.execute(select(OUTBOX.c.message).where(OUTBOX.c.state == "waiting"))
        for message in waiting.scalars().all():
            outbox.sent(connection, message, now)


def told(folder: Path) -> dict[str, list[Row]]:
    """What a desk knows of cases, and what it told whom of them."""
    desk = create_engine(f"sqlite:///{folder / 'desk.db'}")
    try:
        return told_by(desk)
    finally:
        desk.dispose()


def told_by(desk: Engine) -> dict[str, list[Row]]:
    case = [CASE.c[name] for name in ("case", "pupil", "kind", "state", "alert_state", "tier")]
    message = [OUTBOX.c[name] for name in ("key", "person", "role", "what", "state")]
    said = select(OUTBOX.c.key, OUTBOX_CASE.c["case"], OUTBOX_CASE.c.said).join_from(
        OUTBOX_CASE, OUTBOX, OUTBOX.c.message == OUTBOX_CASE.c.message
    )
    with desk.connect() as connection:
        found = {
            "cases": connection.execute(select(*case)).all(),
            "messages": connection.execute(select(*message)).all(),
            "said": connection.execute(said).all(),
        }
    return {name: sorted((tuple(row) for row in rows), key=repr) for name, rows in found.items()}
