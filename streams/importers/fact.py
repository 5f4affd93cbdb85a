"""A fact: what one element or row of a file says about one pupil and one session."""

import datetime as dt
import sys
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import msgspec

from models.events.checks import is_id
from models.events.types import MOST_MINUTES, Reason, Status
from streams.importers.refusal import Refusal, Why

STATUSES = tuple(status.value for status in Status)
REASONS = tuple(reason.value for reason in Reason)
LARGEST_NUMBER = 1_000_000
"""``1e999999`` is a number too, and one with a million digits."""
FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years outside are typing errors (``0024-11-24``), and time zones know nothing of them."""


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One mark to be, and where it was read.

    ``place`` is the number of the file on the command line and the line in it.
    ``recorded_at`` is null where the file does not say: then 18:00 of the day.
    """

    place: tuple[int, int]
    kind: str
    school: str
    date: dt.date
    pupil: str
    status: str
    reason: str | None = None
    minutes_missed: int | None = None
    session: int = 1
    group: str | None = None
    by: str | None = None
    recorded_at: dt.datetime | None = None


class Said(msgspec.Struct, frozen=True):
    """A code's meaning: a status, and a reason where the code gives one."""

    status: str
    reason: str | None = None


def meaning(words: str) -> Said:
    """Read ``status`` or ``status:reason`` in the words of SEMANTICS.md.

    >>> meaning("absent:illness")
    Said(status='absent', reason='illness')
    >>> meaning("late").reason is None
    True

    Raises ``ValueError`` for anything else.
    """
    status, _, reason = words.strip().partition(":")
    if status not in STATUSES:
        raise ValueError(f"{status!r} is no status: {' '.join(STATUSES)}")
    if ":" in words and reason not in REASONS:
        raise ValueError(f"{reason!r} is no reason: {' '.join(REASONS)}")
    return Said(status, reason or None)


def identifier(text: str | None, field: str) -> str:
    """Take ``text`` without the white space around it, if that is an id.

    An id that does not fit is refused and never mended: two mended ids could become one
    pupil, and what does not fit is most often a name.
    """
    stripped = (text or "").strip()
    if not stripped:
        raise Refusal(Why.MISSING, field)
    if not is_id(stripped):
        raise Refusal(Why.UNFIT_ID, field, stripped)
    return sys.intern(stripped)


def day(text: str | None, field: str, pattern: str = "%Y-%m-%d") -> dt.date:
    """Read a date written as ``pattern`` (the codes of ``strptime``)."""
    stripped = (text or "").strip()
    if not stripped:
        raise Refusal(Why.MISSING, field)
    try:
        read = dt.datetime.strptime(stripped, pattern).date()  # noqa: DTZ007  (only its date)
    except ValueError:
        raise Refusal(Why.NOT_A_DATE, field, stripped) from None
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise Refusal(Why.NOT_A_DATE, field, stripped)
    return read


def number(text: str, field: str, why: Why) -> Decimal:
    """Read a number that is not negative, with a point or a comma."""
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise Refusal(why, field, text) from None
    if not value.is_finite() or not 0 <= value <= LARGEST_NUMBER:
        raise Refusal(why, field, text)
    return value


def whole_minutes(value: Decimal) -> int:
    """Round to the nearest minute, halves up.

    >>> whole_minutes(Decimal("12.5"))
    13
    """
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def minutes(text: str | None, field: str) -> int | None:
    """Read minutes missed; null where nothing is written."""
    if not (text or "").strip():
        return None
    value = number(text or "", field, Why.NOT_MINUTES)
    if value > MOST_MINUTES:
        raise Refusal(Why.NOT_MINUTES, field, text)
    return whole_minutes(value)
