"""What a log has for the desk, a portion at a time, and how the desk takes it.

A portion and the place in the log up to which it goes are kept by one transaction: after a crash
the desk goes on where it was. Taking something again does no harm.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from alerts.alert import Alert
from alerts.desk.casebook.erasing import erase
from alerts.desk.casebook.schools import meet_school, note_registers, take_calendar, take_school
from alerts.desk.casebook.taking import take_alerts, take_responses
from alerts.desk.tables import PROGRESS
from models.book import Facts
from models.events.instants import local_date, write_date
from models.events.types import Calendar, Erase, Event, Response, School

TAKEN_EVENTS: Final = (School, Calendar, Response, Erase)


@dataclass(slots=True)
class Portion:
    """A part of a log; what it leads to does not depend on how the log is cut."""

    told: list[tuple[int, Alert]] = field(default_factory=list)
    """When it was told (seconds since 1970), and the message."""
    events: list[tuple[int, Event]] = field(default_factory=list)
    """When it arrived, and the event; of types that the desk takes."""
    registers: dict[str, int] = field(default_factory=dict)
    """School → the newest ``recorded_at`` of its registers here."""
    places: dict[str, int] = field(default_factory=dict)
    """Name in `PROGRESS` → where to go on."""

    @property
    def schools(self) -> set[str]:
        """All schools that it says something of."""
        told = {alert.school for _, alert in self.told}
        return told | {event.school for _, event in self.events} | self.registers.keys()


def take(connection: Connection, portion: Portion, now: float) -> None:
    """Take a portion, with its places, within the caller's transaction."""
    timezones = {
        event.school: event.timezone for _, event in portion.events if isinstance(event, School)
    }
    for school in sorted(portion.schools):
        timezone = timezones.get(school) or Facts().timezone
        meet_school(connection, school, write_date(local_date(int(now), timezone)))
    for school, recorded_at in portion.registers.items():
        note_registers(connection, school, recorded_at)
    take_alerts(connection, portion.told)
    take_responses(connection, list(_responses(portion)))
    for arrived_at, event in portion.events:
        match event:
            case School():
                take_school(connection, event, int(now))
            case Calendar():
                take_calendar(connection, event)
            case Erase():
                # What the log told before the erasure was there is about what was erased.
                erase(connection, event.school, event.pupil, arrived_at)
            case _:
                pass
    set_places(connection, portion.places)


def _responses(portion: Portion) -> Iterator[Response]:
    return (event for _, event in portion.events if isinstance(event, Response))


def place(connection: Connection, name: str) -> int:
    """Where to go on; 0 at the beginning."""
    found = connection.execute(select(PROGRESS.c.value).where(PROGRESS.c.name == name)).scalar()
    return 0 if found is None else int(found)


def set_places(connection: Connection, places: Mapping[str, int]) -> None:
    """Keep where to go on."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for name, value in places.items():
        put = dialect.insert(PROGRESS).values(name=name, value=value)
        connection.execute(
            put.on_conflict_do_update(index_elements=["name"], set_={"value": put.excluded.value})
        )
