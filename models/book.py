"""What is known of one school: its slots, roster, calendar and reports, last record wins.

A book is data with the few ways in which it changes: one for each type of event. Every way says
from which date on something may look different now, so that whoever works things out from the
book knows what to work out again. It knows no clock; what "now" is, it tells from what was said.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from sys import intern
from typing import Final

import numpy as np

from models.arrays import AnyArray, BoolArray, ByteArray, IntArray
from models.codes import LAST_WITHDRAWN
from models.events.columns import DEFAULT_NONE, DEFAULT_WITHDRAWN
from models.events.instants import date_of, instant_of, local_date
from models.events.types import (
    Action,
    Calendar,
    Enrolment,
    EnrolmentStatus,
    Erase,
    Pack,
    Reporting,
    Response,
    School,
)
from models.page import NEVER, WHOLE_SCHOOL, Page
from models.roster import FOREVER, InForce, Record, Roster
from models.school_days import BOOK_DAYS, OPEN_TO_MARKS_DAYS, school_days, weekdays

NO_DATE: Final = FOREVER
"""Nothing looks different from any date on."""
_ALL_DATES: Final = 0
_FIVE_HOURS: Final = 300
"""Minutes of a school day where nothing else is said."""
_DATES_KEPT: Final = 8
NAMELESS: Final = ""
_DAYS_A_WEEK, _SCHOOL_DAYS_A_WEEK = 7, 5


@dataclass(frozen=True, slots=True)
class Facts:
    """The school event that holds, with what holds where it says nothing."""

    at: int = NEVER
    id: str = ""
    timezone: str = "Europe/Amsterdam"
    is_exceptions: bool = False
    sessions_per_day: int = 1
    minutes_per_session: int = _FIVE_HOURS
    pack: Pack | None = None


def pupil_digest(school: str, pupil: str) -> bytes:
    """What stands for the id of an erased pupil: it is found again when the id comes."""
    return sha256(f"gemist/{school}/{pupil}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Report:
    """A ``reported`` response: when it was made, and the last date that it covers, if said."""

    at: int
    until: int | None
    id: str


@dataclass(slots=True)
class Run:
    """Registers of one school and date that follow one another, as columns.

    The first four have an element a register; ``group`` numbers `Book.groups`. The others have
    an element a mark, ``register`` saying of which; ``pupil`` numbers `Book.pupils`.
    """

    date: int
    at: IntArray
    session: AnyArray
    group: AnyArray
    default: AnyArray
    register: AnyArray
    pupil: AnyArray
    code: ByteArray
    minutes: AnyArray


@dataclass(slots=True)
class Book:
    """One school. Pupils and groups are numbered in the order in which they were met."""

    school: str
    facts: Facts = field(default_factory=Facts)
    pupils: list[str] = field(default_factory=list)
    """`NAMELESS` for who was erased, and not named since the book was read back."""
    pupil_number: dict[str, int] = field(default_factory=dict)
    groups: list[str | None] = field(default_factory=lambda: [None])
    """The first is `models.page.WHOLE_SCHOOL`: no group."""
    group_number: dict[str, int] = field(default_factory=dict)
    pages: dict[int, Page] = field(default_factory=dict)
    roster: Roster = field(default_factory=Roster)
    calendar_said: dict[int, tuple[int, str, bool]] = field(default_factory=dict)
    """date → (recorded at, id, open?)"""
    erased: dict[int, int] = field(default_factory=dict)
    """pupil → when last erased"""
    reports: dict[int, dict[tuple[str, int], Report]] = field(default_factory=dict)
    """pupil → (alert, recorded at) → report"""
    newest_said_at: int = NEVER
    """The newest ``recorded_at`` of an accepted register."""
    first_register: int = NO_DATE
    newest_register: int = 0
    closed_until: int = 0
    """The latest date of a ``close``."""
    first_live_kept: dict[int, int] = field(default_factory=dict)
    """pupil → the date of a first live mark on a page that is gone"""
    days: IntArray = field(default_factory=lambda: np.zeros(0, np.int32))
    """School days, the newest last; those before the book's first page are forgotten."""
    dirty_from: int = NO_DATE
    """From this date on something looks different from what was worked out last."""
    version: int = 0
    """How many of the school's events were read."""
    forgot_before: int = 0
    """Pages and school days dated before this one are gone."""
    roster_version: int = 0
    """Changes with all that a page's counts depend on, beside the page."""
    changed_dates: set[int] = field(default_factory=set)
    """Dates whose pages changed, or went, since pages were last written."""
    nameless: dict[bytes, int] = field(default_factory=dict)
    """`pupil_digest` → number of each pupil who is `NAMELESS`."""
    hidden: frozenset[int] = frozenset()
    """Pupils whose ids the roster, as it was last written, does not have."""
    roster_changed: bool = True
    """Did anything that is kept without end change since the roster was last written?"""
    progress_written: tuple[int, ...] | None = None
    """What moves whenever progress does, as it was when that was last written."""
    _first_live: IntArray | None = None
    _groups_on: dict[int, AnyArray] = field(default_factory=dict)
    _groups_version: int = -1

    # ---- numbers for names

    def number_of_pupil(self, pupil: str) -> int:
        """Number of a pupil, new or not."""
        number = self.pupil_number.get(pupil)
        if number is None:
            pupil = intern(pupil)  # the decoder has it too
            if self.nameless:
                number = self.nameless.pop(pupil_digest(self.school, pupil), None)
            if number is not None:
                self.pupils[number] = pupil
                self.pupil_number[pupil] = number
                return number
            number = self.pupil_number[pupil] = len(self.pupils)
            self.pupils.append(pupil)
            self.roster_changed = True
            self._first_live = None
            self.roster_version += 1
        return number

    def number_of_group(self, group: str | None) -> int:
        """Number of a group, new or not; `models.page.WHOLE_SCHOOL` for None."""
        if group is None:
            return WHOLE_SCHOOL
        number = self.group_number.get(group)
        if number is None:
            number = self.group_number[group] = len(self.groups)
            self.groups.append(group)
            self.roster_changed = True
        return number

    # ---- days

    @property
    def newest_closed(self) -> int:
        """Index into `days` of the newest closed school day; -1 for none."""
        if len(self.days) and self.days[-1] <= self.closed_until:
            return len(self.days) - 1
        return len(self.days) - 2 if len(self.days) > 1 else -1

    @property
    def open_day(self) -> int | None:
        """The date of the school day that is not closed yet, if there is one."""
        if len(self.days) and self.newest_closed < len(self.days) - 1:
            return int(self.days[-1])
        return None

    @property
    def first_changeable(self) -> int:
        """The 40th newest school day: what is dated before it is too old, and final."""
        if len(self.days) < OPEN_TO_MARKS_DAYS:
            return 0
        return int(self.days[-OPEN_TO_MARKS_DAYS])

    def find_days(self) -> None:
        """Work out which dates are school days."""
        if not self.pages and self.newest_register == 0:
            self.days = np.zeros(0, np.int32)
            return
        newest_said = local_date(self.newest_said_at, self.facts.timezone)
        found: Iterable[int]
        if self.facts.is_exceptions:
            last = min(self.newest_register, newest_said)
            closed = sum(not is_open for _, _, is_open in self.calendar_said.values())
            kept = BOOK_DAYS + OPEN_TO_MARKS_DAYS + len(self.days) + closed
            reach = last - kept * _DAYS_A_WEEK // _SCHOOL_DAYS_A_WEEK - _DAYS_A_WEEK
            found = weekdays(max(self.first_register, reach), last)
        else:
            found = (date for date, page in self.pages.items() if page.is_live)
        calendar = {date: said[2] for date, said in self.calendar_said.items()}
        before = self.days
        days = school_days(found, calendar, newest_said)
        self.days = days[days >= self.forgot_before]
        changed = np.setxor1d(before, self.days)
        if len(changed):
            self.touch(int(changed[0]))

    def _find_day(self, date: int, *, is_live: bool) -> None:
        """Find the school days anew after one page changed; mostly it is a new last day."""
        last = int(self.days[-1]) if len(self.days) else 0
        is_next = date > last and is_live and date not in self.calendar_said
        others_are_found = all(other <= last or other == date for other in self.pages)
        said = local_date(self.newest_said_at, self.facts.timezone)
        calendar_opens = any(is_open for _, _, is_open in self.calendar_said.values())
        if is_next and others_are_found and date <= said and not calendar_opens:
            self.days = np.append(self.days, np.int32(date))
            self.touch(date)
        elif not (others_are_found and is_live and date == last):
            self.find_days()

    def touch(self, date: int) -> None:
        """Note that something looks different from a date on."""
        self.dirty_from = min(self.dirty_from, date)

    # ---- what was said

    def take_registers(self, run: Run) -> None:
        """Take registers of one date, none of them too old; find the school days anew."""
        self.changed_dates.add(run.date)
        page = self.pages.get(run.date)
        was_live = page is not None and page.is_live
        if page is None:
            page = self.pages[run.date] = Page(run.date)
            page.make_room([], len(self.pupils))
        newest_before = self.newest_said_at
        self.newest_said_at = max(newest_before, int(run.at.max()))
        spread = run.date < self.first_register or run.date > self.newest_register
        self.first_register = min(self.first_register, run.date)
        self.newest_register = max(self.newest_register, run.date)
        says = run.default != DEFAULT_NONE
        if says.any():
            withdrawn = run.default[says] == DEFAULT_WITHDRAWN
            page.say_defaults(run.group[says], run.session[says], run.at[says], withdrawn)
        self._take_marks(page, run)
        self.touch(run.date)
        timezone = self.facts.timezone
        ahead = newest_before == NEVER or (
            local_date(newest_before, timezone) != local_date(self.newest_said_at, timezone)
        )
        is_live = page.is_live
        if self.facts.is_exceptions:
            if spread or ahead:
                self.find_days()
        elif was_live != is_live or ahead:
            self._find_day(run.date, is_live=is_live)

    def _take_marks(self, page: Page, run: Run) -> None:
        register, pupil, code, minutes = run.register, run.pupil, run.code, run.minutes
        at = run.at[register]
        if self.erased and len(pupil):
            kept = at > self.erased_until()[pupil]
            register, pupil, at = register[kept], pupil[kept], at[kept]
            code, minutes = code[kept], minutes[kept]
        if not len(pupil):
            return
        if not self.hidden.isdisjoint(pupil.tolist() if self.hidden else ()):
            self.roster_changed = True
        page.record(run.session[register], pupil, at, code, minutes)
        if not self.roster.is_sent:
            self._note_first_live(page, pupil, code)

    def _note_first_live(self, page: Page, pupil: AnyArray, code: ByteArray) -> None:
        """Keep the dates of first live marks, which enrol where the school enrols nobody."""
        if self._first_live is None:
            return
        if (code <= LAST_WITHDRAWN).any():
            self._first_live = None
            self.roster_version += 1
            return
        # Not every mark holds: one may be older than the withdrawal that was read before it.
        later = (self._first_live[pupil] > page.date) & page.live()[:, pupil].any(axis=0)
        if later.any():
            self._first_live[pupil[later]] = page.date
            self.roster_version += 1

    def first_live(self) -> IntArray:
        """Date of each pupil's first live mark, `FOREVER` where none is or who was erased."""
        if self._first_live is None:
            first = np.full(len(self.pupils), FOREVER, np.int32)
            for pupil, date in self.first_live_kept.items():
                first[pupil] = date
            for page in self.pages.values():
                live = np.flatnonzero(page.live().any(axis=0))
                first[live] = np.minimum(first[live], page.date)
            self._first_live = first
        first = self._first_live
        if self.erased:
            first = first.copy()
            first[list(self.erased)] = FOREVER
        return first

    def enrol(self, event: Enrolment) -> None:
        """Take an enrolment."""
        at, pupil, first, last = self._enrolment_of(event)
        self.roster_version += 1
        if at <= self.erased.get(pupil, NEVER):
            if not self.roster.is_sent:
                self.roster.is_sent = True
                self.roster_changed = True
                self.touch(_ALL_DATES)
            return
        if not self.roster.is_sent:
            self.touch(_ALL_DATES)
        changed = self.roster.enrol(
            Record(
                pupil,
                first,
                last,
                at,
                event.id,
                self.number_of_group(event.group),
                None if event.mentor is None else intern(event.mentor),
                event.status or EnrolmentStatus.ENROLLED,
                event.phase,
                event.is_leaving,
            )
        )
        if changed:
            self.roster_changed = True
            self.touch(first)

    def _enrolment_of(self, event: Enrolment) -> tuple[int, int, int, int]:
        last = FOREVER if event.until is None else date_of(event.until)
        pupil = self.number_of_pupil(event.pupil)
        return instant_of(event.recorded_at), pupil, date_of(event.from_), last

    def take_calendar(self, event: Calendar) -> None:
        """Take a calendar date."""
        date, at = date_of(event.date), instant_of(event.recorded_at)
        held = self.calendar_said.get(date)
        if held is None or (at, event.id) > held[:2]:
            self.calendar_said[date] = (at, event.id, event.open)
            self.roster_changed = True
            self.find_days()

    def take_school(self, event: School) -> None:
        """Take a school event: all days may look different."""
        at = instant_of(event.recorded_at)
        if (at, event.id) <= (self.facts.at, self.facts.id):
            return
        self.roster_version += 1
        self.roster_changed = True
        sessions = event.sessions_per_day or 1
        self.facts = Facts(
            at,
            event.id,
            event.timezone or Facts().timezone,
            event.reporting is Reporting.EXCEPTIONS,
            sessions,
            event.minutes_per_session or _FIVE_HOURS // sessions,
            event.pack,
        )
        self.find_days()
        self.touch(_ALL_DATES)

    def take_close(self, date: int) -> None:
        """Take a ``close``."""
        self.closed_until = max(self.closed_until, date)

    def take_response(self, event: Response) -> None:
        """Take a response; only reports mean anything here."""
        at = instant_of(event.recorded_at)
        if event.action is not Action.REPORTED:
            return
        pupil = self.number_of_pupil(event.pupil)
        if at <= self.erased.get(pupil, NEVER):
            return
        until = None if event.until is None else date_of(event.until)
        held = self.reports.setdefault(pupil, {}).get((event.alert, at))
        if held is None or event.id > held.id:
            self.reports[pupil][event.alert, at] = Report(at, until, event.id)
            self.roster_changed = True
            self.touch(local_date(at, self.facts.timezone) + 1)

    def erase(self, event: Erase) -> bool:
        """Take an ``erase``: what was recorded about the pupil until then was never said.

        Says whether it is new.
        """
        at = instant_of(event.recorded_at)
        pupil = self.number_of_pupil(event.pupil)
        if at <= self.erased.get(pupil, NEVER):
            return False
        self.roster_version += 1
        self.roster_changed = True
        self.erased[pupil] = at
        self.changed_dates.update(
            date for date, page in self.pages.items() if page.forget(pupil, at)
        )
        self.first_live_kept.pop(pupil, None)
        self.roster.forget(pupil, at)
        kept = {key: said for key, said in self.reports.pop(pupil, {}).items() if said.at > at}
        if kept:
            self.reports[pupil] = kept
        self._first_live = None
        self.find_days()
        self.touch(_ALL_DATES)
        return True

    # ---- what follows

    def unspoken(self) -> set[int]:
        """Erased pupils of whom nothing stands that was recorded since."""
        unspoken = set(self.erased) - self.reports.keys() - self.roster.pupils()
        for page in self.pages.values() if unspoken else ():
            unspoken.difference_update(np.flatnonzero(page.code.any(axis=0)).tolist())
        return unspoken

    def erased_until(self) -> IntArray:
        """When each pupil was last erased, `models.page.NEVER` for who was not."""
        until = np.full(len(self.pupils), NEVER, np.int64)
        until[list(self.erased)] = list(self.erased.values())
        return until

    def in_force(self, dates: IntArray, pupils: IntArray | None = None) -> InForce:
        """Who is enrolled on some dates: of some pupils, sorted, or of all."""
        implied = None if self.roster.is_sent else self.first_live()
        everyone = np.arange(len(self.pupils)) if pupils is None else pupils
        return self.roster.in_force(dates, everyone, implied)

    def groups_on(self, date: int) -> AnyArray:
        """Every pupil's group on a date, `InForce.group`; kept, for it is asked again."""
        if self._groups_version != self.roster_version or len(self._groups_on) > _DATES_KEPT:
            self._groups_on.clear()
            self._groups_version = self.roster_version
        group = self._groups_on.get(date)
        if group is None:
            group = self.in_force(np.array([date], np.int32)).group[0]
            self._groups_on[date] = group
        return group

    def reports_of(self, pupil: int) -> list[tuple[int, int]]:
        """When a pupil was reported, and until when each report covers, as dates."""
        found = []
        for report in self.reports.get(pupil, {}).values():
            made = local_date(report.at, self.facts.timezone)
            found.append((made, made if report.until is None else min(made, report.until)))
        return found

    def unenrolled(self) -> BoolArray:
        """Who has no enrolment, and none by their marks, ``[pupils]``."""
        without = np.ones(len(self.pupils), np.bool_)
        if self.roster.is_sent:
            without[list(self.roster.pupils())] = False
        else:
            without[self.first_live() != FOREVER] = False
        return without

    def drop_counts(self) -> None:
        """Let go of what was counted of pages: they are counted anew when somebody asks."""
        for page in self.pages.values():
            page.counted = None
        self._groups_on.clear()

    def forget_before(self, date: int) -> None:
        """Let go of pages and days dated before a school day, keeping what is kept without end."""
        if not self.roster.is_sent:
            first = self.first_live()
            gone = np.flatnonzero(first < date)
            kept = dict(zip(gone.tolist(), first[gone].tolist(), strict=True))
            self.roster_changed |= not kept.items() <= self.first_live_kept.items()
            self.first_live_kept |= kept
        for old in [each for each in self.pages if each < date]:
            del self.pages[old]
            self.changed_dates.add(old)
        self.roster_changed |= len(self.erased) > 0  # of whom nothing more may stand
        self.days = self.days[self.days >= date]
        self.forgot_before = date
