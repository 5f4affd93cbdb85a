"""Facts into events: the school, its calendar, and registers in the order of recording.

Everything about an event follows from what the files say, its id included (the date and a
digest of the contents): importing the same files again gives the same bytes, and a log that
got one export twice holds the same facts.
"""

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from streams.importers.days import SchoolDays
from streams.importers.fact import Fact
from streams.importers.ledger import Ledger
from streams.importers.refusal import Unusable, Why

EVENING = dt.time(18)
"""Issue 5: what has no time of recording was recorded at 18:00 of its day, at the school."""

MARKS_A_REGISTER = 1000
"""A line of a log stays far below the 2 MB at which a reader refuses it."""

FUTURE_LIMIT_DAYS = 7
"""SEMANTICS.md 1: a register dated later than this after its recording is a reject."""

SCHOOL, CALENDAR, REGISTER = range(3)
"""The order of events of one second: a school and its calendar come before its registers."""

Line = tuple[str, str, int, str, bytes]
"""When (UTC), school, rank, id and the event itself; lines of a log sort by this."""

RegisterKey = tuple[str, dt.date, int, str, str, str]
"""School, date, session, group, recorded by, and when (UTC); an empty text is null."""


class School(msgspec.Struct, frozen=True):
    """How the schools of an import report: the same for all of them."""

    timezone: str = "Europe/Amsterdam"
    reporting: str = "all"
    sessions_per_day: int | None = None
    minutes_per_session: int | None = None


class Log(msgspec.Struct, frozen=True):
    """The events of an import, one encoded line each, in order."""

    lines: list[bytes]
    schools: int
    calendar_days: int
    registers: int
    marks: int
    first: dt.date | None
    last: dt.date | None

    def summary(self) -> str:
        """One sentence about the log."""
        if self.first is None:
            return "marks 0"
        return (
            f"marks {self.marks:,}, registers {self.registers:,}, schools {self.schools:,},"
            f" calendar days {self.calendar_days:,}; {self.first} to {self.last}"
        )


def zone(name: str) -> ZoneInfo:
    """Find the time zone of that name; `Unusable` where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Unusable(f"--timezone {name!r}: no such zone (Europe/Amsterdam is one)") from None


def _utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _event(source: str, rank: int, body: dict[str, Any]) -> Line:
    """Give the event its id, which depends on nothing but its contents."""
    digest = hashlib.sha256(msgspec.json.encode(body)).hexdigest()[:16]
    kind, day = body["type"], body.get("date", body["recorded_at"][:10])
    identity = f"{source}:{kind}:{day}:{digest}"
    event = {"type": kind, "id": identity} | body
    return (body["recorded_at"], body["school"], rank, identity, msgspec.json.encode(event))


def _mark(fact: Fact) -> dict[str, Any]:
    mark: dict[str, Any] = {"pupil": fact.pupil, "status": fact.status}
    if fact.reason is not None:
        mark["reason"] = fact.reason
    if fact.minutes_missed is not None:
        mark["minutes_missed"] = fact.minutes_missed
    return mark


def _registers(source: str, facts: Iterable[Fact], home: ZoneInfo) -> tuple[list[Line], int]:
    """Make registers of the facts, and count how many marks share their slot with another one."""
    grouped: dict[RegisterKey, list[bytes]] = defaultdict(list)
    slots: Counter[tuple[str, str, dt.date, int]] = Counter()
    for fact in facts:
        recorded = fact.recorded_at or dt.datetime.combine(fact.date, EVENING, home)
        key = (
            fact.school,
            fact.date,
            fact.session,
            fact.group or "",
            fact.by or "",
            _utc(recorded),
        )
        grouped[key].append(msgspec.json.encode(_mark(fact)))
        slots[fact.school, fact.pupil, fact.date, fact.session] += 1
    lines: list[Line] = []
    for (school, date, session, group, by, recorded_at), marks in grouped.items():
        marks.sort()
        for start in range(0, len(marks), MARKS_A_REGISTER):
            body: dict[str, Any] = {
                "type": "register",
                "school": school,
                "recorded_at": recorded_at,
                "date": date.isoformat(),
                "session": session,
            }
            body |= {name: text for name, text in (("group", group), ("by", by)) if text}
            body["marks"] = [msgspec.Raw(mark) for mark in marks[start : start + MARKS_A_REGISTER]]
            lines.append(_event(source, REGISTER, body))
    return lines, sum(count - 1 for count in slots.values())


def _school_lines(
    source: str, name: str, started: str, school: School, days: SchoolDays
) -> Iterable[Line]:
    about = {key: value for key, value in msgspec.structs.asdict(school).items() if value}
    body = {"type": "school", "school": name, "recorded_at": started} | about
    yield _event(source, SCHOOL, body)
    for date, is_open, reason in days.worth_saying():
        yield _event(
            source,
            CALENDAR,
            {
                "type": "calendar",
                "school": name,
                "recorded_at": started,
                "date": date.isoformat(),
                "open": is_open,
                "reason": reason,
            },
        )


def _that_count(
    facts: Iterable[Fact], days: Mapping[str, SchoolDays], ledger: Ledger, date_field: str
) -> list[Fact]:
    """Keep the facts whose date is a school day; list the others."""
    kept: list[Fact] = []
    for fact in facts:
        why = days[fact.school].refusal(fact.date)
        if (
            fact.recorded_at is not None
            and (fact.date - fact.recorded_at.astimezone(dt.UTC).date()).days > FUTURE_LIMIT_DAYS
        ):
            why = Why.FUTURE
        if why is not None:
            ledger.refuse_day(fact.kind, fact.place, why, date_field, fact.date.isoformat())
            continue
        words = f"{fact.status} {fact.reason}" if fact.reason else fact.status
        ledger.accept(fact.kind, words)
        kept.append(fact)
    return kept


def compose(
    source: str,
    facts: Iterable[Fact],
    school: School,
    days: Mapping[str, SchoolDays],
    ledger: Ledger,
    *,
    date_field: str,
    known_since: Mapping[str, dt.date] | None = None,
) -> Log:
    """Make events of ``facts``, with what their schools are and when they were open.

    ``days`` has an entry for every school; ``date_field`` is the date's name in the files, for
    the list of what was refused; ``known_since`` is a date from which something is known of a
    school besides its marks (its first term).
    """
    home = zone(school.timezone)
    kept = _that_count(facts, days, ledger, date_field)
    begun: dict[str, dt.datetime] = {
        name: dt.datetime.combine(date, dt.time(), home)
        for name, date in (known_since or {}).items()
    }
    for fact in kept:
        midnight = dt.datetime.combine(fact.date, dt.time(), home)
        earliest = min(midnight, fact.recorded_at or midnight)
        begun[fact.school] = min(earliest, begun.get(fact.school, earliest))
    lines, beside = _registers(source, kept, home)
    if beside:
        ledger.notes.append(
            "marks that stand beside another of the same pupil, day and session:"
            f" {beside:,}. All are in the log; the later recording holds, of one time the"
            " greater absence (SEMANTICS.md, law 1)"
        )
    registers = len(lines)
    for name, moment in begun.items():
        lines.extend(_school_lines(source, name, _utc(moment), school, days[name]))
    lines.sort()
    return Log(
        lines=[line for *_, line in lines],
        schools=len(begun),
        calendar_days=len(lines) - registers - len(begun),
        registers=registers,
        marks=len(kept),
        first=min((fact.date for fact in kept), default=None),
        last=max((fact.date for fact in kept), default=None),
    )
