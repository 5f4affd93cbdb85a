"""A book's pages as bytes, to be stored one by one (docs/pages.md).

Three kinds: each date's slots; the roster, that is all that is kept without end; and the book's
progress, the little that every register moves on. A page read back equals the page written. What
can be worked out from the rest (numbers by name, live marks, first live marks) is not written.

The structs here are format version 3, field by field; fields with a default are not on pages of
earlier ones. A change of them is another version: pages of the old one go on being read, with what
is under its number in ``_READ_…``.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

import msgspec
import numpy as np

from models.book import NAMELESS, Book, Facts, Report, pupil_digest
from models.events.types import EnrolmentStatus, Pack, Phase
from models.page import MOST_SESSIONS, Page
from models.page_format import (
    Array,
    Content,
    PageKey,
    PageKind,
    UnreadablePageError,
    seal,
    unseal,
)
from models.roster import Record, Roster

Pages = Mapping[PageKey, bytes]
Written = tuple[PageKey, bytes]
Changed = tuple[PageKey, bytes | None]
"""A page as it is to stand from now on; None for one that is gone."""


def write_book(book: Book, spoken_of: Collection[int] = ()) -> Iterator[Written]:
    """Write all pages of a book; pupils ``spoken_of`` keep their ids, erased or not."""
    yield write_roster(book, _hidden(book, spoken_of))
    yield write_progress(book)
    for page in book.pages.values():
        yield write_date_page(book.school, page)


def write_changed_pages(book: Book, spoken_of: Collection[int] = ()) -> Iterator[Changed]:
    """Write what changed of a book since it was last written or read; each then counts as written.

    A date may be gone that was never written.
    """
    if book.roster_changed:
        hidden = _hidden(book, spoken_of)
        yield write_roster(book, hidden)
        book.roster_changed, book.hidden = False, hidden
    progress = _progress_of(book)
    if book.progress_written != progress:
        yield write_progress(book)
        book.progress_written = progress
    for date in sorted(book.changed_dates):
        page = book.pages.get(date)
        if page is None:
            yield PageKey(book.school, PageKind.DATE, date), None
        else:
            yield write_date_page(book.school, page)
        book.changed_dates.remove(date)


def read_book(school: str, pages: Pages) -> Book:
    """Read a book from all the pages of its school; others' pages and kinds are passed over.

    Raises `UnreadablePageError` for a page that is missing or damaged, of a newer format, or of
    pupils or groups that the roster does not know.
    """
    roster = read_page(PageKey(school, PageKind.ROSTER), pages, _READ_ROSTER)
    progress = read_page(PageKey(school, PageKind.PROGRESS), pages, _READ_PROGRESS)
    book = Book(
        school,
        facts=roster.facts,
        pupils=roster.pupils,
        pupil_number={
            pupil: number for number, pupil in enumerate(roster.pupils) if pupil != NAMELESS
        },
        nameless=roster.nameless,
        hidden=frozenset(roster.nameless.values()),
        groups=roster.groups,
        group_number={
            group: number for number, group in enumerate(roster.groups) if group is not None
        },
        roster=roster.roster,
        calendar_said=roster.calendar_said,
        erased=roster.erased,
        reports=roster.reports,
        first_live_kept=roster.first_live_kept,
        newest_said_at=progress.newest_said_at,
        first_register=progress.first_register,
        newest_register=progress.newest_register,
        closed_until=progress.closed_until,
        days=progress.days.read("<i4"),
        dirty_from=progress.dirty_from,
        version=progress.events_read,
        forgot_before=progress.forgot_before,
        roster_changed=roster.names_erased,
    )
    book.progress_written = _progress_of(book)
    for key in pages:
        if key.school == school and key.kind is PageKind.DATE:
            page = read_date_page(key, pages[key])
            if not _fits(page, book):
                raise UnreadablePageError(f"page {key}: more pupils or groups than in the roster")
            book.pages[page.date] = page
    return book


def read_page(
    key: PageKey, pages: Pages, readers: Mapping[int, Callable[[bytes], Content]]
) -> Content:
    """Read the page that stands under a key, which must be there."""
    if key not in pages:
        raise UnreadablePageError(f"page {key}: missing")
    return unseal(key, pages[key], readers)


def _fits(page: Page, book: Book) -> bool:
    return page.code.shape[1] <= len(book.pupils) and len(page.defaults) <= len(book.groups)


# ---- one date's slots


_Session = Annotated[int, msgspec.Meta(ge=1, le=MOST_SESSIONS)]
_Instant = Annotated[int, msgspec.Meta(ge=-(1 << 61), le=1 << 61)]


class _DatePage(msgspec.Struct, frozen=True):
    date: int
    sessions: list[_Session]
    code: Array
    said: Array
    minutes: Array | None
    defaults: list[tuple[Annotated[int, msgspec.Meta(ge=0)], _Session, _Instant, bool]]
    """(group, session, said at, withdrawn?)"""


def write_date_page(school: str, page: Page) -> Written:
    """Write one date's slots; pupils and groups are those of the roster, by number."""
    key = PageKey(school, PageKind.DATE, page.date)
    content = _DatePage(
        page.date,
        page.sessions,
        Array.of(page.code),
        Array.of(page.said),
        None if page.minutes is None else Array.of(page.minutes),
        page.said_defaults(),
    )
    return key, seal(key, content)


