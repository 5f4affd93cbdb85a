"""What the lessons that a pupil missed make of a day.

`StudentSectionAttendanceEvent` is about one lesson (a section), and names no hour of the day.
The log of an Ed-Fi import has one session a day. So the lessons of a pupil, a day and a reason
are added up, and each of them becomes the mark that together they make:

- lessons missed: `left_early`, with their minutes; `absent` from half a day of minutes on;
- lateness, early departure, part of a lesson: `late` or `left_early`, with their minutes.

A section that says the same twice counts once. A section's minutes are its
`SectionAttendanceDuration`; a missed lesson without it has `--lesson-minutes`. `EventDuration`
is not looked at: in files seen it is 1 for a missed lesson, which is no day.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from models.events.types import MOST_MINUTES
from streams.importers.fact import Fact

ELSEWHERE = "elsewhere"
"""Never a day `absent`: as the greater status it would hide a lesson that was skipped."""


class Lesson(msgspec.Struct, frozen=True, gc=False):
    """One section's event: the fact it would be alone, its section, whether it was missed."""

    fact: Fact
    section: str
    missed: bool


Sum = tuple[str, str, dt.date, str, str | None, bool]
"""Lessons of one sum: school, pupil, date, status, reason, missed or not."""


def _sum_of(lesson: Lesson) -> Sum:
    fact = lesson.fact
    return (fact.school, fact.pupil, fact.date, fact.status, fact.reason, lesson.missed)


def add_up(lessons: Iterable[Lesson], day_minutes: int) -> Iterator[Fact]:
    """Turn ``lessons`` into facts, one each, in their order."""
    sums: dict[Sum, dict[str, int]] = defaultdict(dict)
    kept = list(lessons)
    for lesson in kept:
        sections = sums[_sum_of(lesson)]
        minutes = lesson.fact.minutes_missed or 0
        sections[lesson.section] = max(minutes, sections.get(lesson.section, 0))
    for lesson in kept:
        total = min(sum(sums[_sum_of(lesson)].values()), MOST_MINUTES)
        status = lesson.fact.status
        if lesson.missed and (2 * total < day_minutes or lesson.fact.reason == ELSEWHERE):
            status = "left_early"
        yield msgspec.structs.replace(lesson.fact, status=status, minutes_missed=total or None)
