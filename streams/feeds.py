"""Which schools' registers have stopped to come, as their books show it.

A school sends on its own days: a register is to be expected on a date that its calendar opens,
and, where the calendar says nothing, on a weekday on which it had school in the last four weeks
before its newest school day. On a holiday that no calendar tells of every school seems silent.
"""

from collections.abc import Callable, Collection, Iterable
from time import monotonic
from typing import Final

from models.book import Book
from models.events.instants import local_date

HABIT_DAYS: Final = 28
"""How far back it is looked on which weekdays a school has school."""
GONE_DAYS: Final = 100
"""A school that has sent nothing for so long has left, and is not missed any more."""
_WEEK: Final = 7
_COUNT_AGAIN_SECONDS: Final = 60.0
"""Every school is looked at to count the silent ones: a few microseconds each."""


def is_silent(book: Book, now: float) -> bool:
    """Was a register to be expected on a day that is over, and did none come since?

    ``now`` is in seconds since 1970.
    """
    return missed_days(book, now) > 0


def missed_days(book: Book, now: float) -> int:
    """On how many days that are over was a register to be expected since the newest that came?

    ``now`` is in seconds since 1970. A day is over at the school's midnight. 0 for a school that
    never had a school day, and for one that has left.
    """
    if not len(book.days):
        return 0
    newest, today = int(book.days[-1]), local_date(int(now), book.facts.timezone)
    over = range(newest + 1, today)
    if not over or len(over) > GONE_DAYS:
        return 0
    lately = book.days[-HABIT_DAYS:].tolist()
    habit = {date % _WEEK for date in lately if date > newest - HABIT_DAYS}
    return sum(_is_expected(book, date, habit) for date in over)


def _is_expected(book: Book, date: int, habit: Collection[int]) -> bool:
    said = book.calendar_said.get(date)
    return date % _WEEK in habit if said is None else said[2]


class SilentSchools:
    """Counts the schools that are silent, now and then.

    ``books``: those of all schools, or None while they are not those of all that came.
    """

    def __init__(
        self, books: Callable[[], Iterable[Book] | None], now: Callable[[], float]
    ) -> None:
        self._books = books
        self._now = now
        self._counted = 0
        self._again_at = 0.0

    def __call__(self) -> int:
        """Say how many there are."""
        if monotonic() >= self._again_at:
            books = self._books()
            if books is not None:
                now = self._now()
                self._counted = sum(is_silent(book, now) for book in books)
                self._again_at = monotonic() + _COUNT_AGAIN_SECONDS
        return self._counted


def silence_seconds(book: Book | None, now: float) -> float:
    """Say how long ago the newest register was recorded; without any, since 1970."""
    return max(0.0, now - max(book.newest_said_at if book else 0, 0))
