"""The tables of SEMANTICS.md 7, as text."""

from collections.abc import Iterable
from dataclasses import fields

from .common_cause import count
from .episodes import School, Standing
from .patterns import Patterns
from .rules import ATTENDANCE, UNAUTHORISED

BOOK_DAYS = 100

PUPILS = (
    "school",
    "pupil",
    "as_of",
    *(field.name for field in fields(Patterns)),
    "tier_attendance",
    "tier_unauthorised",
    "score",
)
SCHOOL_DAYS = (
    "school",
    "date",
    "known_pupils",
    "missed_sessions",
    "expected_sessions",
    "common_cause",
)
UNENROLLED = ("school", "pupil", "first", "last", "marks")

StandingRow = tuple[str, str, str, str, str, str, str]


def table(header: tuple[str, ...], rows: Iterable[Iterable[object]]) -> str:
    """CSV with LF; null is empty. No value needs quotes."""
    lines = [",".join("" if value is None else str(value) for value in row) for row in rows]
    return "".join(line + "\n" for line in (",".join(header), *lines))


def pupils(schools: Iterable[School]) -> str:
    rows: list[list[object]] = []
    for school in schools:
        if not school.days:
            continue
        day = school.days[-1]
        for pupil in sorted(school.book.enrolled[day]):
            found = school.patterns(pupil, day).by_name().values()
            tiers = [school.episode(pupil, kind).tier for kind in (ATTENDANCE, UNAUTHORISED)]
            rows.append([school.book.school, pupil, day, *found, *tiers, None])
    return table(PUPILS, rows)


def school_days(schools: Iterable[School]) -> str:
    rows: list[list[object]] = []
    for school in schools:
        for day in school.days[-BOOK_DAYS:]:
            on = count(school.pupil_days, day, school.book.enrolled[day])
            common = int(day in school.cause.school.common_cause)
            rows.append([school.book.school, day, on.known_pupils, on.missed, on.known, common])
    return table(SCHOOL_DAYS, rows)


def unenrolled(schools: Iterable[School]) -> str:
    """Live marks of pupils who have no enrolment, and none by their marks."""
    rows: list[list[object]] = []
    for school in schools:
        book = school.book
        if not school.days:
            continue
        first = school.days[-BOOK_DAYS:][0]
        for pupil in sorted(book.live_marks):
            dates = [day for day in book.live_marks[pupil] if day >= first]
            if dates and pupil not in book.pupils:
                rows.append([book.school, pupil, min(dates), max(dates), len(dates)])
    return table(UNENROLLED, rows)


def standing_rows(schools: Iterable[School]) -> list[StandingRow]:
    """As in ``expected/standing.csv``, sorted by all but the id."""
    rows = [standing_row(alert) for school in schools for alert in school.standing()]
    return sorted(rows, key=lambda row: row[1:])


def standing_row(alert: Standing) -> StandingRow:
    """As a line of ``expected/standing.csv``."""
    return (
        alert.id,
        alert.school,
        alert.pupil or "",
        alert.group or "",
        alert.kind,
        str(alert.tier),
        alert.opened_on.isoformat(),
    )