def read_date_page(key: PageKey, page: bytes) -> Page:
    """Read one date's slots; `UnreadablePageError` where they are not what was written."""
    return unseal(key, page, _READ_DATE_PAGE)


def _read_date_page(content: bytes) -> Page:
    read = _decode_date_page(content)
    page = Page(read.date, read.sessions, read.code.read("|u1"), read.said.read("<i4", "<i8"))
    if read.minutes is not None:
        minutes = read.minutes.read("|u1", "<u2", "<i2")
        page.minutes = minutes if minutes.dtype.kind == "u" else (minutes + 1).astype(np.uint16)
    if read.defaults:
        page.say_defaults(*(np.array(each) for each in zip(*read.defaults, strict=True)))
    page.live_marks = int(np.count_nonzero(page.live()))
    width = page.code.shape[-1] if page.code.ndim else 0
    for array in (page.code, page.said, page.minutes):
        if array is not None and array.shape != (len(read.sessions), width):
            raise ValueError(f"slots of {len(read.sessions)} sessions in the shape {array.shape}")
    return page


_decode_date_page: Final = msgspec.msgpack.Decoder(_DatePage).decode
_READ_DATE_PAGE: Final = dict.fromkeys((1, 2, 3), _read_date_page)


# ---- the roster


class _Facts(msgspec.Struct, frozen=True):
    at: int
    id: str
    timezone: str
    is_exceptions: bool
    sessions_per_day: int
    minutes_per_session: int
    pack: Pack | None


class _Enrolment(msgspec.Struct, frozen=True, array_like=True):
    pupil: int
    first: int
    last: int
    at: int
    id: str
    group: int
    mentor: str | None
    status: EnrolmentStatus
    phase: Phase | None
    is_leaving: bool = False


class _RosterPage(msgspec.Struct, frozen=True):
    facts: _Facts
    pupils: list[str]
    """In the order of their numbers, as everywhere where something is said by number.

    `NAMELESS` stands for who is in ``nameless``.
    """
    groups: list[str | None]
    is_sent: bool
    enrolments: list[_Enrolment]
    calendar: list[tuple[int, int, str, bool]]
    """(date, said at, id, open?)"""
    erased: list[tuple[int, int]]
    """(pupil, when)"""
    reports: list[tuple[int, str, int, int | None, str]]
    """(pupil, alert, at, until, id)"""
    first_live_kept: list[tuple[int, int]]
    """(pupil, date)"""
    nameless: list[tuple[int, bytes]] = []
    """(pupil, `models.book.pupil_digest`), of erased pupils of whom nothing stands"""


@dataclass(frozen=True)
class _KeptWithoutEnd:
    facts: Facts
    pupils: list[str]
    groups: list[str | None]
    roster: Roster
    calendar_said: dict[int, tuple[int, str, bool]]
    erased: dict[int, int]
    reports: dict[int, dict[tuple[str, int], Report]]
    first_live_kept: dict[int, int]
    nameless: dict[bytes, int]
    names_erased: bool = False
    """May ids stand on the page that a page of today does not have?"""


def _hidden(book: Book, spoken_of: Collection[int]) -> frozenset[int]:
    """Erased pupils whose ids are on no page."""
    return frozenset(book.unspoken().difference(spoken_of)) if book.erased else frozenset()


