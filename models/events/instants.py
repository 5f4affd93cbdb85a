"""Dates and instants, as whole numbers.

A date is its proleptic Gregorian ordinal (1 is 1 January of the year 1), an instant the seconds
since 1970 in UTC. Both are read strictly: what RFC 3339 does not allow is None.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

from models.arrays import BoolArray, IntArray

EPOCH: Final = date(1970, 1, 1).toordinal()
DAY_SECONDS: Final = 86_400
FIRST_INSTANT: Final = (1 - EPOCH) * DAY_SECONDS
LAST_INSTANT: Final = (date.max.toordinal() - EPOCH + 1) * DAY_SECONDS - 1

_DATE_CHARS: Final = len("2026-11-24")
_DATES_KEPT: Final = 20_000
"""A few dates are read and written again and again."""
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.[0-9]+)?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)
_CANONICAL_CHARS: Final = len("2026-11-24T08:41:07Z")
_DIGITS: Final = np.array([0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18])
_SIGNS: Final = np.array([4, 7, 10, 13, 16, 19])
_SIGN_BYTES: Final = np.frombuffer(b"--T::Z", np.uint8)


def read_date(text: str) -> int | None:
    """Ordinal of a date written ``YYYY-MM-DD``, or None.

    >>> read_date("2026-11-24"), read_date("2025-09-31")
    (739944, None)
    """
    return _read_date(text) if len(text) == _DATE_CHARS else None


@lru_cache(maxsize=_DATES_KEPT)
def _read_date(text: str) -> int | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        return date(*map(int, found.groups())).toordinal()
    except ValueError:
        return None


def read_instant(text: str) -> int | None:
    """Seconds since 1970 of an RFC 3339 instant, its fraction dropped, or None.

    >>> read_instant("2026-11-24T08:41:07.9+01:00") == read_instant("2026-11-24t07:41:07z")
    True
    """
    found = _INSTANT.fullmatch(text)
    day = None if found is None else read_date(found[1])
    if found is None or day is None:
        return None
    seconds = (day - EPOCH) * DAY_SECONDS + int(found[2]) * 3600 + int(found[3]) * 60
    seconds += int(found[4])
    if found[5] is None:
        return seconds
    offset = int(found[6]) * 3600 + int(found[7]) * 60
    return seconds + offset if found[5] == "-" else seconds - offset


def date_of(text: str) -> int:
    """Ordinal of a text that is a date, as `models.events.checks` has seen to."""
    day = read_date(text)
    assert day is not None
    return day


def instant_of(text: str) -> int:
    """Seconds of a text that is an instant, as `models.events.checks` has seen to."""
    seconds = read_instant(text)
    assert seconds is not None
    return seconds


def read_instants(texts: list[str]) -> IntArray | None:
    """`read_instant` of many at once; None where one of them is no instant.

    Those written ``2026-11-24T08:41:07Z`` are read as one array of bytes.
    """
    joined = "".join(texts)
    if len(joined) == len(texts) * _CANONICAL_CHARS and joined.isascii():
        chars = np.frombuffer(joined.encode(), np.uint8).reshape(-1, _CANONICAL_CHARS)
        digits = np.ascontiguousarray(chars[:, _DIGITS].T) - np.uint8(ord("0"))
        if (chars[:, _SIGNS] == _SIGN_BYTES).all() and digits.max() <= 9:  # noqa: PLR2004
            read = _of_digits(digits.astype(np.int32))
            if read is not None:
                return read
    read_one_by_one = [read_instant(text) for text in texts]
    if None in read_one_by_one:
        return None
    return np.array(read_one_by_one, np.int64)


_MONTH_DAYS: Final = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_MONTHS, _HOURS, _SIXTIETHS = 12, 24, 60


def _of_digits(digits: IntArray) -> IntArray | None:
    """Instants from ``[14, instants]`` digits of date and time, or None where one is none."""
    years = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3]
    months, days, hours, minutes, seconds = digits[4::2] * 10 + digits[5::2]
    if (
        years.min() < 1
        or months.min() < 1
        or months.max() > _MONTHS
        or days.min() < 1
        or hours.max() >= _HOURS
        or minutes.max() >= _SIXTIETHS
        or seconds.max() >= _SIXTIETHS
        or (days > _MONTH_DAYS[months]).any()
    ):
        return None
    in_february = np.flatnonzero((months == 2) & (days == 29))  # noqa: PLR2004
    if len(in_february) and not _is_leap(years[in_february]).all():
        return None
    ordinals = _ordinals(years, months, days)
    instants: IntArray = (ordinals - EPOCH) * DAY_SECONDS + hours * 3600 + minutes * 60 + seconds
    return instants


def _is_leap(years: IntArray) -> BoolArray:
    leap: BoolArray = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    return leap


def _ordinals(years: IntArray, months: IntArray, days: IntArray) -> IntArray:
    """Ordinals of dates, by years that begin in March, so that a leap day comes last."""
    before_march = months <= 2  # noqa: PLR2004
    years = years - before_march
    month_days = (153 * (months + np.where(before_march, 9, -3)) + 2) // 5
    year_days = 365 * years.astype(np.int64) + years // 4 - years // 100 + years // 400
    return year_days + month_days + days - 306  # 1 March of year 0 is day -305


@lru_cache(maxsize=_DATES_KEPT)
def write_date(ordinal: int) -> str:
    """Write ``YYYY-MM-DD``."""
    return date.fromordinal(ordinal).isoformat()


def write_instant(seconds: int) -> str:
    """Write seconds since 1970 as RFC 3339, in UTC.

    >>> write_instant(1_795_509_667)
    '2026-11-24T08:41:07Z'
    """
    days, rest = divmod(seconds, DAY_SECONDS)
    return f"{write_date(days + EPOCH)}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


@lru_cache(maxsize=1)
def timezones() -> frozenset[str]:
    """The IANA names; ``localtime`` is a file of some systems, not a name."""
    return frozenset(available_timezones() - {"localtime"})


@lru_cache(maxsize=100_000)
def _local_date_of_quarter(quarter: int, timezone: str) -> int:
    seconds = min(max(quarter * 900, FIRST_INSTANT + DAY_SECONDS), LAST_INSTANT - DAY_SECONDS)
    if seconds != quarter * 900:
        return 1 if quarter < 0 else date.max.toordinal()
    return datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(timezone)).date().toordinal()


@lru_cache(maxsize=100_000)
def _local_date_of_second(seconds: int, timezone: str) -> int:
    return datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(timezone)).date().toordinal()


_QUARTER_HOUR_OFFSETS_SINCE: Final = 63_072_000
"""1972: since then offsets from UTC are whole quarters of an hour."""


def local_date(seconds: int, timezone: str) -> int:
    """Ordinal of an instant's date in a timezone (within the years 1 to 9999)."""
    if FIRST_INSTANT + DAY_SECONDS <= seconds < _QUARTER_HOUR_OFFSETS_SINCE:
        return _local_date_of_second(seconds, timezone)
    return _local_date_of_quarter(seconds // 900, timezone)


def utc_dates(instants: IntArray) -> IntArray:
    """Ordinals of the UTC dates of instants."""
    return instants // DAY_SECONDS + EPOCH


def bounds_of(text: str, timezone: str) -> tuple[int, int]:
    """When a date of a time zone begins and ends, in seconds since 1970.

    >>> begin, end = bounds_of("2026-03-29", "Europe/Amsterdam")
    >>> write_instant(begin), (end - begin) // 3600
    ('2026-03-28T23:00:00Z', 23)
    """
    zone, day = ZoneInfo(timezone), date.fromisoformat(text)
    after = day if day == date.max else day + timedelta(days=1)
    begin, end = (int(datetime.combine(each, time(), zone).timestamp()) for each in (day, after))
    return begin, end
