"""What is known of one school: facts, last record wins (SEMANTICS.md 1 and 2)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from .events import (
    REASONS,
    SECONDS_A_DAY,
    STATUSES,
    UNAUTHORISED,
    Calendar,
    Close,
    Enrolment,
    Erase,
    Event,
    Mark,
    Register,
    Response,
    School,
)

FIVE_HOURS = 300  # minutes: a school day where nothing else is said


@dataclass(frozen=True)
class HeldMark:
    """The mark that holds for its slot, and when that was said."""

    at: int
    mark: Mark
    register_minutes: int | None

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Later beats earlier; then status, reason and minutes decide (law 1)."""
        minutes = self.mark.minutes_missed
        if minutes is None:
            minutes = self.register_minutes if self.mark.status == "absent" else 0
        return (
            self.at,
            STATUSES.index(self.mark.status),
            REASONS.index(self.mark.reason),
            -1 if minutes is None else minutes,
        )


@dataclass(frozen=True)
class Session:
    """A known session of an enrolled pupil. Present where ``mark`` is None."""

    mark: HeldMark | None

    @property
    def missed(self) -> bool:
        held = self.mark
        return held is not None and held.mark.status == "absent" and held.mark.reason != "elsewhere"

    def has(self, *statuses: str) -> bool:
        return self.mark is not None and self.mark.mark.status in statuses

    @property
    def ill(self) -> bool:
        return self.mark is not None and self.missed and self.mark.mark.reason == "illness"

    @property
    def unauthorised(self) -> bool:
        """Its mark's reason is; so it is late, left early or missed without authority."""
        return self.mark is not None and self.mark.mark.reason in UNAUTHORISED


@dataclass(frozen=True)
class Report:
    """A ``reported`` response: made on one date, covering every date up to another."""

    made: date
    covers: date


