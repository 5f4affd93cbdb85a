"""A school as it was known at the end of some of its days, and what came of its pupils.

A cut sees what was recorded by the end of its date in the school's timezone and nothing else: it
is what a replay of the log says that is cut off there. A school's log is walked once, in the
order of recording; what was worked out at one cut is gone on with at the next.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from alerts.rules import Kind
from models.arrays import AnyArray, ByteArray, FloatArray, IntArray
from models.book import NO_DATE
from models.events.columns import part
from models.events.instants import instant_of, local_date
from models.events.types import Enrolment, Phase
from models.features import FEATURES, features
from models.labels import WITHIN_DAYS, DaysAhead, label_left, leavings
from models.page import NEVER
from models.pattern_table import NULL_LABEL, PatternTable
from models.patterns import measure
from models.pupil_days import count_pupil_days
from models.school_days import PATTERN_DAYS
from streams.school import School
from streams.school_logs import SchoolLog

_DAYS_A_SETTLING: Final = 20
"""New school days after which they are worked out: a book holds on to no more than 100."""
_PHASES: Final = (None, *Phase)
_QUARTER: Final = 900
"""Offsets of timezones are whole quarters of an hour."""

Score = Callable[[FloatArray], FloatArray]
"""Scores of some rows of `models.features`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where to cut, and what to say there."""

    pack: str
    every: int = 1
    """Each so manieth school day of a school."""
    on: int | None = None
    """Instead: once, at the end of this date."""
    within_days: int = WITHIN_DAYS
    score: Score | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """One school's pupils as of its newest school day; an element or a row a pupil."""

    pupil: IntArray
    group: AnyArray
    mentor: AnyArray
    phase: IntArray
    as_of: IntArray
    features: FloatArray
    tier_attendance: ByteArray
    tier_unauthorised: ByteArray


@dataclass
class _Walk:
    """One school's log on the way."""

    log: SchoolLog
    school: School
    ahead: DaysAhead = field(default_factory=DaysAhead)
    _register: int = 0
    _other: int = 0
    _settled_days: int = 0

    def dates(self) -> Iterator[tuple[int, int]]:
        """Take what was recorded on one date after the other; give each when it is over.

        With it comes the next date on which anything was recorded.
        """
        date, is_under_way = 0, False
        timezone = ""
        while True:
            if self.school.book.facts.timezone != timezone:
                timezone = self.school.book.facts.timezone
                register_date = _local_dates(self.log.registers.at, timezone)
                other_date = _local_dates(self.log.other_at, timezone)
            waiting = [
                *register_date[self._register : self._register + 1].tolist(),
                *other_date[self._other : self._other + 1].tolist(),
            ]
            following = min(waiting, default=NO_DATE)
            if is_under_way and following > date:
                yield date, following
            if not waiting:
                return
            date, is_under_way = max(date, following), True
            self._take_date(
                int(np.searchsorted(register_date, date, side="right")),
                int(np.searchsorted(other_date, date, side="right")),
                timezone,
            )

    def _take_date(self, registers: int, others: int, timezone: str) -> None:
        """Take events up to some numbers, or up to one that changes the school's timezone."""
        while self._other < others:
            self._take_registers(int(self.log.registers_before[self._other]))
            self.school.take(self.log.others[self._other])
            self._other += 1
            if self.school.book.facts.timezone != timezone:
                return
        self._take_registers(registers)

    def _take_registers(self, upto: int) -> None:
        log = self.log
        while self._register < upto:
            first = self._register
            date = log.registers.date[first:upto]
            other = np.flatnonzero(date != date[0])
            self._register = first + (int(other[0]) if len(other) else len(date))
            marks = slice(*log.marks_before[[first, self._register]].tolist())
            rows = slice(first, self._register)
            self.school.take_registers(part(log.registers, rows, marks))
            if len(self.school.book.days) - self._settled_days >= _DAYS_A_SETTLING:
                self.settle()

    def settle(self) -> None:
        """Work out all closed days, and keep what the days that are final came to."""
        watch = self.school.watch
        watch.settle([])
        self._keep_days(watch.book.first_changeable)
        self._settled_days = len(watch.book.days)

    def _keep_days(self, until: int) -> None:
        watch = self.school.watch
        book = watch.book
        kept = self.ahead.days[-1] if self.ahead.days else 0
        days = book.days[(book.days > kept) & (book.days < until)]
        if len(days):
            pupil_days = count_pupil_days(book, days)
            levels = watch.levels.of(days, len(book.groups))
            self.ahead.add(pupil_days, levels.covers(pupil_days.in_force.group))

    def end(self) -> None:
        """The log is over."""
        book = self.school.book
        if len(book.days):
            book.take_close(int(book.days[-1]))
        self.settle()
        self._keep_days(NO_DATE)

    def cut(self) -> Cut:
        """Everyone enrolled on the newest school day, which counts as closed."""
        watch = self.school.watch
        book = watch.book
        book.take_close(int(book.days[-1]))
        self.settle()
        days = book.days[-PATTERN_DAYS:]
        levels = watch.levels.of(days, len(book.groups))
        patterns = measure(book, count_pupil_days(book, days), levels, np.array([len(days) - 1]))
        in_force = patterns.pupil_days.in_force
        pupil = np.flatnonzero(in_force.enrolled[-1]).astype(np.int32)
        record = in_force.record[-1, pupil]
        phases = book.roster.phases
        folds = watch.moments[-1].folds
        return Cut(
            pupil,
            in_force.group[-1, pupil],
            book.roster.mentor_of(record),
            np.array([_PHASES.index(phases[each]) for each in record.tolist()], np.int32),
            np.full(len(pupil), days[-1], np.int32),
            features(patterns)[pupil],
            folds[Kind.ATTENDANCE].tiers(len(book.pupils))[pupil],
            folds[Kind.UNAUTHORISED].tiers(len(book.pupils))[pupil],
        )

    # ---- what came of them

    def left(self) -> IntArray:
        """Who left, and from when, for `models.labels.label_left`."""
        book = self.school.book
        return leavings(
            (book.pupil_number[event.pupil], event)
            for event in self.log.others
            if isinstance(event, Enrolment)
            and instant_of(event.recorded_at)
            > book.erased.get(book.pupil_number[event.pupil], NEVER)
        )

    def erased_on(self) -> IntArray:
        """Date on which each pupil was last erased, 0 for who was not."""
        book = self.school.book
        erased = np.zeros(len(book.pupils), np.int32)
        for pupil, at in book.erased.items():
            erased[pupil] = local_date(at, book.facts.timezone)
        return erased


