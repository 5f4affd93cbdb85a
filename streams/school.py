"""One school in a stream: its events in order, and when a difference is taken.

A live engine takes one after every batch. A replay takes one at every close of a school's day;
it lets closes wait, and works them out as one block as long as nothing that comes reaches back
to a day that is closed.
"""

from collections.abc import Callable, Iterator
from typing import Final, assert_never

import numpy as np

from alerts.alert import Alert
from alerts.watch import Publication, Watch
from models.arrays import BoolArray, are_among
from models.book import Book, Run
from models.codes import LAST_WITHDRAWN
from models.events.columns import (
    DEFAULT_NONE,
    DEFAULT_PRESENT,
    DEFAULT_WITHDRAWN,
    Registers,
    in_order,
    part,
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
from models.school_days import OPEN_TO_MARKS_DAYS, weekdays
from models.scorecard.serving import Scorecard

BLOCK_DAYS: Final = 100
"""How many closes may wait: the more, the fewer times the 60 days before them are looked at."""
_EVERY_DATE: Final = 0


class School:
    """Takes a school's events in order, and tells what changed."""

    def __init__(
        self, name: str, pack: str, scorecard: Scorecard | None = None, *, live: bool
    ) -> None:
        self.watch = Watch(Book(name), pack, scorecard=scorecard)
        self._live = live
        self._waiting: list[Publication] = []
        self._corrections: list[Correction] = []
        self._closed_until = 0

    @property
    def book(self) -> Book:
        """What is known of the school."""
        return self.watch.book

    def take_registers(self, registers: Registers) -> tuple[list[Alert], list[int]]:
        """Take registers in order; what is told, and the positions of those that are too old.

        ``registers`` are of this school, pupils and groups numbered as in its book. What is too
        old is so when its turn comes, however a log is cut into batches.
        """
        alerts: list[Alert] = []
        refused: list[int] = []
        for stretch in self._stretches(registers):
            for of_date in _dates(stretch):
                for moment in self._moments(of_date):
                    told, is_refused = self._take(moment)
                    alerts += told
                    if is_refused:
                        refused += moment.position.tolist()
        return alerts, refused

    def _stretches(self, registers: Registers) -> Iterator[Registers]:
        """Cut registers where a newer date begins, and sort each part by date where that is right.

        What a live engine takes at once it also tells at once, so it may sort them all but where
        what one of them says may make another too old.
        """
        date = registers.date
        if self._live:
            yield registers if self._may_age(registers) else _by_date(registers)
            return
        newest = np.maximum.accumulate(np.append(self.book.newest_register, date))
        starts = np.union1d(0, np.flatnonzero(date > newest[:-1]))
        marks = np.append(0, np.cumsum(registers.marks))
        for start, end in zip(starts, [*starts[1:], len(date)], strict=True):
            stretch = part(registers, slice(start, end), slice(marks[start], marks[end]))
            yield _by_date(stretch) if self._is_any_order_right(stretch) else stretch

    def _may_age(self, registers: Registers) -> bool:
        """May some registers change which of them are too old?

        Each new date, or one that was said ahead, may be one more school day; and one that is no
        day any more makes older ones young again.
        """
        book = self.book
        last = int(book.days[-1]) if len(book.days) else 0
        dates = np.unique(registers.date)
        new = np.count_nonzero(~are_among(dates, book.days))
        if not new and not _takes_back(registers) and self._nothing_is_ahead(registers, last):
            return False
        ahead = [date for date in (*book.pages, *book.calendar_said) if date > last]
        more = OPEN_TO_MARKS_DAYS - new - len(ahead)
        if book.facts.is_exceptions or more <= 0:
            return len(dates) > 1
        young = int(book.days[-more]) if len(book.days) >= more else 0
        return int(dates[0]) < young

    def _is_any_order_right(self, registers: Registers) -> bool:
        """Say whether no day closes, opens or appears but with the first of some registers."""
        book = self.book
        dates = np.unique(registers.date)
        if len(dates) == 1:
            return False
        newest = int(book.days[-1]) if len(book.days) else 0
        first = int(registers.date[0])
        if not self._nothing_is_ahead(registers, first):
            return False
        if first > newest:
            said = local_date(int(registers.at[0]), book.facts.timezone)
            begins = first > book.closed_until and said >= first
            if not begins or not self._says_something(registers)[0]:
                return False
            dates = dates[:-1]
        return bool(are_among(dates, book.days).all()) and not _takes_back(registers)

    def _nothing_is_ahead(self, registers: Registers, date: int) -> bool:
        """Say whether what was recorded ahead, but on one date, stays that with some registers.

        It becomes school days as the newest ``recorded_at`` moves on.
        """
        book = self.book
        before = local_date(book.newest_said_at, book.facts.timezone)
        said = local_date(int(registers.at.max()), book.facts.timezone)
        if said <= before:
            return True
        others = [*book.calendar_said]
        if book.newest_register > before:
            others += book.pages
        if book.facts.is_exceptions:
            first = max(before + 1, book.first_register)
            others += weekdays(first, min(said, book.newest_register))
        return not any(before < other <= said and other != date for other in others)

    def _moments(self, registers: Registers) -> Iterator[Registers]:
        """Registers of one date, as many at once as may be, else one by one."""
        while len(registers.date) > 1 and not self._live and not self._is_one_moment(registers):
            marks = int(registers.marks[0])
            yield part(registers, slice(0, 1), slice(0, marks))
            registers = part(registers, slice(1, None), slice(marks, None))
        yield registers

    def _take(self, registers: Registers) -> tuple[list[Alert], bool]:
        """Take registers of one date and moment; were they refused as too old?"""
        book = self.book
        date = int(registers.date[0])
        count = len(registers.date)
        if date < book.first_changeable:
            book.version += count
            return [], True
        alerts = self._before_registers(registers)
        before = book.version
        newest_said = book.newest_said_at
        book.take_registers(
            Run(
                date=date,
                at=registers.at,
                session=registers.session,
                group=registers.group,
                default=registers.default,
                register=np.repeat(np.arange(count), registers.marks),
                pupil=registers.pupil,
                code=registers.code,
                minutes=registers.minutes,
            )
        )
        book.version += count
        alerts += self._after(lambda: before + self._closing_register(registers, newest_said))
        return alerts, False

    def _before_registers(self, registers: Registers) -> list[Alert]:
        """Keep what registers of a closed day correct, or work out the closes that wait."""
        date = int(registers.date[0])
        if not self._waiting or date > self._waiting[-1].day:
            return []
        if not self._leaves_days(registers):
            return self._work_out()
        says_default = (registers.default != DEFAULT_NONE).any()
        pupils = None if says_default else registers.pupil
        self._corrections.append(remember(self.book, len(self._waiting), date, pupils))
        return []

    def _leaves_days(self, registers: Registers) -> bool:
        """Say whether registers of a closed day change no more than some pupils' day.

        A scorecard compares everybody with the school, so one correction may change any score.
        """
        book = self.book
        if self.watch.scorecard is not None:
            return False
        date = int(registers.date[0])
        if date not in book.days or date < book.first_register or _takes_back(registers):
            return False
        return book.roster.is_sent or bool((book.first_live()[registers.pupil] <= date).all())

    def _is_one_moment(self, registers: Registers) -> bool:
        """Say whether a date's registers may be taken at once: no day closes between them.

        Days may where the date is closed as it begins or opens an old day.
        """
        book = self.book
        date = int(registers.date[0])
        if not self._nothing_is_ahead(registers, date):
            return False
        newest = int(book.days[-1]) if len(book.days) else 0
        if date in book.days and not _takes_back(registers):
            return True
        said = max(book.newest_said_at, int(registers.at.max()))
        is_in_time = local_date(said, book.facts.timezone) <= date
        return date >= newest and date > book.closed_until and is_in_time

    def _closing_register(self, registers: Registers, newest_said: int) -> int:
        """How many of a date's registers were read when the date became a school day."""
        date = int(registers.date[0])
        newest = np.maximum.accumulate(np.maximum(registers.at, newest_said))
        for row in np.flatnonzero(self._says_something(registers)).tolist():
            if local_date(int(newest[row]), self.book.facts.timezone) >= date:
                return row + 1
        return len(registers.date)

    def _says_something(self, registers: Registers) -> BoolArray:
        """Which registers make their date a school day."""
        says: BoolArray = registers.default == DEFAULT_PRESENT
        if self.book.facts.is_exceptions:
            says[:] = True
        else:
            of_register = np.repeat(np.arange(len(says)), registers.marks)
            says[of_register[registers.code > LAST_WITHDRAWN]] = True
        return says

    def take(self, event: Event) -> list[Alert]:
        """Take an event that is no register."""
        book = self.book
        self.watch.calm = None
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
        alerts = self.watch.settle(waiting, corrections)
        self.book.drop_counts()
        return alerts

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


def _takes_back(registers: Registers) -> bool:
    """Do some registers withdraw anything?"""
    withdraws = (registers.default == DEFAULT_WITHDRAWN).any()
    return bool(withdraws or (registers.code <= LAST_WITHDRAWN).any())


def _by_date(registers: Registers) -> Registers:
    """The newest date first, each date's registers in their order."""
    if (registers.date[1:] <= registers.date[:-1]).all():
        return registers
    return in_order(registers, np.argsort(-registers.date, kind="stable"))


def _dates(registers: Registers) -> Iterator[Registers]:
    """Registers of one date that follow one another."""
    ends = [*(np.flatnonzero(np.diff(registers.date)) + 1).tolist(), len(registers.date)]
    if len(ends) == 1:
        yield registers
        return
    marks = [0, *np.cumsum(registers.marks).tolist()]
    start = 0
    for end in ends:
        yield part(registers, slice(start, end), slice(marks[start], marks[end]))
        start = end
