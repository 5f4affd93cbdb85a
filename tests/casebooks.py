"""What happens to casebooks: messages, responses and erasures, one by one or drawn at random."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, select

from alerts.alert import Alert, State
from alerts.desk.casebook.erasing import erase
from alerts.desk.casebook.schools import meet_school, note_registers, take_calendar, take_school
from alerts.desk.casebook.taking import take_alerts, take_responses
from alerts.desk.tables import CALENDAR, CASE, ERASED, METADATA, RESPONSE, SCHOOL, TOLD
from alerts.roles import audience
from alerts.rules import Kind
from models.events.instants import instant_of, write_instant
from models.events.types import Action, Calendar, Erase, Event, Response, School

DAY = 86_400
MORNING = instant_of("2026-11-23T08:00:00Z")
"""A Monday, in the winter of Amsterdam."""
COMPARED = (CASE, TOLD, RESPONSE, ERASED, SCHOOL, CALENDAR)
Rows = dict[str, list[tuple[Any, ...]]]


def at(days: float) -> int:
    """So many days after that morning."""
    return MORNING + int(days * DAY)


def alert(
    name: str = "a1",
    version: int = 10,
    state: State = State.OPEN,
    *,
    pupil: str | None = "p81",
    kind: Kind = Kind.ATTENDANCE,
    tier: int = 2,
    mentor: str | None = "m17",
    school: str = "01AB",
    opened_on: str = "2026-11-20",
    replaces: str | None = None,
) -> Alert:
    return Alert(
        id=name,
        school=school,
        pupil=pupil,
        group="4H2",
        kind=kind,
        state=state,
        tier=tier,
        opened_on=opened_on,
        as_of="2026-11-23",
        mentor=mentor,
        audience=audience(kind, tier, mentor),
        score=None,
        reasons=(),
        replaces=replaces,
        version=version,
    )


def response(
    action: Action,
    days: float,
    name: str = "a1",
    *,
    event: str | None = None,
    until: str | None = None,
    pupil: str = "p81",
    by: str = "m17",
    school: str = "01AB",
) -> Response:
    return Response(
        id=event or f"{name}-{action.value}-{days}",
        school=school,
        recorded_at=write_instant(at(days)),
        pupil=pupil,
        alert=name,
        action=action,
        until=until,
        by=by,
    )


@dataclass(frozen=True)
class Story:
    """What came to a desk: when, and what."""

    told: tuple[tuple[int, Alert], ...]
    events: tuple[tuple[int, Event], ...]

    @property
    def all(self) -> list[tuple[int, Alert | Event]]:
        return [*self.told, *self.events]


def random_story(rng: random.Random, *, erasing: bool = True) -> Story:
    """Pupils of one school, with chains of alerts that correct each other, and what was done."""
    told: list[tuple[int, Alert]] = []
    events: list[tuple[int, Event]] = []
    version = 0
    for pupil in ("p1", "p2", "p3"):
        for kind in rng.sample((Kind.ATTENDANCE, Kind.UNAUTHORISED, Kind.SILENCE), 2):
            names = [f"{pupil}-{kind.value}-{number}" for number in range(rng.randint(1, 4))]
            now, seen = 0.0, list[str]()
            for _ in range(rng.randint(1, 7)):
                now += rng.choice((0, 0.1, 1, 5))
                version += rng.randint(0, 2)
                name = rng.choice(names)
                said = alert(
                    name,
                    version,
                    rng.choice(list(State)),
                    pupil=pupil,
                    kind=kind,
                    tier=rng.choice((2, 2, 3)),
                    mentor=rng.choice(("m1", "m2", None)),
                    replaces=rng.choice(names) if rng.random() < 0.3 else None,
                )
                told.append((at(now), said))
                seen.append(name)
            for number in range(rng.randint(0, 4)):
                action, about = (
                    rng.choice([*Action, Action.SEEN]),
                    rng.choice((pupil, pupil, pupil, "p2")),
                )
                said_of = response(
                    action,
                    rng.uniform(-1, now + 1),
                    rng.choice(names),
                    event=f"{about}-{kind.value}-{rng.randint(0, 3)}-{number % 2}",
                    until="2026-12-01" if action is Action.SNOOZE else None,
                    pupil=about,
                )
                events.append((instant_of(said_of.recorded_at), said_of))
        if erasing and rng.random() < 0.4:
            gone = at(rng.uniform(0, 8))
            erasure = Erase(
                id=f"x-{pupil}", school="01AB", recorded_at=write_instant(gone), pupil=pupil
            )
            events.append((gone, erasure))
    for number in range(rng.randint(0, 3)):
        day, recorded = rng.choice(("2026-12-24", "2026-12-25")), write_instant(at(number // 2))
        calendar = Calendar(
            id=f"c{number}",
            school="01AB",
            recorded_at=recorded,
            date=day,
            open=rng.random() < 0.5,
        )
        school = School(
            id=f"s{number}",
            school="01AB",
            recorded_at=recorded,
            timezone=rng.choice(("Europe/Amsterdam", "America/New_York", None)),
        )
        events += [(at(number), calendar), (at(number), school)]
    return Story(tuple(told), tuple(events))


def take(connection: Connection, happened: Iterable[tuple[int, Alert | Event]]) -> None:
    """Take what happened, as a portion of a log is taken."""
    happened = list(happened)
    meet_school(connection, "01AB", "2026-11-23")
    take_alerts(connection, [(when, each) for when, each in happened if isinstance(each, Alert)])
    take_responses(connection, [each for _, each in happened if isinstance(each, Response)])
    for when, each in happened:
        match each:
            case School():
                take_school(connection, each, at(0))
            case Calendar():
                take_calendar(connection, each)
            case Erase():
                erase(connection, each.school, each.pupil, when)
            case _:
                note_registers(connection, each.school, when)


def take_in_portions(
    engine: Engine, happened: Sequence[tuple[int, Alert | Event]], rng: random.Random
) -> None:
    """Take what happened in portions of random length, a transaction each."""
    rest = list(happened)
    while rest:
        length = rng.randint(1, 25)
        with engine.begin() as connection:
            take(connection, rest[:length])
        del rest[:length]


def rows_of(engine: Engine, tables: Iterable[Table] = COMPARED) -> Rows:
    """All rows, sorted by what they are found by."""
    with engine.begin() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in tables
        }


def empty(engine: Engine) -> None:
    """Forget everything."""
    with engine.begin() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(delete(table))
