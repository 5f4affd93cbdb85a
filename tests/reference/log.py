"""A log: what of its lines counts, school by school, and what is refused."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .book import Book
from .events import Calendar, Event, Register, Reject, School, read

MARKS_FOR_DAYS = 40  # school days for which marks are taken


@dataclass
class Log:
    """Events by school, and (line, reject) for what was refused."""

    events: dict[str, list[Event]] = field(default_factory=dict)
    rejects: list[tuple[int, Reject]] = field(default_factory=list)

    def books(self) -> list[Book]:
        return [Book(school, self.events[school]) for school in sorted(self.events)]


def read_log(lines: Iterable[bytes]) -> Log:
    """Read line after line, as the log stood before each."""
    log = Log()
    for number, line in enumerate(lines, start=1):
        said = read(bytes(line))
        event = said.event
        before = [] if event is None else log.events.get(event.school, [])
        if isinstance(event, Register) and is_too_old(event, before):
            log.rejects.append((number, Reject(("too old",))))
            continue
        log.rejects.extend((number, reject) for reject in said.rejects)
        if event is not None:
            log.events.setdefault(event.school, []).append(event)
    return log


def is_too_old(register: Register, before: list[Event]) -> bool:
    """Is it dated before the 40th newest school day of the log before it?"""
    if not _may_be_too_old(register, before):
        return False
    days = Book(register.school, before).school_days
    return len(days) >= MARKS_FOR_DAYS and register.date < days[-MARKS_FOR_DAYS]


def _may_be_too_old(register: Register, before: list[Event]) -> bool:
    """A quick no: can there be 40 school days after its date at all?

    No school day is later than the newest date of a register; each is such a date, an open one
    of the calendar, or (``exceptions``) a weekday.
    """
    far = register.date.toordinal() + MARKS_FOR_DAYS
    if not any(isinstance(event, Register) and event.date.toordinal() >= far for event in before):
        return False
    if any(isinstance(event, School) and event.reporting == "exceptions" for event in before):
        return True
    dates = {
        event.date
        for event in before
        if isinstance(event, Register) or (isinstance(event, Calendar) and event.open)
    }
    return sum(day > register.date for day in dates) >= MARKS_FOR_DAYS
