"""Pupils on school days, in counts of sessions (SEMANTICS.md 3).

Slots become five small counts a pupil and day, packed into one number (`models.codes`): sessions
known, missed, missed for illness, missed without authority, and late. Here a default becomes
presence, and what a school of ``exceptions`` did not mention too.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import AnyArray, BoolArray, ByteArray, IntArray
from models.book import Book
from models.codes import (
    BITS,
    COUNTS,
    HAS_UNAUTHORISED_MINUTES,
    ILL,
    KNOWN,
    LAST_WITHDRAWN,
    LATE,
    MISSED,
    NO_MINUTES,
    NOTHING,
    PRESENT,
    UNAUTHORISED,
)
from models.page import NEVER, WHOLE_SCHOOL, CountedPage, Page, implied_minutes
from models.roster import NOT_ENROLLED, InForce

_FIELD = (1 << BITS) - 1


@dataclass(frozen=True)
class PupilDays:
    """Counts of some school days, ``[days, pupils]``; all 0 where a pupil is not enrolled."""

    days: IntArray
    """Ordinals of the school days, one after the other."""
    packed: AnyArray
    minutes: AnyArray
    """Minutes missed without authority."""
    in_force: InForce

    def rows(self, rows: slice) -> "PupilDays":
        """Some of the days."""
        in_force = InForce(self.in_force.group[rows], self.in_force.record[rows])
        return PupilDays(self.days[rows], self.packed[rows], self.minutes[rows], in_force)

    def _count(self, shift: int) -> AnyArray:
        return ((self.packed >> shift) & _FIELD).astype(np.uint8)

    @cached_property
    def known(self) -> AnyArray:
        """Known sessions."""
        return self._count(KNOWN)

    @cached_property
    def missed(self) -> AnyArray:
        """Known sessions that were missed."""
        return self._count(MISSED)

    @cached_property
    def ill(self) -> AnyArray:
        """Sessions missed for illness."""
        return self._count(ILL)

    @cached_property
    def unauthorised(self) -> AnyArray:
        """Sessions missed without authority."""
        return self._count(UNAUTHORISED)

    @cached_property
    def late(self) -> AnyArray:
        """Sessions to which the pupil was late without authority."""
        return self._count(LATE)

    @cached_property
    def is_known(self) -> BoolArray:
        """Is the day a known day of the pupil?"""
        return self.known > 0


def count_pupil_days(book: Book, days: IntArray, pupils: IntArray | None = None) -> PupilDays:
    """Count the sessions of some school days; of some ``pupils`` only, where given."""
    in_force = book.in_force(days, pupils)
    shape = in_force.group.shape
    packed = np.zeros(shape, np.uint32)
    minutes = np.zeros(shape, np.int32)
    for index, day in enumerate(days.tolist()):
        _count_day(book, day, in_force.group[index], pupils, packed[index], minutes[index])
    return PupilDays(days, packed, minutes, in_force)


def have_counted(book: Book, days: IntArray) -> None:
    """Have some days counted of everybody, for whoever asks about some pupils again and again."""
    stale = [day for day in days.tolist() if _is_stale(book, book.pages.get(day))]
    if stale:
        count_pupil_days(book, np.array(stale, np.int32))


def _is_stale(book: Book, page: Page | None) -> bool:
    if page is None or not page.sessions:
        return False
    return page.counted is None or page.counted.roster_version != book.roster_version


def count_day(book: Book, day: int, pupils: IntArray) -> tuple[AnyArray, AnyArray]:
    """Count one school day of some pupils: `PupilDays.packed` and ``minutes`` of it."""
    packed = np.zeros(len(pupils), np.uint32)
    minutes = np.zeros(len(pupils), np.int32)
    _count_day(book, day, book.groups_on(day)[pupils], pupils, packed, minutes)
    return packed, minutes


def _count_day(
    book: Book,
    day: int,
    group: AnyArray,
    pupils: IntArray | None,
    packed: AnyArray,
    minutes: AnyArray,
) -> None:
    """Count a day into a row of each of the two arrays."""
    page = book.pages.get(day)
    if page is None or not page.sessions:
        implied = book.facts.sessions_per_day if book.facts.is_exceptions else 0
        packed[:] = np.where(group == NOT_ENROLLED, 0, np.uint32(implied << KNOWN))
        return
    counted = page.counted
    if counted is None or _is_stale(book, page):
        _count_page(book, page, group, pupils, packed, minutes)
        if pupils is None:
            with_minutes = np.flatnonzero(minutes).astype(np.int32)
            page.counted = CountedPage(
                book.roster_version, packed.copy(), with_minutes, minutes[with_minutes]
            )
    elif pupils is None:
        packed[:] = counted.packed
        minutes[counted.pupils_with_minutes] = counted.minutes
    else:
        packed[:] = counted.packed[pupils]
        place = np.searchsorted(counted.pupils_with_minutes, pupils)
        found = place < len(counted.minutes)
        found[found] = counted.pupils_with_minutes[place[found]] == pupils[found]
        minutes[found] = counted.minutes[place[found]]


def _count_page(
    book: Book,
    page: Page,
    group: AnyArray,
    pupils: IntArray | None,
    packed: AnyArray,
    minutes: AnyArray,
) -> None:
    """Count one page into a row of each of the two arrays."""
    code = _columns(page.code, pupils, len(group), NOTHING)
    if len(page.defaults):
        code = _with_defaults(book, page, group, pupils, code)
    sessions = page.sessions
    counted: list[int] | slice = slice(None)
    if book.facts.is_exceptions:
        last = book.facts.sessions_per_day
        counted = [row for row, session in enumerate(sessions) if session <= last]
        code = code[counted]
        code = np.where(code <= LAST_WITHDRAWN, np.uint8(PRESENT), code)
        packed += np.uint32((last - len(counted)) << KNOWN)
    packed += COUNTS.take(code).sum(axis=0, dtype=np.uint32)
    flagged = HAS_UNAUTHORISED_MINUTES.take(code)
    if flagged.any():
        row, pupil = np.nonzero(flagged)
        if page.minutes is None:
            given = implied_minutes(code[row, pupil]).astype(np.int32)
        else:
            said = _columns(page.minutes, pupils, len(group), 0)[counted]
            given = said[row, pupil].astype(np.int32) - 1
        given[given == NO_MINUTES] = book.facts.minutes_per_session
        np.add.at(minutes, pupil, given)
    away = group == NOT_ENROLLED
    packed[away] = 0
    minutes[away] = 0


def _columns(of: AnyArray, pupils: IntArray | None, count: int, filling: int) -> AnyArray:
    """Columns of a page's array for some pupils, or all, filled up for who came later."""
    width = of.shape[1]
    if pupils is None:
        if width == count:
            return of
        filled = np.full((len(of), count), filling, of.dtype)
        filled[:, :width] = of
        return filled
    if not len(pupils) or pupils.max() < width:
        return of[:, pupils]
    filled = np.full((len(of), count), filling, of.dtype)
    inside = pupils < width
    filled[:, inside] = of[:, pupils[inside]]
    return filled


