"""What the desk keeps of a school itself: its time zone, its calendar, how fresh its registers are.

As in the book, the record with the greatest ``recorded_at`` holds, of equal ones the greater id.
"""

from typing import Final

from sqlalchemy import Connection, func, or_, select, update

from alerts.desk.casebook.upserts import insert, put
from alerts.desk.tables import CALENDAR, SCHOOL
from models.book import Facts
from models.events.instants import FIRST_INSTANT, instant_of, local_date, write_date
from models.events.types import Calendar, School

_NOT_SAID: Final = FIRST_INSTANT - 1
"""When defaults were recorded: before everything else."""


def meet_school(connection: Connection, school: str, today: str) -> None:
    """Begin with a school, if the desk has not met it yet, on a date of its own."""
    row = {
        "school": school,
        "timezone": Facts().timezone,
        "began_on": today,
        "shadow": False,
        "recorded_at": _NOT_SAID,
        "event": "",
    }
    connection.execute(insert(connection, SCHOOL).values(row).on_conflict_do_nothing())


def take_school(connection: Connection, event: School, now: int) -> None:
    """Take what a school says of itself; ``now``, seconds since 1970, in case it is the first."""
    timezone = event.timezone or Facts().timezone
    meet_school(connection, event.school, write_date(local_date(now, timezone)))
    at = instant_of(event.recorded_at)
    connection.execute(
        update(SCHOOL)
        .where(SCHOOL.c.school == event.school)
        .where(
            or_(
                SCHOOL.c.recorded_at < at,
                (SCHOOL.c.recorded_at == at) & (SCHOOL.c.event < event.id),
            )
        )
        .values(timezone=timezone, pack=event.pack, recorded_at=at, event=event.id)
    )


def take_calendar(connection: Connection, event: Calendar) -> None:
    """Take what a school says of a date."""
    at = instant_of(event.recorded_at)
    key = (CALENDAR.c.school == event.school) & (CALENDAR.c.date == event.date)
    was = connection.execute(select(CALENDAR.c.recorded_at, CALENDAR.c.event).where(key)).first()
    if was is None or tuple(was) < (at, event.id):
        row = {"school": event.school, "date": event.date, "open": event.open}
        put(connection, CALENDAR, [row | {"recorded_at": at, "event": event.id}])


def note_registers(connection: Connection, school: str, recorded_at: int) -> None:
    """Note up to when a school's registers go, if that is later than what was known."""
    known = SCHOOL.c.registers_until
    connection.execute(
        update(SCHOOL)
        .where(SCHOOL.c.school == school, func.coalesce(known, _NOT_SAID) < recorded_at)
        .values(registers_until=recorded_at)
    )