def cut_school(log: SchoolLog, plan: Plan) -> PatternTable:
    """Patterns, tiers and labels of one school's pupils at its cuts."""
    walk = _Walk(log, School(log.school, plan.pack, live=True))
    for pupil in log.pupils:
        walk.school.book.number_of_pupil(pupil)
    for group in log.groups:
        walk.school.book.number_of_group(group)
    cuts = list(_cuts(walk, plan))
    walk.end()
    return _table(walk, cuts, plan)


def _cuts(walk: _Walk, plan: Plan) -> Iterator[Cut]:
    """Cut every so manieth date at whose end the school knows it as its newest school day."""
    book = walk.school.book
    found = 0
    for date, following in walk.dates():
        if not len(book.days):
            continue
        if plan.on is not None:
            if date <= plan.on < following:
                yield walk.cut()
        elif book.days[-1] == date:
            found += 1
            if found % plan.every == 0:
                yield walk.cut()


def _table(walk: _Walk, cuts: list[Cut], plan: Plan) -> PatternTable:
    log, book = walk.log, walk.school.book
    pupil, group, mentor, phase, as_of, tier_attendance, tier_unauthorised = (
        np.concatenate([np.zeros(0, np.int32), *(getattr(each, name) for each in cuts)])
        for name in (
            "pupil",
            "group",
            "mentor",
            "phase",
            "as_of",
            "tier_attendance",
            "tier_unauthorised",
        )
    )
    rows = np.concatenate([np.zeros((0, len(FEATURES))), *(each.features for each in cuts)])
    columns = {name: rows[:, place] for place, name in enumerate(FEATURES)}
    table = PatternTable(
        schools=[log.school],
        pupils=book.pupils,
        groups=list(book.groups),
        mentors=list(book.roster.mentors),
        phases=list(_PHASES),
        school=np.zeros(len(pupil), np.int32),
        pupil=pupil,
        group=group,
        mentor=mentor,
        phase=phase,
        as_of=as_of,
        columns=columns,
        tier_attendance=tier_attendance.astype(np.uint8),
        tier_unauthorised=tier_unauthorised.astype(np.uint8),
        score=np.full(len(pupil), np.nan) if plan.score is None else plan.score(rows),
        label_absence=walk.ahead.label_absence(
            pupil, as_of, columns["missed_sessions_60"], columns["expected_sessions_60"]
        ),
        label_left=np.full(len(pupil), NULL_LABEL, np.int8),
    )
    if book.roster.is_sent:
        table.label_left = label_left(
            walk.left(), pupil, as_of, plan.within_days, log.ends_on(book.facts.timezone)
        )
    erased = walk.erased_on()[pupil] > as_of
    table.label_absence[erased] = NULL_LABEL
    table.label_left[erased] = NULL_LABEL
    return table


def _local_dates(instants: IntArray, timezone: str) -> IntArray:
    """Dates of instants, which are in order."""
    quarters, place = np.unique(instants // _QUARTER, return_inverse=True)
    dates = [local_date(quarter * _QUARTER, timezone) for quarter in quarters.tolist()]
    return np.maximum.accumulate(np.array(dates, np.int64)[place]) if dates else instants
