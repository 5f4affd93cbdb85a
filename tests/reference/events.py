"""One line in: an event, or rejects (SEMANTICS.md 1).

Nothing here depends on another line, so ``too old`` is not decided here (``book.py``).
"""

import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

from . import strict_json

STATUSES = ("withdrawn", "present", "late", "left_early", "absent")
REASONS = ("elsewhere", "medical", "illness", "leave", "suspended", "unknown", "unauthorised")
UNAUTHORISED = ("unknown", "unauthorised")
ACTIONS = (
    "seen", "spoken", "support", "referred", "reported", "resolved", "false_alarm", "snooze",
)  # fmt: skip
FUTURE_REGISTER_DAYS = 7
FUTURE_CLOSE_DAYS = 1
SECONDS_A_DAY = 86_400
JSON_WHITE_SPACE = b" \t\r\n"

T = TypeVar("T")
Head = tuple[Any, Any, Any]  # id, school, recorded_at: of every event


@dataclass(frozen=True)
class School:
    id: str
    school: str
    at: int
    timezone: str
    reporting: str
    sessions_per_day: int | None
    minutes_per_session: int | None
    pack: str | None


@dataclass(frozen=True)
class Enrolment:
    id: str
    school: str
    at: int
    pupil: str
    from_: date
    until: date | None
    group: str | None
    mentor: str | None
    status: str
    phase: str | None
    left_for: str | None


@dataclass(frozen=True)
class Calendar:
    id: str
    school: str
    at: int
    date: date
    open: bool


@dataclass(frozen=True)
class Mark:
    pupil: str
    status: str
    reason: str
    minutes_missed: int | None


@dataclass(frozen=True)
class Register:
    id: str
    school: str
    at: int
    date: date
    session: int
    minutes: int | None
    group: str | None
    default: str | None
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Close:
    id: str
    school: str
    at: int
    date: date


@dataclass(frozen=True)
class Response:
    id: str
    school: str
    at: int
    pupil: str
    alert: str
    action: str
    until: date | None


@dataclass(frozen=True)
class Erase:
    id: str
    school: str
    at: int
    pupil: str


Event = School | Enrolment | Calendar | Register | Close | Response | Erase


@dataclass(frozen=True)
class Reject:
    """One refused line or mark: every field at fault would do as its reason."""

    faults: tuple[str, ...]

    @property
    def reason(self) -> str:
        return self.faults[0]


@dataclass(frozen=True)
class Read:
    """What one line said: an event, rejects, both (bad marks) or nothing (white space)."""

    event: Event | None
    rejects: tuple[Reject, ...] = ()


class Fields:
    """Takes checked values out of one object, noting every field at fault.

    A check gives the value, or raises ``ValueError``.
    """

    def __init__(self, said: dict[str, object]) -> None:
        self.said = said
        self.faults: list[str] = []

    def take(self, name: str, check: Callable[[object], T]) -> T | None:
        """The value of a field, or None where it is missing, null or at fault."""
        value = self.said.get(name)
        if value is None:
            return None
        try:
            return check(value)
        except ValueError:
            self.faults.append(name)
            return None

    def need(self, name: str, check: Callable[[object], Any]) -> Any:
        """The same for a required field: missing (or null) is a fault."""
        if self.said.get(name) is None:
            self.faults.append(name)
            return None
        return self.take(name, check)


def identifier(value: object) -> str:
    """1 to 64 of ``A-Z a-z 0-9 . _ : -``."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", value):
        return value
    raise ValueError("no identifier")


def calendar_date(value: object) -> date:
    """YYYY-MM-DD, a day that exists (years 0001 to 9999)."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return date(int(value[:4]), int(value[5:7]), int(value[8:]))
    raise ValueError("no date")


def one_of(*allowed: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        raise ValueError("not in the table")

    return check


def whole(least: int, greatest: int) -> Callable[[object], int]:
    """A whole number in a range; True is none, 50.0 is none."""

    def check(value: object) -> int:
        if type(value) is int and least <= value <= greatest:
            return value
        raise ValueError("no whole number in range")

    return check


def truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("neither true nor false")


def array(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise ValueError("no array")


RFC_3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]"
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.[0-9]+)?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))",
)


def instant(value: object) -> int:
    """RFC 3339 as whole seconds UTC since the day before 0001-01-01; a fraction is dropped."""
    found = RFC_3339.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("no RFC 3339")
    day, hour, minute, second, sign, offset_hours, offset_minutes = found.groups()
    seconds = int(hour) * 3600 + int(minute) * 60 + int(second)
    if sign:
        offset = int(offset_hours) * 3600 + int(offset_minutes) * 60
        seconds -= offset if sign == "+" else -offset
    return calendar_date(day).toordinal() * SECONDS_A_DAY + seconds


@lru_cache(maxsize=1)
def timezone_names() -> frozenset[str]:
    """IANA's; ``localtime`` is a file of Debian's."""
    return frozenset(zoneinfo.available_timezones() - {"localtime"})


def timezone(value: object) -> str:
    return one_of(*timezone_names())(value)


