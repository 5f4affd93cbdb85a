"""The events that are no registers: schools, enrolments, calendars and closes."""

from datetime import date, timedelta
from typing import Final

import numpy as np

from models.simulator.arrays import BoolArray
from models.simulator.clock_face import TIMEZONE, SchoolDay, faces
from models.simulator.leaving import Change
from models.simulator.places import Places
from models.simulator.plan import Plan, Purpose
from models.simulator.registers import Lines
from models.simulator.roster import Roster
from models.simulator.terms import holiday, is_weekday, school_year

_SIX, _SEVEN, _HALF_PAST_FIVE = 6 * 3600, 7 * 3600, 17 * 3600 + 1800
#: Holidays are announced this long before.
_ANNOUNCED_DAYS = 28
_STUDY_DAYS, _STUDY_FROM, _STUDY_TO = 2, 20, 290
#: Why a pupil left, after drifting away and otherwise.
_LEFT_FOR = (None, None, "other", "work", "school", "school", "school", "school")


SCHOOL_NAME: Final = "Simulated school"
"""So that whoever meets such a log knows; training marks a scorecard by it."""


def write_schools(lines: Lines, plan: Plan, places: Places, day: date) -> None:
    """Write every school's own event, in the evening before its enrolments."""
    for number, school in enumerate(places.schools):
        second = _SIX + number % 3600
        lines.add(
            second,
            f'{{"type":"school","id":"school","school":"{school}",'
            f'"recorded_at":"{day}{faces()[second]}","name":"{SCHOOL_NAME} {number + 1}",'
            f'"timezone":"{TIMEZONE}","reporting":"all","sessions_per_day":{plan.sessions},'
            f'"minutes_per_session":{plan.minutes_per_session}}}',
        )


def write_enrolment(
    lines: Lines,
    places: Places,
    roster: Roster,
    seat: int,
    *,
    since: date,
    recorded_on: date,
    second: int,
) -> None:
    """Put the pupil of a seat into the seat's group from a date on."""
    group = int(roster.group[seat])
    school = int(places.group_school[group])
    lines.add(
        second,
        f'{{"type":"enrolment","id":"e.{roster.pupil[seat]}.{since:%y%m%d}",'
        f'"school":"{places.schools[school]}","recorded_at":"{recorded_on}{faces()[second]}",'
        f'"pupil":"{roster.pupil[seat]}","from":"{since}","until":null,'
        f'"group":"{places.groups[group]}","mentor":"{places.mentors[group]}",'
        f'"status":"enrolled","phase":"{places.phases[school]}"}}',
    )


def write_change(
    lines: Lines,
    places: Places,
    roster: Roster,
    day: SchoolDay,
    *,
    change: Change,
    seat: int,
    gone_on: date,
) -> None:
    """Record a change as the administration does, before the first session."""
    second = _SEVEN + 600 + seat % 1200 - day.ahead
    if change in (Change.ARRIVED, Change.MOVED):
        write_enrolment(
            lines, places, roster, seat, since=day.date, recorded_on=day.date, second=second
        )
    elif change is Change.WRITTEN_OFF:
        school = places.schools[places.group_school[roster.group[seat]]]
        left_for = _LEFT_FOR[(seat + gone_on.toordinal()) % len(_LEFT_FOR)]
        why = f',"left_for":"{left_for}"' if left_for else ""
        lines.add(
            second,
            f'{{"type":"enrolment","id":"e.{roster.pupil[seat]}.{gone_on:%y%m%d}.left",'
            f'"school":"{school}","recorded_at":"{day.date}{faces()[second]}",'
            f'"pupil":"{roster.pupil[seat]}","from":"{gone_on}","status":"left"{why}}}',
        )


def study_days(plan: Plan, day: date) -> BoolArray:
    """Tell ``[schools]``: which schools have a study day, two a school year each."""
    year = school_year(day)
    random = plan.stream(Purpose.STUDY_DAYS, year)
    offsets = random.integers(_STUDY_FROM, _STUDY_TO, (plan.schools, _STUDY_DAYS))
    closed: BoolArray = (offsets == (day - date(year, 8, 20)).days).any(axis=1)
    return closed


def write_calendar(lines: Lines, plan: Plan, places: Places, day: SchoolDay, after: date) -> date:
    """Announce the closed days after ``after`` up to four weeks ahead; returns how far."""
    last = day.date + timedelta(days=_ANNOUNCED_DAYS)
    second = _SEVEN - day.ahead
    closed = after + timedelta(days=1)
    while closed <= last:
        if is_weekday(closed):
            name = holiday(closed)
            schools = range(plan.schools) if name else np.flatnonzero(study_days(plan, closed))
            for school in schools:
                lines.add(
                    second,
                    f'{{"type":"calendar","id":"c.{closed}","school":"{places.schools[school]}",'
                    f'"recorded_at":"{day.date}{faces()[second]}","date":"{closed}","open":false,'
                    f'"reason":"{name or "study day"}"}}',
                )
        closed += timedelta(days=1)
    return last


def write_closes(lines: Lines, places: Places, day: SchoolDay) -> None:
    """End the day at every school, whether it was open or not."""
    for number, school in enumerate(places.schools):
        second = _HALF_PAST_FIVE + number % 60 - day.ahead
        lines.add(
            second,
            f'{{"type":"close","id":"close-{day.date}","school":"{school}",'
            f'"recorded_at":"{day.date}{faces()[second]}","date":"{day.date}"}}',
        )
