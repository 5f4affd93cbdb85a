"""One node: arrivals in, one batch one transaction, outcomes out. No clock, no thread.

A batch is decoded and worked out in memory; then its events, rejects, alerts, changed pages and
position are kept by one transaction; only then is anything acknowledged. What could not be kept
is dropped from memory too: books are read again from their pages before the next batch.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import time

import numpy as np

from alerts.pages import read_watch, write_changed
from config.metrics import Metrics
from models.book import Facts
from models.events.checks import Reject
from models.events.columns import Columns
from models.events.types import Close
from streams.counting import count_step
from streams.embedded.closing import close_line, due_dates
from streams.embedded.erasing import (
    Erasures,
    add_events,
    add_rejects,
    delete_alerts,
    empty_write_ahead_log,
    scrub,
)
from streams.embedded.rows import event_rows, reject_rows
from streams.embedded.store import NEXT_POSITION, Store
from streams.embedded.vacuum import TO_VACUUM, is_due, vacuum
from streams.gateway.log import Arrival, Outcome, UnkeptError
from streams.step import TOO_OLD, Batch, Engine, Step

_FULL = sqlite3.SQLITE_FULL


@dataclass(frozen=True, slots=True)
class _WorkedOut:
    """What came of a batch, before any of it is kept."""

    first: int
    """The position of the first arrival."""
    columns: Columns
    step: Step
    rejects: dict[int, list[Reject]]
    """By position, those of the door too."""
    accepted: frozenset[int]
    """Positions."""

    def outcome(self, position: int) -> Outcome:
        """What became of one arrival."""
        rejects = tuple(self.rejects.get(position, ()))
        is_too_old = any(each.reason == TOO_OLD for each in rejects)
        return Outcome(position in self.accepted and not is_too_old, rejects)


class Node:
    """The books of all schools of a log, and the log."""

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
        self._engine: Engine | None = None
        self._came: dict[tuple[str, int], int] = {}
        self._erasures = Erasures(store.connection)
        self._is_to_empty = True

    @property
    def engine(self) -> Engine:
        """The books as the log has them, read from their pages where they are not in memory.

        Raises `models.page_format.UnreadablePageError`.
        """
        if self._engine is None:
            engine = self._new_engine()
            for school, pages in self.store.pages().items():
                engine.adopt(read_watch(school, pages, engine.pack, engine.scorecard))
            self._engine = engine
            self._erasures = Erasures(self.store.connection)
            self._came = {(school, date): at for school, date, at in self.store.came()}
        return self._engine

    def take(self, arrivals: Sequence[Arrival], now: int) -> list[Outcome]:
        """Keep arrivals and all that follows of them; an outcome each.

        ``now`` is their arrival, in seconds since 1970. Raises `UnkeptError`, and then nothing
        of it happened.
        """
        first = self.store.progress(NEXT_POSITION)
        end = first + len(arrivals)
        try:
            with self._metrics.batch_seconds.time():
                batch = self._work_out(arrivals, first)
            with self._metrics.kept_seconds.time(), self.store.transaction():
                self._keep(arrivals, batch, now)
        except BaseException as error:
            self._engine = None  # memory is ahead of the log
            if isinstance(error, sqlite3.Error):
                raise unkept(error) from error
            raise
        self._is_to_empty |= bool(batch.step.erased)
        self._count(batch, len(arrivals))
        return list(map(batch.outcome, range(first, end)))

    def tell_anew(self, now: int) -> None:
        """Tell what stands otherwise than it was told, since rules or scorecard are others today.

        Raises `UnkeptError`.
        """
        alerts = [each for school in self.engine.schools.values() for each in school.publish()]
        try:
            with self.store.transaction():
                self.store.add_alerts(self.store.progress(NEXT_POSITION), now, alerts)
                for school in self.engine.schools.values():
                    self.store.write_pages(write_changed(school.watch))
        except sqlite3.Error as error:
            self._engine = None
            raise unkept(error) from error

    def close_due_days(self, now: int) -> int:
        """Write the `close` of every school's newest day that is due; says of how many."""
        schools = self.engine.schools
        if self._close_at is None or not self._came:
            return 0
        timezones = {school: schools[school].book.facts.timezone for school, _ in self._came}
        due = due_dates(self._came, timezones, self._close_at, now)
        if due:
            closes = (close_line(school, date, now) for school, date in due.items())
            arrivals = [Arrival(line, school) for line, school in zip(closes, due, strict=True)]
            self.take(arrivals, now)
        return len(due)

    def timezone_of(self, school: str) -> str:
        """A school's time zone, as far as it is known; may be asked from any thread."""
        known = self._engine.schools.get(school) if self._engine is not None else None
        return (Facts() if known is None else known.book.facts).timezone

    def leave_nothing_erased(self) -> None:
        """See to it that nothing that was erased stands in the write-ahead log any more."""
        if self._is_to_empty:
            if is_due(self.store):
                vacuum(self.store)
            self._is_to_empty = not empty_write_ahead_log(self.store.connection)

    # ---- one batch

    def _work_out(self, arrivals: Sequence[Arrival], first: int) -> _WorkedOut:
        engine = self.engine
        refused = {
            position: [arrival.refused]
            for position, arrival in enumerate(arrivals, first)
            if arrival.refused is not None
        }
        positions = [each for each in range(first, first + len(arrivals)) if each not in refused]
        lines = [arrivals[position - first].line for position in positions]
        columns = engine.decode(Batch(lines, positions))
        accepted = [registers.position for registers in columns.registers]
        accepted.append(np.array([position for position, _ in columns.others], np.int64))
        step = Step()
        for each in engine.take(columns):
            step.add(each)
        for reject in step.rejects:
            refused.setdefault(reject.position, []).append(reject)
        return _WorkedOut(
            first, columns, step, refused, frozenset(np.concatenate(accepted).tolist())
        )

    def _keep(self, arrivals: Sequence[Arrival], batch: _WorkedOut, now: int) -> None:
        store, engine, columns = self.store, self.engine, batch.columns
        first, end = batch.first, batch.first + len(arrivals)
        newly_erased = self._erasures.take(event for _, event in columns.others)
        add_events(store, event_rows(arrivals, first, now, columns, engine.decoder), self._erasures)
        add_rejects(store, reject_rows(arrivals, first, now, batch.rejects), self._erasures)
        if newly_erased:
            scrub(store, self._erasures, newly_erased)
            store.set_progress(TO_VACUUM, 1)
        schools = set(_schools(engine, columns))
        alerts = [each for each in batch.step.alerts if not batch.step.is_gone(each)]
        store.add_alerts(end, now, alerts)
        for school, pupil in batch.step.erased:
            withdrawn = {each.id for each in batch.step.alerts if each.pupil == pupil} - {
                each.id for each in alerts
            }
            delete_alerts(store.connection, school, pupil or "", withdrawn)
        for school in sorted(schools):
            store.write_pages(write_changed(engine.schools[school].watch))
        self._note_dates(columns, now)
        store.set_progress(NEXT_POSITION, end)

    def _note_dates(self, columns: Columns, now: int) -> None:
        """Note dates on which registers came, and let go of those that are closed."""
        engine, store = self.engine, self.store
        names = engine.decoder.names.texts
        came: dict[tuple[str, int], int] = {}
        for registers in columns.registers:
            both = np.unique(np.stack([registers.school, registers.date]), axis=1)
            came |= {(names[school], date): now for school, date in both.T.tolist()}
        came = {
            (school, date): at
            for (school, date), at in came.items()
            if date > engine.schools[school].book.closed_until
        }
        store.set_came(came)
        self._came |= came
        for _, event in columns.others:
            if isinstance(event, Close):
                until = engine.schools[event.school].book.closed_until
                store.forget_came(event.school, until)
                for school, date in list(self._came):
                    if school == event.school and date <= until:
                        del self._came[school, date]

    def _count(self, batch: _WorkedOut, arrivals: int) -> None:
        metrics = self._metrics
        metrics.records.inc(arrivals)
        count_step(metrics, batch.step)
        for rejects in batch.rejects.values():
            for reject in rejects:
                metrics.rejects.labels(reject.reason).inc()
        for alert in batch.step.alerts:
            metrics.alerts.labels(alert.kind.value, alert.state.value).inc()


def unkept(error: sqlite3.Error) -> UnkeptError:
    """Say in a line why the log could not keep something."""
    is_full = getattr(error, "sqlite_errorcode", None) == _FULL
    if is_full:
        return UnkeptError("the disk that holds the data folder is full", is_full=True)
    return UnkeptError(f"the log cannot be written: {error}", is_full=False)


def _schools(engine: Engine, columns: Columns) -> Iterator[str]:
    """Schools of which a batch said something."""
    names = engine.decoder.names.texts
    for registers in columns.registers:
        yield from (names[number] for number in np.unique(registers.school).tolist())
    for _, event in columns.others:
        yield event.school