@lru_cache(maxsize=100_000)
def read(line: bytes) -> Read:
    """What one line says."""
    if not line.strip(JSON_WHITE_SPACE):
        return Read(None)
    try:
        said = strict_json.parse(line)
    except ValueError:
        return refused("json")
    if not isinstance(said, dict):
        return refused("object")
    fields = Fields(said)
    kind = fields.need("type", one_of(*READERS))
    name = fields.need("id", identifier)
    school = fields.need("school", identifier)
    at = fields.need("recorded_at", instant)
    if kind is None:
        return refused(*fields.faults)
    return READERS[kind](fields, (name, school, at))


def refused(*faults: str) -> Read:
    return Read(None, (Reject(faults),))


def accepted(fields: Fields, event: Event) -> Read:
    """The event, if none of its fields is at fault (else it holds Nones that mean nothing)."""
    return refused(*fields.faults) if fields.faults else Read(event)


def read_school(fields: Fields, head: Head) -> Read:
    event = School(
        *head,
        timezone=fields.take("timezone", timezone) or "Europe/Amsterdam",
        reporting=fields.take("reporting", one_of("all", "exceptions")) or "all",
        sessions_per_day=fields.take("sessions_per_day", whole(1, 12)),
        minutes_per_session=fields.take("minutes_per_session", whole(1, 600)),
        pack=fields.take("pack", one_of("nl", "any", "none")),
    )
    if event.reporting == "exceptions" and fields.said.get("sessions_per_day") is None:
        fields.faults.append("sessions_per_day")
        fields.faults.append("reporting")
    return accepted(fields, event)


def read_enrolment(fields: Fields, head: Head) -> Read:
    event = Enrolment(
        *head,
        pupil=fields.need("pupil", identifier),
        from_=fields.need("from", calendar_date),
        until=fields.take("until", calendar_date),
        group=fields.take("group", identifier),
        mentor=fields.take("mentor", identifier),
        status=fields.take("status", one_of("enrolled", "exempt", "waiting", "left")) or "enrolled",
        phase=fields.take("phase", one_of("po", "vo", "so", "mbo", "transition")),
        left_for=fields.take("left_for", one_of("diploma", "school", "work", "other")),
    )
    return accepted(fields, event)


def read_calendar(fields: Fields, head: Head) -> Read:
    event = Calendar(
        *head, date=fields.need("date", calendar_date), open=fields.need("open", truth)
    )
    return accepted(fields, event)


def read_register(fields: Fields, head: Head) -> Read:
    day = fields.need("date", calendar_date)
    session = fields.need("session", whole(1, 12))
    minutes = fields.take("minutes", whole(1, 600))
    group = fields.take("group", identifier)
    default = fields.take("default", one_of("present", "withdrawn"))
    fields.take("by", identifier)
    said_marks = fields.take("marks", array) or []
    if fields.faults:
        return refused(*fields.faults)
    if days_ahead(day, head[2]) > FUTURE_REGISTER_DAYS:
        return refused("in the future")
    marks: list[Mark] = []
    rejects: list[Reject] = []
    for said in said_marks:
        mark, faults = read_mark(said)
        if faults:
            rejects.append(Reject(faults))
        if mark is not None and (not faults or default == "present"):
            marks.append(mark)
    event = Register(*head, day, session, minutes, group, default, tuple(marks))
    return Read(event, tuple(rejects))


def read_mark(said: object) -> tuple[Mark | None, tuple[str, ...]]:
    """A mark, and the fields at fault.

    A refused mark whose pupil can be read comes as ``withdrawn``: that is what it counts as in
    a register with default ``present``.
    """
    if not isinstance(said, dict):
        return None, ("mark",)
    fields = Fields(said)
    pupil = fields.need("pupil", identifier)
    status = fields.need("status", one_of(*STATUSES))
    reason = fields.take("reason", one_of(*REASONS)) or "unknown"
    minutes_missed = fields.take("minutes_missed", whole(0, 600))
    if not fields.faults:
        return Mark(pupil, status, reason, minutes_missed), ()
    withdrawn = None if pupil is None else Mark(pupil, "withdrawn", "unknown", None)
    return withdrawn, (*fields.faults, "mark")


def read_close(fields: Fields, head: Head) -> Read:
    event = Close(*head, date=fields.need("date", calendar_date))
    if not fields.faults and days_ahead(event.date, event.at) > FUTURE_CLOSE_DAYS:
        fields.faults.append("in the future")
    return accepted(fields, event)


def read_response(fields: Fields, head: Head) -> Read:
    pupil = fields.need("pupil", identifier)
    alert = fields.need("alert", identifier)
    action = fields.need("action", one_of(*ACTIONS))
    fields.take("by", identifier)
    until = None
    if action == "snooze":
        until = fields.need("until", calendar_date)
    elif action == "reported":
        until = fields.take("until", calendar_date)
    return accepted(fields, Response(*head, pupil, alert, action, until))


def read_erase(fields: Fields, head: Head) -> Read:
    return accepted(fields, Erase(*head, pupil=fields.need("pupil", identifier)))


def days_ahead(day: date, at: int) -> int:
    """How many days a date is after the UTC date of an instant."""
    return day.toordinal() - at // SECONDS_A_DAY


READERS: dict[str, Callable[..., Read]] = {
    "school": read_school,
    "enrolment": read_enrolment,
    "calendar": read_calendar,
    "register": read_register,
    "close": read_close,
    "response": read_response,
    "erase": read_erase,
}