def write_roster(book: Book, hidden: Collection[int] = ()) -> Written:
    """Write what is kept of a book without end, names in the numbering of its other pages.

    Of pupils who are ``hidden`` only a digest is written.
    """
    facts = book.facts
    digests = {number: digest for digest, number in book.nameless.items()}
    for pupil in hidden:
        if pupil not in digests:
            digests[pupil] = pupil_digest(book.school, book.pupils[pupil])
    key = PageKey(book.school, PageKind.ROSTER)
    content = _RosterPage(
        _Facts(
            facts.at,
            facts.id,
            facts.timezone,
            facts.is_exceptions,
            facts.sessions_per_day,
            facts.minutes_per_session,
            facts.pack,
        ),
        [NAMELESS if number in digests else name for number, name in enumerate(book.pupils)],
        book.groups,
        book.roster.is_sent,
        [
            _Enrolment(
                held.pupil,
                held.first,
                held.last,
                held.at,
                held.id,
                held.group,
                held.mentor,
                held.status,
                held.phase,
                held.is_leaving,
            )
            for held in book.roster.held.values()
        ],
        [(date, *said) for date, said in book.calendar_said.items()],
        list(book.erased.items()),
        [
            (pupil, alert, at, report.until, report.id)
            for pupil, reports in book.reports.items()
            for (alert, at), report in reports.items()
        ],
        list(book.first_live_kept.items()),
        sorted(digests.items()),
    )
    return key, seal(key, content)


def _read_roster(content: bytes) -> _KeptWithoutEnd:
    read = _decode_roster(content)
    facts = read.facts
    same: dict[Any, Any] = {}
    once = same.setdefault  # one object of what hundreds of records say alike
    held = {
        (each.pupil, once(each.first, each.first)): Record(
            each.pupil,
            once(each.first, each.first),
            once(each.last, each.last),
            once(each.at, each.at),
            each.id,
            once(each.group, each.group),
            once(each.mentor, each.mentor),
            each.status,
            each.phase,
            each.is_leaving,
        )
        for each in read.enrolments
    }
    reports: dict[int, dict[tuple[str, int], Report]] = {}
    for pupil, alert, at, until, report_id in read.reports:
        reports.setdefault(pupil, {})[alert, at] = Report(at, until, report_id)
    return _KeptWithoutEnd(
        Facts(
            facts.at,
            facts.id,
            facts.timezone,
            facts.is_exceptions,
            facts.sessions_per_day,
            facts.minutes_per_session,
            facts.pack,
        ),
        read.pupils,
        read.groups,
        Roster(held, read.is_sent),
        {date: (at, said_id, is_open) for date, at, said_id, is_open in read.calendar},
        dict(read.erased),
        reports,
        dict(read.first_live_kept),
        {digest: pupil for pupil, digest in read.nameless},
    )


def _read_roster_1(content: bytes) -> _KeptWithoutEnd:
    kept = _read_roster(content)
    return replace(kept, names_erased=len(kept.erased) > 0)


_decode_roster: Final = msgspec.msgpack.Decoder(_RosterPage).decode
_READ_ROSTER: Final = {1: _read_roster_1, 2: _read_roster, 3: _read_roster}


# ---- progress


class _ProgressPage(msgspec.Struct, frozen=True):
    events_read: int
    newest_said_at: int
    first_register: int
    newest_register: int
    closed_until: int
    days: Array
    dirty_from: int
    forgot_before: int


def write_progress(book: Book) -> Written:
    """Write how far the log was read, and the school days found."""
    key = PageKey(book.school, PageKind.PROGRESS)
    content = _ProgressPage(
        book.version,
        book.newest_said_at,
        book.first_register,
        book.newest_register,
        book.closed_until,
        Array.of(book.days),
        book.dirty_from,
        book.forgot_before,
    )
    return key, seal(key, content)


def _progress_of(book: Book) -> tuple[int, ...]:
    """What moves whenever anything on a progress page does."""
    return book.version, book.closed_until, book.dirty_from, book.forgot_before


_decode_progress: Final = msgspec.msgpack.Decoder(_ProgressPage).decode
_READ_PROGRESS: Final = dict.fromkeys((1, 2, 3), _decode_progress)
