"""What a pupil's recent marks look like, as of a school day (SEMANTICS.md 5)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from itertools import takewhile

from .book import Book
from .common_cause import CommonCause
from .pupil_days import ENDS, SILENT, PupilDay, PupilDays

DAYS = 60


@dataclass(frozen=True)
class Patterns:
    """All whole numbers, in the order of ``pupils.csv``."""

    known_days_60: int
    missed_sessions_5: int
    expected_sessions_5: int
    missed_sessions_20: int
    expected_sessions_20: int
    missed_sessions_60: int
    expected_sessions_60: int
    unauthorised_minutes_4w: int
    illness_spells_12w: int
    run_days: int
    ill_run_days: int
    unauthorised_run_days: int
    late_60: int
    days_since_seen: int | None
    days_silent: int

    def by_name(self) -> dict[str, int | None]:
        return asdict(self)


def measure(
    book: Book,
    pupil_days: PupilDays,
    cause: CommonCause,
    pupil: str,
    day: date,
    *,
    day_is_open: bool = False,
) -> Patterns:
    """The patterns of a pupil as of one school day."""
    days_60 = last_days(book, day, DAYS)
    on = {each: pupil_days.on(pupil, each) for each in days_60}
    known_days = [on[each] for each in days_60 if on[each].known]
    newest_first = known_days[::-1]

    def share_window(k: int) -> tuple[int, int]:
        counted = [
            on[each]
            for each in days_60[-k:]
            if on[each].known and not cause.covers(book.enrolled[each][pupil].group, each)
        ]
        return sum(one.missed for one in counted), sum(one.known for one in counted)

    missed_5, expected_5 = share_window(5)
    missed_20, expected_20 = share_window(20)
    missed_60, expected_60 = share_window(60)
    return Patterns(
        known_days_60=len(known_days),
        missed_sessions_5=missed_5,
        expected_sessions_5=expected_5,
        missed_sessions_20=missed_20,
        expected_sessions_20=expected_20,
        missed_sessions_60=missed_60,
        expected_sessions_60=expected_60,
        unauthorised_minutes_4w=sum(
            on[each].unauthorised_minutes
            for each in last_weeks(days_60, 4)
            if not is_reported(book, pupil, each, day)
        ),
        illness_spells_12w=illness_spells(on[each] for each in last_weeks(days_60, 12)),
        run_days=row(one.fully_missed for one in newest_first),
        ill_run_days=row(one.fully_missed and one.ill == one.known for one in newest_first),
        unauthorised_run_days=row(
            one.fully_missed and one.unauthorised == one.known for one in newest_first
        ),
        late_60=sum(one.late for one in known_days),
        days_since_seen=next(
            (ago for ago, each in enumerate(days_60[::-1]) if on[each].known > on[each].missed),
            None,
        ),
        days_silent=days_silent(book, pupil_days, pupil, days_60[:-1] if day_is_open else days_60),
    )


def last_days(book: Book, day: date, k: int) -> list[date]:
    """``days(k)``: the last k school days up to a school day."""
    return [each for each in book.school_days if each <= day][-k:]


def last_weeks(days: list[date], k: int) -> list[date]:
    """Those of some school days that are in the last k school weeks of them."""
    weeks = sorted({each.isocalendar()[:2] for each in days})[-k:]
    return [each for each in days if each.isocalendar()[:2] in weeks]


def is_reported(book: Book, pupil: str, date_missed: date, as_of: date) -> bool:
    """Is a date covered by a report that was made before a school day?"""
    return any(
        report.made < as_of and date_missed <= report.covers
        for report in book.reports.get(pupil, ())
    )


def illness_spells(days: Iterable[PupilDay]) -> int:
    """Unbroken rows of known days with a session missed for illness."""
    spells = 0
    in_spell = False
    for one in days:
        if one.known:
            spells += one.ill > 0 and not in_spell
            in_spell = one.ill > 0
    return spells


def row(newest_first: Iterable[bool]) -> int:
    """How many hold in a row, from the newest back."""
    return sum(1 for _ in takewhile(bool, newest_first))


def days_silent(book: Book, pupil_days: PupilDays, pupil: str, days: list[date]) -> int:
    """Silent days in a row up to the last of some school days."""
    if book.exceptions:
        return 0
    silent = 0
    for each in reversed(days):
        found = pupil_days.silence(pupil, each)
        if found == ENDS:
            break
        silent += found == SILENT
    return silent