def _with_defaults(
    book: Book, page: Page, group: AnyArray, pupils: IntArray | None, code: ByteArray
) -> ByteArray:
    """Codes of a page in which defaults are filled in: a later one replaces an earlier mark."""
    filled = code.copy()
    said = _columns(page.said, pupils, len(group), np.iinfo(page.said.dtype).min)
    erased = _erased(book, page, pupils)
    earliest = np.iinfo(said.dtype).min
    for row, since in enumerate(_defaults_said(book, page)):
        default = since[group]
        if erased is not None:
            default[default <= erased] = NEVER
        filled[row, said[row] < np.maximum(default, earliest)] = PRESENT
    return filled


def _defaults_said(book: Book, page: Page) -> IntArray:
    """Since when each group is present by default, in seconds from midnight.

    ``[sessions, groups + 1]``: the last element is for who is not enrolled (`NOT_ENROLLED` as an
    index).
    """
    since = np.full((len(page.sessions), len(book.groups) + 1), NEVER, np.int64)
    holds = (page.defaults != NEVER) & (page.defaults & 1 == 0)
    said = np.where(holds, (page.defaults >> 1) - page.midnight, NEVER)
    since[:, : len(said)] = said.T
    np.maximum(since, since[:, [WHOLE_SCHOOL]], out=since)
    since[:, NOT_ENROLLED] = NEVER
    return since


def _erased(book: Book, page: Page, pupils: IntArray | None) -> IntArray | None:
    """Until when each pupil was erased, in seconds from midnight; None where nobody was."""
    if not book.erased:
        return None
    until = book.erased_until()
    erased = np.where(until == NEVER, NEVER, until - page.midnight)
    return erased if pupils is None else erased[pupils]
