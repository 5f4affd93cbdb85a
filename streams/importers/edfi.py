"""Ed-Fi bulk XML: attendance events and calendars of American (and other) school districts.

The mapping, decided once and written down here and in ``docs/import.md``:

- Ed-Fi records exceptions: who is not mentioned was there. So a school is ``reporting:
  exceptions`` with one session a day, and its pupils are enrolled by their first mark.
- There is no time of recording: 18:00 of the day, in the school's time zone.
- `Excused Absence` is ``leave`` unless its description says more; `Unexcused Absence` is
  ``unauthorised`` whatever it says; `Tardy` is ``late``; `Early departure` and `Partial` are
  ``left_early`` (`Partial` with an arrival and no departure: ``late``); `In Attendance` and
  `Present` are ``present``.
- `EventDuration` is in days. An absence of half a day or more is ``absent``, as the United
  States' definition of chronic absence has it; of less, ``left_early``. Its minutes are that
  part of the school's day. Without it `SchoolAttendanceDuration` (minutes) is read the same
  way; without both it is the whole day.
- **Two events for one pupil and day** are both in the log, as two marks of one slot recorded
  at one time. The law of ties of SEMANTICS.md decides which holds: ``absent`` before
  ``left_early`` before ``late`` before ``present``, then the less authorised reason, then the
  greater minutes. Lessons are added up first (`edfi_lessons`). So an absence of the whole day
  stands over a `Partial` of ten minutes, and a lesson's lateness that the school also
  recorded for the day counts once.
- An event on a Saturday or Sunday, or on a date that a calendar closes, is listed and not
  imported, unless a calendar opens the date (`days` says why).
"""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import msgspec

from streams.importers.days import SchoolDays
from streams.importers.edfi_lessons import Lesson, add_up
from streams.importers.edfi_terms import KINDS as CALENDAR_KINDS
from streams.importers.edfi_terms import Terms
from streams.importers.edfi_words import Category, category, reason_of
from streams.importers.edfi_xml import Entity, entities
from streams.importers.fact import Fact, day, identifier, minutes, number, whole_minutes
from streams.importers.ledger import Ledger
from streams.importers.log import Log, School, compose
from streams.importers.refusal import Refusal, Why

DAY_MINUTES = 300
"""SEMANTICS.md 1: a day of five hours, where the school does not say."""

LESSON_MINUTES = 50
HALF_A_DAY = Decimal("0.5")


class EdFi(msgspec.Struct, frozen=True):
    """What the command line says about an Ed-Fi import."""

    timezone: str = "Europe/Amsterdam"
    minutes_per_session: int | None = None
    lesson_minutes: int = LESSON_MINUTES
    categories: dict[str, Category] = {}
    closed: list[dt.date] = []
    open: list[dt.date] = []

    @property
    def day_minutes(self) -> int:
        """The length of a school day."""
        return self.minutes_per_session or DAY_MINUTES


def import_edfi(files: list[Path], options: EdFi) -> tuple[Log, Ledger]:
    """Make the log of ``files``, and count what was read."""
    ledger = Ledger([str(file) for file in files])
    facts: list[Fact] = []
    lessons: list[Lesson] = []
    terms = Terms()
    for number_of_file, file in enumerate(files):
        for entity in entities(file):
            place = (number_of_file, entity.line)
            try:
                match entity.name:
                    case "StudentSchoolAttendanceEvent":
                        ledger.read[entity.name] += 1
                        facts.append(_day_event(entity, place, options))
                    case "StudentSectionAttendanceEvent":
                        ledger.read[entity.name] += 1
                        lessons.append(_lesson_event(entity, place, options))
                    case kind if kind in CALENDAR_KINDS:
                        ledger.read[entity.name] += 1
                        terms.hear(entity, place, ledger)
                    case other:
                        ledger.not_looked_at[other] += 1
            except Refusal as refusal:
                ledger.refuse(entity.name, place, refusal)
    facts.extend(add_up(lessons, options.day_minutes))
    days = _days(facts, terms, options, ledger)
    school = School(
        timezone=options.timezone,
        reporting="exceptions",
        sessions_per_day=1,
        minutes_per_session=options.minutes_per_session,
    )
    log = compose(
        "edfi",
        facts,
        school,
        days,
        ledger,
        date_field="EventDate",
        known_since=terms.known_since(),
    )
    ledger.notes.extend(terms.notes(days))
    return log, ledger


def _days(facts: list[Fact], terms: Terms, options: EdFi, ledger: Ledger) -> dict[str, SchoolDays]:
    schools = {fact.school for fact in facts} | terms.schools()
    days = {school: SchoolDays(weekdays_only=True) for school in sorted(schools)}
    terms.tell(days, ledger)
    for school_days in days.values():
        for date in options.closed:
            school_days.close(date, "closed by --closed")
        for date in options.open:
            school_days.open(date, "opened by --open")
    return days


def _common(entity: Entity, place: tuple[int, int], options: EdFi) -> tuple[Category, Fact]:
    kind = category(entity.text("AttendanceEventCategory"), options.categories)
    return kind, Fact(
        place=place,
        kind=entity.name,
        school=identifier(entity.text("SchoolId"), "SchoolId"),
        date=day(entity.text("EventDate"), "EventDate"),
        pupil=identifier(entity.text("StudentUniqueId"), "StudentUniqueId"),
        status=_arrived_late(kind, entity),
        reason=reason_of(kind, entity.text("AttendanceEventReason")),
    )


def _arrived_late(kind: Category, entity: Entity) -> str:
    """Give the category's status; part of a day with an arrival and no departure is late."""
    if kind.is_partial and entity.text("ArrivalTime") and not entity.text("DepartureTime"):
        return "late"
    return kind.status


def _day_event(entity: Entity, place: tuple[int, int], options: EdFi) -> Fact:
    kind, fact = _common(entity, place, options)
    duration = entity.text("EventDuration")
    part = None if duration is None else number(duration, "EventDuration", Why.NOT_A_DURATION)
    missed = minutes(entity.text("SchoolAttendanceDuration"), "SchoolAttendanceDuration")
    whole = Decimal(options.day_minutes)
    if part is not None and part < 1:
        in_minutes: int | None = whole_minutes(part * whole)
    else:
        in_minutes = None if part is not None and kind.is_absence else missed
    if kind.is_absence:
        if in_minutes is not None and Decimal(in_minutes) < whole * HALF_A_DAY:
            return msgspec.structs.replace(fact, status="left_early", minutes_missed=in_minutes)
        return msgspec.structs.replace(fact, minutes_missed=in_minutes)
    if fact.status == "present":
        return fact
    minutes_missed = in_minutes if missed is None else missed
    return msgspec.structs.replace(fact, minutes_missed=minutes_missed)


def _lesson_event(entity: Entity, place: tuple[int, int], options: EdFi) -> Lesson:
    kind, fact = _common(entity, place, options)
    missed = minutes(entity.text("SectionAttendanceDuration"), "SectionAttendanceDuration")
    if missed is None and kind.is_absence:
        missed = options.lesson_minutes
    if fact.status != "present":
        fact = msgspec.structs.replace(fact, minutes_missed=missed)
    return Lesson(fact, entity.text("SectionIdentifier") or "", missed=kind.is_absence)
