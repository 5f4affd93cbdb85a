"""One node: arrivals in, kept; then what follows of them, told school by school.

No thread, and no clock but the one that is passed in. An arrival is decoded and kept by one
transaction with all that came at the same time; from then on nothing can take it away, and it is
acknowledged. What follows of it is told when its school's turn comes (`streams.embedded.books`),
at once where little comes in, and under load of all that came in half a second.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from shutil import disk_usage
from typing import Final

from config.metrics import Metrics
from models.book import Facts
from models.events.checks import Reject
from models.events.columns import Columns, accepted_positions
from models.events.instants import date_of
from models.events.types import Erase
from streams.closing import Came, Dates, close_line, closes, due_dates
from streams.counting import count_alert, count_named, count_read, count_reject
from streams.embedded.books import Books
from streams.embedded.erasing import add_events, add_rejects, empty_write_ahead_log, scrub
from streams.embedded.rows import Arrived, event_rows, reject_rows
from streams.embedded.store import NEXT_POSITION, TRIED_AT, EventRow, RejectRow, Store
from streams.embedded.vacuum import TO_VACUUM, is_due, vacuum
from streams.failure import log_failure
from streams.gateway.log import Arrival, Outcome, UnkeptError
from streams.school import School
from streams.step import Engine

_FULL: Final = sqlite3.SQLITE_FULL
_NO_ROOM: Final = "the disk that holds the data folder is full"
ROOM_BYTES: Final = 1024 * 1024
"""So much has to be free after a disk was full, before it is said to be so no more."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept and not in any book yet."""

    columns: Columns
    arrived: Arrived
    now: float


