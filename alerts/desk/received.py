"""What came from each school over Kafka, and what was refused of it, for whoever sent it.

A day of a school is told from its time zone when somebody asks: counts are kept by the quarter of
an hour, since every zone's midnight falls on one. What is counted is counted once, because the
place in the log is kept by the same transaction (`alerts.desk.progress`); where a log that was
lost is read again, it is counted anew.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, func, or_, select, update

from alerts.desk.casebook.erased import erased_at
from alerts.desk.casebook.upserts import insert, is_postgresql, put
from alerts.desk.tables import RECEIVED, REFUSED, SCHOOL
from models.book import Facts
from models.events.checks import VALUE_BEGINNING
from models.events.instants import bounds_of

QUARTER_SECONDS: Final = 900
MOST_REJECTS: Final = 1000
_ERASED: Final = "(erased)"
_IDS: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass(slots=True)
class Count:
    """How much came of one type within a quarter of an hour."""

    events: int = 0
    marks: int = 0
    last_arrived_at: int = 0
    """Seconds since 1970."""


Counts = Mapping[tuple[str, int, str], Count]
"""By school, quarter (its beginning, seconds since 1970) and type."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused line or mark, as the topic ``rejects`` has it."""

    partition: int
    offset: int
    """Its place on that topic."""
    school: str
    arrived_at: int
    """Seconds since 1970."""
    reason: str
    field: str | None
    value: str
    event: str | None
    position: int


@dataclass(frozen=True, slots=True)
class CameIn:
    """What came from one school on one date."""

    events: dict[str, int]
    """Accepted, by type."""
    marks: int
    refusals: int
    refused: tuple[Refused, ...]
    """The newest ones, `MOST_REJECTS` of them at most."""
    last_arrived_at: int | None


def quarter_of(seconds: int) -> int:
    """Give the beginning of a quarter of an hour.

    >>> quarter_of(1_795_423_267) % 900
    0
    """
    return seconds - seconds % QUARTER_SECONDS


def add_counts(connection: Connection, counts: Counts) -> None:
    """Count more, within the caller's transaction; a negative count takes back."""
    statement = insert(connection, RECEIVED)
    more = statement.excluded
    both = (RECEIVED.c.last_arrived_at, more.last_arrived_at)
    newest = func.greatest(*both) if is_postgresql(connection) else func.max(*both)
    statement = statement.on_conflict_do_update(
        index_elements=["school", "quarter", "type"],
        set_={
            "events": RECEIVED.c.events + more.events,
            "marks": RECEIVED.c.marks + more.marks,
            "last_arrived_at": newest,
        },
    )
    rows = [
        {
            "school": school,
            "quarter": quarter,
            "type": kind,
            "events": count.events,
            "marks": count.marks,
            "last_arrived_at": count.last_arrived_at,
        }
        for (school, quarter, kind), count in sorted(counts.items())
    ]
    if rows:
        connection.execute(statement, rows)


def add_refused(connection: Connection, refused: Collection[Refused]) -> None:
    """Keep what was refused, within the caller's transaction, but no pupil who was erased since."""
    named = {(each.school, name) for each in refused for name in _named(each)}
    gone = erased_at(connection, named)
    rows: list[dict[str, Any]] = []
    for each in refused:
        is_gone = any(
            each.arrived_at <= gone.get((each.school, name), each.arrived_at - 1)
            for name in _named(each)
        )
        rows.append(
            {
                "partition": each.partition,
                "offset": each.offset,
                "school": each.school,
                "arrived_at": each.arrived_at,
                "reason": each.reason,
                "field": each.field,
                "value": _ERASED if is_gone else each.value,
                "event": None if is_gone else each.event,
                "position": each.position,
            }
        )
    put(connection, REFUSED, rows)


def erase_refused(connection: Connection, school: str, pupil: str, until: int) -> None:
    """Take a pupil's id out of what was refused until an instant.

    A value of which only the beginning is kept may end within an id, so it goes too.
    """
    about = or_(
        REFUSED.c.value.contains(pupil, autoescape=True),
        REFUSED.c.event.contains(pupil, autoescape=True),
        func.length(REFUSED.c.value) >= VALUE_BEGINNING,
    )
    connection.execute(
        update(REFUSED)
        .where(REFUSED.c.school == school, REFUSED.c.arrived_at <= until, about)
        .values(value=_ERASED, event=None)
    )


def forget_counts(connection: Connection) -> None:
    """Forget how much came, since all of it is about to be read again."""
    connection.execute(delete(RECEIVED))


def forget_received(connection: Connection, before: int) -> None:
    """Forget what came, and what was refused, before an instant."""
    connection.execute(delete(REFUSED).where(REFUSED.c.arrived_at < before))
    connection.execute(delete(RECEIVED).where(RECEIVED.c.quarter < quarter_of(before)))


def timezone_of(connection: Connection, school: str) -> str:
    """Give a school's time zone, as far as it is known."""
    asked = select(SCHOOL.c.timezone).where(SCHOOL.c.school == school)
    return connection.execute(asked).scalar() or Facts().timezone


def received(connection: Connection, school: str, date: str, timezone: str) -> CameIn:
    """Say what came from a school on a date of a time zone, newest refusals first."""
    begin, end = bounds_of(date, timezone)
    counted = connection.execute(
        select(
            RECEIVED.c.type,
            func.sum(RECEIVED.c.events).label("events"),
            func.sum(RECEIVED.c.marks).label("marks"),
            func.max(RECEIVED.c.last_arrived_at).label("last"),
        )
        .where(RECEIVED.c.school == school, RECEIVED.c.quarter >= begin, RECEIVED.c.quarter < end)
        .group_by(RECEIVED.c.type)
    ).all()
    that_day = (
        (REFUSED.c.school == school)
        & (REFUSED.c.arrived_at >= begin)
        & (REFUSED.c.arrived_at < end)
    )
    refusals, last_refused = connection.execute(
        select(func.count(), func.max(REFUSED.c.arrived_at)).where(that_day)
    ).one()
    newest = connection.execute(
        select(REFUSED)
        .where(that_day)
        .order_by(REFUSED.c.arrived_at.desc(), REFUSED.c.offset.desc())
        .limit(MOST_REJECTS)
    )
    lasts = [row.last for row in counted] + ([] if last_refused is None else [last_refused])
    return CameIn(
        events={row.type: int(row.events) for row in counted if row.events > 0},
        marks=int(sum(row.marks for row in counted)),
        refusals=refusals,
        refused=tuple(Refused(**row._mapping) for row in newest),  # noqa: SLF001 - SQLAlchemy's own way
        last_arrived_at=max(lasts, default=None),
    )


def _named(each: Refused) -> Iterable[str]:
    """All that may be a pupil's id in what is kept of a refusal."""
    return _IDS.findall(f"{each.value} {each.event or ''}")
