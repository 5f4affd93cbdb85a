"""What a log has for the desk, a portion at a time, and how the desk takes it.

A portion and the place in the log up to which it goes are kept by one transaction: after a crash
the desk goes on where it was. Taking something again does no harm.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from alerts.alert import Alert
from alerts.desk.casebook.erasing import erase
from alerts.desk.casebook.schools import meet_school, note_registers, take_calendar, take_school
from alerts.desk.casebook.taking import take_alerts, take_responses
from alerts.desk.progress import set_progress
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
    """Name in `alerts.desk.progress` → where to go on."""

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
    set_progress(connection, portion.places)


def _responses(portion: Portion) -> Iterator[Response]:
    return (event for _, event in portion.events if isinstance(event, Response))
