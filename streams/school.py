"""One school in a stream: its events in order, and when a difference is taken.

A live engine takes one after every batch. A replay takes one at every close of a school's day;
it lets closes wait, and works them out as one block as long as nothing that comes reaches back
to a day that is closed.
"""

from collections.abc import Callable
from typing import Final, assert_never

import numpy as np

from alerts.alert import Alert
from alerts.watch import Publication, Watch
from models.arrays import IntArray
from models.book import Book, Run
from models.codes import LAST_WITHDRAWN
from models.events.decode import (
    DEFAULT_NONE,
    DEFAULT_PRESENT,
    DEFAULT_WITHDRAWN,
    Registers,
)
from models.events.instants import date_of, instant_of, local_date
from models.events.types import (
    Calendar,
    Close,
    Enrolment,
    Erase,
    Event,
    Register,
    Response,
)
from models.events.types import School as SchoolEvent
from models.pasts import Correction, remember
from models.school_days import weekdays

BLOCK_DAYS: Final = 100
"""How many closes may wait: the more, the fewer times the 60 days before them are looked at."""
_EVERY_DATE: Final = 0


class School:
    """Takes a school's events in order, and tells what changed."""

    def __init__(self, name: str, pack: str, *, live: bool) -> None:
        self.watch = Watch(Book(name), pack)
        self._live = live
        self._waiting: list[Publication] = []
        self._corrections: list[Correction] = []
        self._closed_until = 0

    @property
    def book(self) -> Book:
        """What is known of the school."""
        return self.watch.book

    @property
    def first_changeable(self) -> int:
        """What is dated before this is too old."""
        return self.book.first_changeable

    def take_registers(
        self, registers: Registers, rows: slice, marks: slice, too_old: int | None
    ) -> tuple[list[Alert], bool]:
        """Take registers of one date; were they refused as too old?

        ``registers`` are of this school, pupils and groups numbered as in its book.
        """
        book = self.book
        date = int(registers.date[rows.start])
        count = rows.stop - rows.start
        if count > 1 and not self._live and not self._is_one_moment(registers, rows, marks):
            return self._take_one_by_one(registers, rows, marks, too_old)
        if date < (book.first_changeable if too_old is None else too_old):
            book.version += count
            return [], True
        alerts = self._before_registers(registers, rows, marks)
        of_register = registers.marks[rows]
        run = Run(
            date=date,
            at=registers.at[rows],
            session=registers.session[rows],
            group=registers.group[rows],
            default=registers.default[rows],
            register=np.repeat(np.arange(count), of_register),
            pupil=registers.pupil[marks],
            code=registers.code[marks],
            minutes=registers.minutes[marks],
        )
        before = book.version
        newest_said = book.newest_said_at
        book.take_registers(run)
        book.version += count
        alerts += self._after(lambda: before + self._closing_register(run, newest_said))
        return alerts, False

    def _before_registers(self, registers: Registers, rows: slice, marks: slice) -> list[Alert]:
        """Keep what registers of a closed day correct, or work out the closes that wait."""
        date = int(registers.date[rows.start])
        if not self._waiting or date > self._waiting[-1].day:
            return []
        pupils = np.unique(registers.pupil[marks])
        if not self._leaves_days(registers, rows, marks, pupils):
            return self._work_out()
        says_default = (registers.default[rows] != DEFAULT_NONE).any()
        self._corrections.append(
            remember(self.book, len(self._waiting), date, None if says_default else pupils)
        )
        return []

    def _leaves_days(
        self, registers: Registers, rows: slice, marks: slice, pupils: IntArray
    ) -> bool:
        """Say whether registers of a closed day change no more than some pupils' day."""
        book = self.book
        date = int(registers.date[rows.start])
        if date not in book.days or date < book.first_register:
            return False
        if _takes_back(registers, rows, marks):
            return False
        return book.roster.is_sent or bool((book.first_live()[pupils] <= date).all())

    def _is_one_moment(self, registers: Registers, rows: slice, marks: slice) -> bool:
        """Say whether a date's registers may be taken at once: no day closes between them.

        Days may where the date is closed as it begins or opens an old day, and where what was
        recorded ahead becomes school days as the newest ``recorded_at`` moves on.
        """
        book = self.book
        timezone = book.facts.timezone
        date = int(registers.date[rows.start])
        before = local_date(book.newest_said_at, timezone)
        said = max(before, local_date(int(registers.at[rows].max()), timezone))
        if said > before:
            others = [*book.pages, *book.calendar_said]
            if book.facts.is_exceptions:
                first = max(before + 1, book.first_register)
                others += weekdays(first, min(said, book.newest_register))
            if any(before < other <= said and other != date for other in others):
                return False
        newest = int(book.days[-1]) if len(book.days) else 0
        if date >= newest and date > book.closed_until and said <= date:
            return True
        takes_back = _takes_back(registers, rows, marks)
        return date in book.days and said <= max(before, newest) and not takes_back

    def _take_one_by_one(
        self, registers: Registers, rows: slice, marks: slice, too_old: int | None
    ) -> tuple[list[Alert], bool]:
        alerts: list[Alert] = []
        refused = False
        start = marks.start
        for row in range(rows.start, rows.stop):
            end = start + int(registers.marks[row])
            told, refused = self.take_registers(
                registers, slice(row, row + 1), slice(start, end), too_old
            )
            alerts += told
            start = end
        return alerts, refused

    def _closing_register(self, run: Run, newest_said: int) -> int:
        """How many of a run's registers were read when it closed the day before."""
        says = run.default == DEFAULT_PRESENT
        live = np.bincount(run.register, run.code > LAST_WITHDRAWN, len(run.at)) > 0
        if self.book.facts.is_exceptions:
            says[:] = True
        newest = np.maximum.accumulate(np.maximum(run.at, newest_said))
        for row in np.flatnonzero(says | live).tolist():
            if local_date(int(newest[row]), self.book.facts.timezone) >= run.date:
                return row + 1
        return len(run.at)

    def take(self, event: Event) -> list[Alert]:
        """Take an event that is no register."""
        book = self.book
        alerts = self._before(self._reach(event))
        changeable = self.watch.freeze() if self._reaches_final_days(event) else _EVERY_DATE
        match event:
            case SchoolEvent():
                book.take_school(event)
            case Enrolment():
                book.enrol(event)
            case Calendar():
                book.take_calendar(event)
            case Close():
                book.take_close(date_of(event.date))
            case Response():
                book.take_response(event)
            case Erase():
                if book.erase(event):
                    self.watch.erase(book.pupil_number[event.pupil])
            case Register():
                raise TypeError("registers come in columns")
            case _:
                assert_never(event)
        book.dirty_from = max(book.dirty_from, changeable)
        book.version += 1
        alerts += self._after(lambda: book.version)
        return alerts

    def _reach(self, event: Event) -> int:
        """The first date that may look different after an event."""
        match event:
            case SchoolEvent() | Erase():
                return _EVERY_DATE
            case Enrolment():
                if not self.book.roster.is_sent:
                    return _EVERY_DATE
                return date_of(event.from_)
            case Calendar() | Register():
                return date_of(event.date)
            case Response():
                made = local_date(instant_of(event.recorded_at), self.book.facts.timezone)
                return made + 1
            case Close():
                return int(self.book.days[-1]) + 1 if len(self.book.days) else _EVERY_DATE
            case _:
                assert_never(event)

    def _reaches_final_days(self, event: Event) -> bool:
        return self._reach(event) < self.book.first_changeable

    def _before(self, reach: int) -> list[Alert]:
        """Work out the closes that wait, if what comes reaches back to a closed day."""
        if self._waiting and reach <= self._waiting[-1].day:
            return self._work_out()
        return []

    def _after(self, version: Callable[[], int]) -> list[Alert]:
        """Note that a day has closed."""
        if self._live:
            return []
        day = self.watch.newest_closed
        if day > self._closed_until:
            self._waiting.append(Publication(day, version()))
        self._closed_until = day
        if len(self._waiting) >= BLOCK_DAYS:
            return self._work_out()
        return []

    def _work_out(self) -> list[Alert]:
        waiting, self._waiting = self._waiting, []
        corrections, self._corrections = self._corrections, []
        return self.watch.settle(waiting, corrections)

    def publish(self) -> list[Alert]:
        """Tell what stands now, and did not when it was last told."""
        now = Publication(self.watch.newest_closed, self.book.version)
        return self.watch.settle([now], live=self._live)

    def end(self) -> list[Alert]:
        """The log is over: the last day counts as closed."""
        alerts = self._work_out() if self._waiting else []
        if len(self.book.days):
            self.book.take_close(int(self.book.days[-1]))
        return alerts + self.publish()


def _takes_back(registers: Registers, rows: slice, marks: slice) -> bool:
    """Do some registers withdraw anything?"""
    withdraws = (registers.default[rows] == DEFAULT_WITHDRAWN).any()
    return bool(withdraws or (registers.code[marks] <= LAST_WITHDRAWN).any())
