"""On which dates a school was open.

In `exceptions` mode SEMANTICS.md makes every Monday to Friday from the first register to the
newest a school day on which whoever is not mentioned was present. So what an importer knows
about holidays it has to say, as calendar events; and a mark on a Sunday would never count,
so it is listed rather than imported. Opening that Sunday instead would say that the whole
school was there: a file that merely dates three latecomers wrongly must not do that.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from streams.importers.fact import day
from streams.importers.refusal import Refusal, Unusable, Why

SATURDAY = 5
_SPAN = re.compile(r"(?P<first>\d{4}-\d\d-\d\d)(?:\.\.(?P<last>\d{4}-\d\d-\d\d))?")
_LONGEST_SPAN_DAYS = 400


class SchoolDays:
    """Dates that a calendar opens or closes, each with the reason that it gives.

    >>> days = SchoolDays(weekdays_only=True)
    >>> str(days.refusal(dt.date(2022, 5, 15)))
    'on a weekend, and no calendar opens it'
    >>> days.open(dt.date(2022, 5, 15), "Make-up day")
    >>> days.refusal(dt.date(2022, 5, 15)) is None
    True
    """

    def __init__(self, *, weekdays_only: bool) -> None:
        self._weekdays_only = weekdays_only
        self._said: dict[dt.date, tuple[bool, str]] = {}

    def close(self, date: dt.date, reason: str) -> None:
        """No school on ``date``; takes back what was said before about it."""
        self._said[date] = (False, reason)

    def open(self, date: dt.date, reason: str) -> None:
        """School on ``date``; takes back what was said before about it."""
        self._said[date] = (True, reason)

    def refusal(self, date: dt.date) -> Why | None:
        """Say why a mark of ``date`` would never count; null where it would."""
        if date in self._said:
            return None if self._said[date][0] else Why.CLOSED
        if self._weekdays_only and date.weekday() >= SATURDAY:
            return Why.WEEKEND
        return None

    def worth_saying(self) -> Iterator[tuple[dt.date, bool, str]]:
        """Give the dates that differ from plain Monday to Friday, oldest first."""
        for date, (is_open, reason) in sorted(self._said.items()):
            if is_open == (date.weekday() >= SATURDAY):
                yield date, is_open, reason

    def school_days_between(self, first: dt.date, last: dt.date) -> int:
        """Count the dates from ``first`` to ``last`` that are not refused."""
        return sum(self.refusal(date) is None for date in dates(first, last))


def dates(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Give every date from ``first`` to ``last``, both included."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield dt.date.fromordinal(ordinal)


def spans(texts: Iterable[str], option: str) -> list[dt.date]:
    """Read the dates of an option, each ``2026-10-12`` or ``2026-10-12..2026-10-16``.

    >>> len(spans(["2026-10-12..2026-10-16", "2027-04-27"], "--closed"))
    6
    """
    named: list[dt.date] = []
    for text in texts:
        span = _span(text.strip(), option)
        if span is None:
            raise Unusable(
                f"{option} {text!r}: write a date, 2026-10-12, or a span, 2026-10-12..2026-10-16"
            )
        named.extend(dates(*span))
    return named


def _span(text: str, option: str) -> tuple[dt.date, dt.date] | None:
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    try:
        first = day(found["first"], option)
        last = day(found["last"] or found["first"], option)
    except Refusal:
        return None
    return (first, last) if 0 <= (last - first).days <= _LONGEST_SPAN_DAYS else None