class Node:
    """The log of some schools, and their books."""

    def __init__(
        self,
        store: Store,
        new_engine: Callable[[], Engine],
        metrics: Metrics,
        close_at: time | None,
    ) -> None:
        self.store = store
        self._new_engine = new_engine
        self._metrics = metrics
        self._close_at = close_at
        self._books: Books | None = None
        self._next = 0
        self._came = Came({})
        self._unapplied: list[_Kept] = []
        self._is_to_empty = True

    def books(self, now: float) -> Books:
        """All schools' books as the log has them, read from it where they are not in memory.

        Raises `UnkeptError`, and `models.page_format.UnreadablePageError`.
        """
        if self._books is None:
            store = self.store
            try:
                self._next = store.progress(NEXT_POSITION)
                self._came = Came({(school, date): at for school, date, at in store.came()})
                self._unapplied = []
                self._books = Books(store, self._new_engine(), now)
            except sqlite3.Error as error:
                raise unkept(error) from error
            self._metrics.set_aside.set(len(self._books.stuck))
        return self._books

    def keep(self, arrivals: Sequence[Arrival], now: float) -> list[Outcome]:
        """Keep arrivals: an outcome each, which is durable.

        ``now`` is their arrival, in seconds since 1970. Raises `UnkeptError`, and then nothing
        of it happened.
        """
        books = self.books(now)
        arrived = dict(enumerate(arrivals, self._next))
        end = self._next + len(arrivals)
        rejects: dict[int, list[Reject]] = {
            position: [arrival.refused]
            for position, arrival in arrived.items()
            if arrival.refused is not None
        }
        columns = books.decode({at: each for at, each in arrived.items() if at not in rejects})
        for reject in columns.rejects:
            rejects.setdefault(reject.position, []).append(reject)
        came = self._came.new(columns, books.engine, now)
        try:
            with self._metrics.kept_seconds.time(), self.store.transaction():
                rows = event_rows(arrived, int(now), columns, books.engine.decoder)
                self._keep(books, rows, reject_rows(arrived, int(now), rejects), columns)
                self._keep_dates(came, columns)
                self.store.set_progress(NEXT_POSITION, end)
        except BaseException as error:
            if any(isinstance(event, Erase) for _, event in columns.others):
                self._books = None  # who was erased has to be read from the log anew
            if isinstance(error, sqlite3.Error):
                raise unkept(error) from error
            raise
        self._next = end
        self._came.note(came, columns)
        self._unapplied.append(_Kept(columns, arrived, now))
        self._metrics.records.inc(len(arrivals))
        count_named(self._metrics, columns, books.engine.decoder.names.texts)
        for at, found in rejects.items():
            for reject in found:
                count_reject(self._metrics, arrived[at].school, reject.reason)
        accepted = accepted_positions(columns)
        return [Outcome(at in accepted, tuple(rejects.get(at, ()))) for at in arrived]

    @property
    def has_untold(self) -> bool:
        """Does anything wait to be told?"""
        books = self._books  # another thread may ask
        return books is None or bool(self._unapplied) or bool(books.untold)

    def untold_seconds(self, now: float) -> float:
        """How long the school that waits longest has waited to be told; 0 where none does.

        May be asked from any thread.
        """
        waiting = [each.now for each in self._unapplied[:1]]
        books = self._books
        if books is not None:
            waiting += (each.arrived_at for each in list(books.untold.values())[:1])
        return now - min(waiting, default=now)

    def is_told(self, school: str) -> bool:
        """Is all told that follows of what came from a school? May be asked from any thread."""
        books = self._books
        return books is not None and not self._unapplied and school not in books.untold

    @property
    def is_erasing(self) -> bool:
        """Does anything that was erased wait to be gone from pages and alerts?"""
        if self._books is None or any(each.erased for each in self._books.untold.values()):
            return True
        return any(
            isinstance(it, Erase) for each in self._unapplied for _, it in each.columns.others
        )

    def tell_next(self, now: float) -> float | None:
        """Tell what follows for the school that waits longest. Raises `UnkeptError`.

        Gives the arrival of the first event that it follows from, in seconds since 1970, if
        there was anything to tell; else None.
        """
        self._apply()
        books = self.books(now)
        if not books.untold:
            return None
        try:
            with self._metrics.batch_seconds.time():
                told = books.tell_next(self._next, int(now))
        except BaseException as error:
            self._books = None  # memory is ahead of the log
            if isinstance(error, sqlite3.Error):
                raise unkept(error) from error
            raise
        self._is_to_empty |= bool(told.untold.erased)
        self._metrics.set_aside.set(len(books.stuck))
        for alert in told.alerts:
            count_alert(self._metrics, alert)
        for row in told.untold.too_old:
            count_reject(self._metrics, row.school, row.reason)
        return told.untold.arrived_at if told.alerts else None

    def tell_all(self, now: float) -> None:
        """Tell all that waits. Raises `UnkeptError`."""
        while self.has_untold:
            self.tell_next(now)

    def close_due_days(self, now: float) -> int:
        """Write the `close` of every school's newest day that is due; says of how many."""
        self.books(now)
        if self._close_at is None or not self._came:
            return 0
        timezones = {school: self.timezone_of(school) for school, _ in self._came.dates}
        due = due_dates(self._came.dates, timezones, self._close_at, now)
        if due:
            closes = (close_line(school, date, int(now)) for school, date in due.items())
            arrivals = [Arrival(line, school) for line, school in zip(closes, due, strict=True)]
            self.keep(arrivals, now)
        return len(due)

    def timezone_of(self, school: str) -> str:
        """A school's time zone, as far as it is known; may be asked from any thread."""
        books = self._books
        known = None if books is None else books.engine.schools.get(school)
        return (Facts() if known is None else known.book.facts).timezone

    @property
    def schools(self) -> Mapping[str, School] | None:
        """Its schools, by id; None while memory has none. May be asked from any thread."""
        books = self._books
        return None if books is None else books.engine.schools

    def see_if_it_keeps(self, now: float) -> None:
        """See whether there is room and the log can be written. Raises `UnkeptError`."""
        if disk_usage(self.store.path.parent).free < ROOM_BYTES:
            raise UnkeptError(_NO_ROOM, is_full=True)
        try:
            with self.store.transaction():
                self.store.set_progress(TRIED_AT, int(now))
        except sqlite3.Error as error:
            raise unkept(error) from error

    def leave_nothing_erased(self) -> None:
        """See to it that nothing that was erased can be read in the file, or beside it.

        Raises `UnkeptError`; then it stays due.
        """
        if not self._is_to_empty:
            return
        try:
            if is_due(self.store):
                vacuum(self.store)
            self._is_to_empty = not empty_write_ahead_log(self.store.connection)
        except sqlite3.Error as error:
            raise unkept(error) from error

    # ---- keeping

    def _keep(
        self,
        books: Books,
        events: Iterable[EventRow],
        rejects: Iterable[RejectRow],
        columns: Columns,
    ) -> None:
        newly_erased = books.erasures.take(event for _, event in columns.others)
        add_events(self.store, events, books.erasures)
        add_rejects(self.store, rejects, books.erasures)
        if newly_erased:
            scrub(self.store, books.erasures, newly_erased)
            self.store.set_progress(TO_VACUUM, 1)

    def _apply(self) -> None:
        """Apply what is kept; where that fails, all books are read from the log anew."""
        unapplied = self._unapplied
        if self._books is None or not unapplied:
            return
        columns = Columns()
        arrived: dict[int, Arrival] = {}
        for each in unapplied:
            columns.registers += each.columns.registers
            columns.others += each.columns.others
            arrived |= each.arrived
        try:
            counts = self._books.apply(columns, arrived, unapplied[0].now)
        except Exception as error:  # noqa: BLE001 - the log has it; reading it sets a school aside
            log_failure("what came cannot be applied", error)
            self._books = None
        else:
            count_read(self._metrics, counts)
        self._unapplied = []  # after they are in the books: `has_untold` is asked by any thread

    def _keep_dates(self, came: Dates, columns: Columns) -> None:
        self.store.set_came(came)
        for event in closes(columns):
            self.store.forget_came(event.school, date_of(event.date))


def unkept(error: sqlite3.Error) -> UnkeptError:
    """Say in a line why the log could not keep something."""
    is_full = getattr(error, "sqlite_errorcode", None) == _FULL
    if is_full:
        return UnkeptError(_NO_ROOM, is_full=True)
    return UnkeptError(f"the log cannot be written: {error}", is_full=False)
