"""Days on which so many are away that one pupil's absence says nothing (SEMANTICS.md 4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from statistics import median

from .book import Book
from .pupil_days import PupilDays

DAYS_BEFORE = 20
FEWEST_ORDINARY = 5
SCHOOL_PUPILS, SCHOOL_RISE = 20, 0.10
GROUP_PUPILS, GROUP_RISE = 8, 0.50


@dataclass(frozen=True)
class Level:
    """The days of a school (``about`` is None) or a group that count, of two sorts."""

    common_cause: frozenset[date]
    ordinary: frozenset[date]

    def notice_opened_on(self, days: Iterable[date]) -> date | None:
        """On which day the notice opened that stands after these school days."""
        opened_on = None
        for day in days:
            if day in self.common_cause:
                opened_on = opened_on or day
            elif day in self.ordinary:
                opened_on = None
        return opened_on


@dataclass(frozen=True)
class CommonCause:
    """The school and its groups."""

    school: Level
    groups: dict[str, Level]

    def covers(self, group: str | None, day: date) -> bool:
        """Is the day left out of the share windows of a pupil of that group on that date?"""
        if day in self.school.common_cause:
            return True
        return group is not None and day in self.groups[group].common_cause


@dataclass(frozen=True)
class DayCount:
    enrolled: int
    known_pupils: int
    missed: int
    known: int


def count(pupil_days: PupilDays, day: date, pupils: Iterable[str]) -> DayCount:
    """How many pupils are known on a day, and their missed and known sessions."""
    all_of_them = [pupil_days.on(pupil, day) for pupil in pupils]
    return DayCount(
        enrolled=len(all_of_them),
        known_pupils=sum(one.known > 0 for one in all_of_them),
        missed=sum(one.missed for one in all_of_them),
        known=sum(one.known for one in all_of_them),
    )


def common_cause(book: Book, pupil_days: PupilDays) -> CommonCause:
    """Of the school first: its days are neither sort for the groups."""
    days = book.school_days
    counts = {day: count(pupil_days, day, book.enrolled[day]) for day in days}
    school = _level(days, counts, SCHOOL_PUPILS, SCHOOL_RISE, frozenset())
    groups: dict[str, Level] = {}
    for group in sorted(
        {record.group for on in book.enrolled.values() for record in on.values() if record.group}
    ):
        counts = {
            day: count(
                pupil_days, day, [p for p, e in book.enrolled[day].items() if e.group == group]
            )
            for day in days
        }
        groups[group] = _level(days, counts, GROUP_PUPILS, GROUP_RISE, school.common_cause)
    return CommonCause(school, groups)


def _level(
    days: list[date],
    counts: dict[date, DayCount],
    fewest_pupils: int,
    least_rise: float,
    neither: frozenset[date],
) -> Level:
    ordinary: set[date] = set()
    common: set[date] = set()
    for index, day in enumerate(days):
        on = counts[day]
        if day in neither or on.known_pupils < fewest_pupils or 2 * on.known_pupils < on.enrolled:
            continue
        shares = [
            counts[before].missed / counts[before].known
            for before in days[max(0, index - DAYS_BEFORE) : index]
            if before in ordinary
        ]
        if len(shares) >= FEWEST_ORDINARY and _stands_out(on.missed / on.known, shares, least_rise):
            common.add(day)
        else:
            ordinary.add(day)
    return Level(frozenset(common), frozenset(ordinary))


def _stands_out(share: float, shares: list[float], least_rise: float) -> bool:
    middle = median(shares)
    mad = median(abs(one - middle) for one in shares)
    return share >= middle + max(least_rise, 4 * 1.4826 * mad) - 1e-9
