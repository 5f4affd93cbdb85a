"""Further patterns for a scorecard, pupil by pupil and day by day (docs/patterns.md)."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from .book import Book
from .episodes import School
from .patterns import last_days
from .pupil_days import PupilDay

DAYS, MIDDLE = 60, 20
FEWEST_SESSIONS, FEWEST_MISSED_DAYS, FEWEST_ENROLLED = 10, 5, 10


@dataclass(frozen=True)
class Counted:
    """A counted day of a pupil; ``newer`` counted days came after it."""

    day: date
    on: PupilDay
    newer: int

    @property
    def in_time(self) -> int:
        return self.on.known - self.on.missed - self.on.late


def further(school: School, pupil: str, day: date) -> dict[str, float | None]:
    """All further patterns of a pupil as of a school day, by name."""
    days_60 = last_days(school.book, day, DAYS)
    days_20 = days_60[-MIDDLE:]
    known = [
        each
        for each in days_60
        if pupil in school.book.enrolled[each] and school.pupil_days.on(pupil, each).known
    ]
    kept = [
        each
        for each in known
        if not school.cause.covers(school.book.enrolled[each][pupil].group, each)
    ]
    counted = [
        Counted(each, school.pupil_days.on(pupil, each), len(kept) - place - 1)
        for place, each in enumerate(kept)
    ]
    newest_20 = [each for each in counted if each.day in days_20]
    fully = [each for each in counted if each.on.fully_missed and each.newer < 3]
    missed_days = [each.day for each in counted if each.on.missed]
    in_time_days = [each.day for each in counted if each.in_time]
    weeks = {each.day.isocalendar()[:2] for each in counted}
    weekdays = Counter(each.isoweekday() for each in missed_days)
    on_known = [school.pupil_days.on(pupil, each) for each in known]
    return {
        "missed_share_60": share(counted),
        "recent_missed_share": share(counted, lambda each: round(2 ** (20 - each.newer / 4))),
        "newest_missed_share": share(each for each in counted if each.newer == 0),
        "missed_of_3_days": len(fully) if counted else None,
        "missed_share_change_3_days": less(
            share(each for each in counted if each.newer < 3),
            share(each for each in counted if each.newer >= 3),
        ),
        "missed_share_change_20": less(
            share(newest_20, fewest=FEWEST_SESSIONS),
            share((each for each in counted if each not in newest_20), fewest=FEWEST_SESSIONS),
        ),
        "missed_share_excess_20": less(
            share(newest_20, fewest=FEWEST_SESSIONS), school_share(school, newest_20)
        ),
        "not_in_time_excess_60": sum(not_in_time_excess(school, each) for each in counted)
        / len(counted)
        if counted
        else None,
        "in_time_sessions_60": sum(each.in_time for each in counted),
        "late_share_60": quotient(
            sum(each.on.late for each in counted),
            sum(each.on.known - each.on.missed for each in counted),
        ),
        "partial_days_60": sum(0 < each.missed < each.known for each in on_known),
        "spells_60": sum(
            each.missed > 0 and not (place and on_known[place - 1].missed)
            for place, each in enumerate(on_known)
        ),
        "missed_weeks_share_60": quotient(
            len({each.isocalendar()[:2] for each in missed_days}), len(weeks)
        ),
        "weekday_share_60": quotient(
            max(weekdays.values(), default=0), len(missed_days), FEWEST_MISSED_DAYS
        ),
        "calendar_days_known_60": (day - kept[0]).days if kept else None,
        "calendar_days_since_in_time": (day - in_time_days[-1]).days if in_time_days else None,
        "calendar_days_away": days_away(counted, day) if counted else None,
        "school_left_share_8w": left_share(school.book, day - timedelta(weeks=8), day),
        "school_left_share_12w": left_share_of_term(school.book, days_60, day),
    }


def left_share(book: Book, since: date, day: date) -> float | None:
    """Of everyone enrolled on a date, who has left by a later day, not to go on elsewhere."""
    here = [pupil for pupil in book.enrolments if book.enrolment(pupil, since) is not None]
    left = [
        pupil
        for pupil in here
        if any(
            each.status == "left"
            and each.left_for not in ("diploma", "school")
            and since < each.from_ <= day
            for each in book.enrolments[pupil]
        )
    ]
    return quotient(len(left), len(here), FEWEST_ENROLLED)


def left_share_of_term(book: Book, days_60: list[date], day: date) -> float | None:
    first = next(each for each in days_60 if day - each < timedelta(weeks=12))
    return None if day - first < timedelta(weeks=2) else left_share(book, first, day)


def days_away(counted: list[Counted], day: date) -> int:
    """Calendar days since the pupil came no more, the first one and ``day`` counted in."""
    began = None
    for each in reversed(counted):
        if each.on.missed < each.on.known:
            break
        began = each.day
    return 0 if began is None else (day - began).days + 1


def quotient(part: int, whole: int, fewest: int = 1) -> float | None:
    return float(Fraction(part, whole)) if whole >= fewest else None


def less(of: float | None, other: float | None) -> float | None:
    return None if of is None or other is None else of - other


def share(
    days: Iterable[Counted],
    weight: Callable[[Counted], int] = lambda _: 1,
    fewest: int = 1,
) -> float | None:
    """Missed ÷ known sessions."""
    weighed = [(weight(each), each.on) for each in days]
    missed = sum(by * on.missed for by, on in weighed)
    return quotient(missed, sum(by * on.known for by, on in weighed), fewest)


def of_everyone(school: School, day: date) -> tuple[int, int, int]:
    """Missed, late and known sessions of everyone enrolled in the school on a day."""
    everyone = [school.pupil_days.on(pupil, day) for pupil in school.book.enrolled[day]]
    return (
        sum(each.missed for each in everyone),
        sum(each.late for each in everyone),
        sum(each.known for each in everyone),
    )


def school_share(school: School, days: Iterable[Counted]) -> float | None:
    counts = [of_everyone(school, each.day) for each in days]
    return quotient(sum(missed for missed, _, _ in counts), sum(known for _, _, known in counts))


def not_in_time_excess(school: School, each: Counted) -> float:
    missed, late, known = of_everyone(school, each.day)
    return (each.on.missed + each.on.late) / each.on.known - (missed + late) / known
