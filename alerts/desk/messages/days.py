"""A school's own time: its dates, the days on which people there are told, and quiet hours."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.desk.people import SchoolFacts

_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)


def local(facts: SchoolFacts, seconds: float) -> datetime:
    """Say what a school's clock shows; ``seconds`` since 1970."""
    return datetime.fromtimestamp(seconds, ZoneInfo(facts.timezone))


def is_school_day(facts: SchoolFacts, day: date) -> bool:
    """Is somebody there to read it: Monday to Friday, unless the calendar closes the date?"""
    return day.weekday() < _SATURDAY and day.isoformat() not in facts.closed


def school_days_after(facts: SchoolFacts, day: date, until: date) -> int:
    """Count the school days later than one day, up to another."""
    days = (day + timedelta(days=ahead) for ahead in range(1, (until - day).days + 1))
    return sum(is_school_day(facts, each) for each in days)


def newest_school_days(facts: SchoolFacts, day: date, most: int) -> date:
    """Give the first of the newest few school days up to a day.

    Among a year of closed dates it stops to look: then the oldest date looked at.
    """
    left, oldest = most, day - 366 * _DAY
    while day > oldest:
        left -= is_school_day(facts, day)
        if not left:
            break
        day -= _DAY
    return day


def is_quiet(clock: time, quiet_from: time, quiet_until: time) -> bool:
    """Is it within quiet hours, which may go past midnight?

    >>> is_quiet(time(6, 0), time(18, 0), time(7, 30)), is_quiet(time(12, 0), time(18, 0), time(7))
    (True, False)
    """
    if quiet_from <= quiet_until:
        return quiet_from <= clock < quiet_until
    return clock >= quiet_from or clock < quiet_until