class Book:
    """Everything about one school, worked out from all of its events each time."""

    def __init__(self, school: str, events: Iterable[Event]) -> None:
        self.school = school
        self.events = list(events)

    def _of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    # ---- the school itself

    @cached_property
    def facts(self) -> School:
        """The school event that holds, or what holds where there is none."""
        nothing = School("", self.school, 0, "Europe/Amsterdam", "all", None, None, None)
        return max(self._of(School), key=lambda event: (event.at, event.id), default=nothing)

    @property
    def exceptions(self) -> bool:
        return self.facts.reporting == "exceptions"

    @cached_property
    def minutes_per_session(self) -> int:
        given = self.facts.minutes_per_session
        return FIVE_HOURS // (self.facts.sessions_per_day or 1) if given is None else given

    def local_date(self, at: int) -> date:
        """The date of an instant in the school's timezone."""
        try:
            utc = datetime.fromisoformat("0001-01-01T00:00:00+00:00") + timedelta(
                seconds=at - SECONDS_A_DAY
            )
            return utc.astimezone(ZoneInfo(self.facts.timezone)).date()
        except OverflowError:  # at the ends of the years 1 and 9999
            return date.min if at < date(5000, 1, 1).toordinal() * SECONDS_A_DAY else date.max

    # ---- erased pupils

    @cached_property
    def erased(self) -> dict[str, int]:
        """When each erased pupil was last erased."""
        latest: dict[str, int] = {}
        for event in self._of(Erase):
            latest[event.pupil] = max(event.at, latest.get(event.pupil, event.at))
        return latest

    def is_erased(self, pupil: str, at: int) -> bool:
        """Was what was recorded about the pupil then removed by an ``erase``?"""
        return pupil in self.erased and at <= self.erased[pupil]

    # ---- marks and defaults

    @cached_property
    def registers(self) -> list[Register]:
        return self._of(Register)

    @cached_property
    def marks(self) -> dict[tuple[str, date, int], HeldMark]:
        """The mark that holds for each slot, a ``withdrawn`` one included."""
        held: dict[tuple[str, date, int], HeldMark] = {}
        for register in self.registers:
            for mark in register.marks:
                if self.is_erased(mark.pupil, register.at):
                    continue
                slot = (mark.pupil, register.date, register.session)
                new = HeldMark(register.at, mark, register.minutes)
                if slot not in held or new.rank > held[slot].rank:
                    held[slot] = new
        return held

    @cached_property
    def live_marks(self) -> dict[str, list[date]]:
        """Pupil → the dates of the live marks, one a slot."""
        live: dict[str, list[date]] = defaultdict(list)
        for (pupil, day, _), held in self.marks.items():
            if held.mark.status != "withdrawn":
                live[pupil].append(day)
        return live

    @cached_property
    def defaults(self) -> dict[tuple[str | None, date, int], int]:
        """When each default ``present`` that holds for its (group, date, session) was said."""
        held: dict[tuple[str | None, date, int], tuple[int, str]] = {}
        for register in self.registers:
            if register.default is not None:
                key = (register.group, register.date, register.session)
                new = (register.at, register.default)
                held[key] = max(new, held.get(key, new))  # "withdrawn" > "present": wins the tie
        return {key: at for key, (at, default) in held.items() if default == "present"}

    # ---- enrolments

    @cached_property
    def enrolments(self) -> dict[str, list[Enrolment]]:
        """Pupil → the records that hold, by ``from``; of an erased pupil those said after it."""
        held: dict[tuple[str, date], Enrolment] = {}
        for event in self._of(Enrolment):
            if self.is_erased(event.pupil, event.at):
                continue
            key = (event.pupil, event.from_)
            if key not in held or (event.at, event.id) > (held[key].at, held[key].id):
                held[key] = event
        by_pupil: dict[str, list[Enrolment]] = defaultdict(list)
        for key in sorted(held):
            by_pupil[key[0]].append(held[key])
        return by_pupil

    @cached_property
    def implied_enrolments(self) -> dict[str, Enrolment]:
        """Who is enrolled by a first live mark, at a school that never sent an enrolment."""
        if self._of(Enrolment):
            return {}
        return {
            pupil: Enrolment(
                "", self.school, 0, pupil, min(days), None, None, None, "enrolled", None, None
            )
            for pupil, days in self.live_marks.items()
            if pupil not in self.erased
        }

    def enrolment(self, pupil: str, day: date) -> Enrolment | None:
        """The enrolment in force on a date, if it enrols."""
        covering = [
            record
            for record in (*self.enrolments.get(pupil, ()), *self._implied(pupil))
            if record.from_ <= day and (record.until is None or day <= record.until)
        ]
        in_force = max(covering, key=lambda record: record.from_, default=None)
        return in_force if in_force is not None and in_force.status == "enrolled" else None

    def _implied(self, pupil: str) -> tuple[Enrolment, ...]:
        implied = self.implied_enrolments.get(pupil)
        return () if implied is None else (implied,)

    @cached_property
    def pupils(self) -> list[str]:
        """Everyone who may be enrolled on some date."""
        return sorted({*self.enrolments, *self.implied_enrolments})

    @cached_property
    def enrolled(self) -> dict[date, dict[str, Enrolment]]:
        """School day → pupil → the enrolment in force."""
        on: dict[date, dict[str, Enrolment]] = {}
        for day in self.school_days:
            in_force = {pupil: self.enrolment(pupil, day) for pupil in self.pupils}
            on[day] = {pupil: record for pupil, record in in_force.items() if record is not None}
        return on

    # ---- reports

    @cached_property
    def reports(self) -> dict[str, list[Report]]:
        """Pupil → reports; two of one key differ in ``until`` at most, the greater id holds."""
        held: dict[tuple[str, str, int], Response] = {}
        for event in self._of(Response):
            if event.action != "reported" or self.is_erased(event.pupil, event.at):
                continue
            key = (event.pupil, event.alert, event.at)
            if key not in held or event.id > held[key].id:
                held[key] = event
        by_pupil: dict[str, list[Report]] = defaultdict(list)
        for event in held.values():
            made = self.local_date(event.at)
            covers = made if event.until is None else min(made, event.until)
            by_pupil[event.pupil].append(Report(made, covers))
        return by_pupil

    # ---- school days

    @cached_property
    def calendar(self) -> dict[date, bool]:
        """Date → open or not, as the records that hold say."""
        held: dict[date, Calendar] = {}
        for event in self._of(Calendar):
            if event.date not in held or (event.at, event.id) > (
                held[event.date].at,
                held[event.date].id,
            ):
                held[event.date] = event
        return {day: event.open for day, event in held.items()}

    @cached_property
    def school_days(self) -> list[date]:
        """Every school day so far, oldest first."""
        if not self.registers:
            return []
        if self.exceptions:
            first = min(register.date for register in self.registers)
            last = max(register.date for register in self.registers)
            span = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
            found = {day for day in span if day.isoweekday() <= 5}
        else:
            found = {day for days in self.live_marks.values() for day in days}
            found |= {day for _, day, _ in self.defaults}
        newest_said = self.local_date(max(register.at for register in self.registers))
        found = {day for day in found if day <= newest_said}
        if not found:
            return []
        newest = max(found)
        for day, is_open in self.calendar.items():
            if is_open and day <= newest:
                found.add(day)
            elif not is_open:
                found.discard(day)
        return sorted(found)

    @cached_property
    def closed_until(self) -> date | None:
        """The latest date of a ``close``."""
        return max((event.date for event in self._of(Close)), default=None)

    def closed_days(self) -> list[date]:
        """The school days that are closed while the log may go on."""
        days = self.school_days
        if not days or (self.closed_until is not None and days[-1] <= self.closed_until):
            return days
        return days[:-1]

    # ---- sessions

    @cached_property
    def _sessions_said(self) -> dict[date, list[int]]:
        said: dict[date, set[int]] = defaultdict(set)
        for _, day, session in (*self.marks, *self.defaults):
            said[day].add(session)
        return {day: sorted(sessions) for day, sessions in said.items()}

    def slot(self, pupil: str, group: str | None, day: date, session: int) -> Session | None:
        """What a slot holds: a mark, a default (present), or nothing.

        ``group`` is the enrolled pupil's on that date.
        """
        said: list[tuple[int, int, HeldMark | None]] = []  # when, who beats whom, what
        own = self.marks.get((pupil, day, session))
        if own is not None:
            said.append((own.at, 3, own))
        for beats, key in ((2, group), (1, None)):
            at = self.defaults.get((key, day, session))
            if at is not None and not self.is_erased(pupil, at):
                said.append((at, beats, None))
        if not said:
            return None
        _, _, held = max(said, key=lambda one: one[:2])
        return None if held is not None and held.mark.status == "withdrawn" else Session(held)

    def known_sessions(self, pupil: str, day: date) -> list[Session]:
        """The known sessions of a pupil on a school day; none where not enrolled."""
        enrolment = self.enrolled[day].get(pupil)
        if enrolment is None:
            return []
        if self.exceptions:
            numbers = list(range(1, (self.facts.sessions_per_day or 1) + 1))
            slots = [self.slot(pupil, enrolment.group, day, number) for number in numbers]
            return [Session(None) if slot is None else slot for slot in slots]
        numbers = self._sessions_said.get(day, [])
        slots = [self.slot(pupil, enrolment.group, day, number) for number in numbers]
        return [slot for slot in slots if slot is not None]

    def minutes_missed(self, held: HeldMark) -> int:
        """The minutes that a mark stands for."""
        if held.mark.minutes_missed is not None:
            return held.mark.minutes_missed
        if held.mark.status != "absent":
            return 0
        if held.register_minutes is not None:
            return held.register_minutes
        return self.minutes_per_session
