"""The tables of a replay, as text (SEMANTICS.md 7): one school's lines of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from alerts.rules import Kind
from alerts.watch import Watch
from models.common_cause import COMMON_CAUSE, SCHOOL
from models.events.instants import write_date
from models.features import features
from models.patterns import NOT_SEEN, PATTERNS, measure
from models.pupil_days import count_pupil_days
from models.school_days import BOOK_DAYS, PATTERN_DAYS

PUPILS: Final = (
    "school",
    "pupil",
    "as_of",
    *PATTERNS,
    "tier_attendance",
    "tier_unauthorised",
    "score",
)
SCHOOL_DAYS: Final = (
    "school",
    "date",
    "known_pupils",
    "missed_sessions",
    "expected_sessions",
    "common_cause",
)
UNENROLLED: Final = ("school", "pupil", "first", "last", "marks")


@dataclass(frozen=True, slots=True)
class SchoolTables:
    """One school's lines of the three tables, without their headers."""

    school: str
    pupils: str
    school_days: str
    unenrolled: str


def tables_of(watch: Watch) -> SchoolTables:
    """Tables of a school all of whose days are closed and worked out."""
    return SchoolTables(watch.book.school, _pupils(watch), _school_days(watch), _unenrolled(watch))


def write_tables(folder: Path, tables: Iterable[SchoolTables]) -> None:
    """Write the three tables of all schools into a folder, in the order of schools' ids."""
    in_order = sorted(tables, key=lambda each: each.school)
    for name, columns in (
        ("pupils", PUPILS),
        ("school_days", SCHOOL_DAYS),
        ("unenrolled", UNENROLLED),
    ):
        with (folder / f"{name}.csv").open("w", newline="\n") as out:
            out.write(header(columns))
            out.writelines(getattr(each, name) for each in in_order)


def header(columns: tuple[str, ...]) -> str:
    """The first line of a table."""
    return ",".join(columns) + "\n"


def _lines(columns: Iterable[Iterable[Any]]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


def _pupils(watch: Watch) -> str:
    book = watch.book
    days = book.days[-PATTERN_DAYS:]
    if not len(days):
        return ""
    levels = watch.levels.of(days, len(book.groups))
    patterns = measure(book, count_pupil_days(book, days), levels, np.array([len(days) - 1]))
    enrolled = np.flatnonzero(patterns.pupil_days.in_force.enrolled[-1])
    names = [book.pupils[pupil] for pupil in enrolled.tolist()]
    order = sorted(range(len(names)), key=names.__getitem__)
    pupils = enrolled[np.array(order, np.intp)]
    folds = watch.moments[-1].folds
    columns: list[Iterable[Any]] = [
        [book.school] * len(pupils),
        [names[place] for place in order],
        [write_date(int(days[-1]))] * len(pupils),
    ]
    for name in PATTERNS:
        values = patterns[name][0, pupils].tolist()
        columns.append(["" if value == NOT_SEEN else value for value in values])
    columns += [
        folds[kind].tiers(len(book.pupils))[pupils].tolist()
        for kind in (Kind.ATTENDANCE, Kind.UNAUTHORISED)
    ]
    scores: Iterable[float | str] = [""] * len(pupils)
    if watch.scorecard is not None:
        scores = watch.scorecard.scores(features(patterns, 0)[pupils]).tolist()
    columns.append(scores)
    return _lines(columns)


def _school_days(watch: Watch) -> str:
    book = watch.book
    days = book.days[-BOOK_DAYS:]
    levels = watch.levels.of(days, len(book.groups))
    return _lines(
        (
            [book.school] * len(days),
            map(write_date, days.tolist()),
            levels.known_pupils[:, SCHOOL].tolist(),
            levels.missed[:, SCHOOL].tolist(),
            levels.expected[:, SCHOOL].tolist(),
            (levels.sort[:, SCHOOL] == COMMON_CAUSE).astype(int).tolist(),
        )
    )


def _unenrolled(watch: Watch) -> str:
    book = watch.book
    days = book.days[-BOOK_DAYS:]
    if not len(days):
        return ""
    without = book.unenrolled()
    found: dict[int, tuple[int, int, int]] = {}
    for date in sorted(date for date in book.pages if date >= days[0]):
        live = book.pages[date].live().sum(axis=0)
        for pupil in np.flatnonzero(live * without[: len(live)]).tolist():
            first, _, marks = found.get(pupil, (date, date, 0))
            found[pupil] = (first, date, marks + int(live[pupil]))
    return "".join(
        f"{book.school},{book.pupils[pupil]},{write_date(first)},{write_date(last)},{marks}\n"
        for pupil, (first, last, marks) in sorted(
            found.items(), key=lambda each: book.pupils[each[0]]
        )
    )
