"""How long a node keeps what it no longer needs: the purge, a little at a time (docs/node.md).

What stands, and what is told next, follows of the pages, which are never purged: so a purge
changes nothing about it. Every step is one short transaction, so that whoever serves the same log
goes on between two of them.
"""

import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from alerts.school_years import kept_since
from config.settings import Retention
from models.events.instants import DAY_SECONDS, EPOCH, write_date
from streams.embedded.erasing import empty_write_ahead_log
from streams.embedded.node import unkept
from streams.embedded.store import PURGED_ON, WORKED_OUT, Store
from streams.embedded.vacuum import is_due, vacuum

_ROWS_AT_ONCE: Final = 500
_PAGES_AT_ONCE: Final = 250
"""Of the file, given back to the disk: a megabyte."""
_MOST_TRIES: Final = 100
"""To empty the write-ahead log, which somebody who reads may keep from being so."""
_NIGHT_BEGINS_SECONDS: Final = 2 * 3600
"""After midnight in UTC: schools of Europe sleep, and their day has been closed."""

_DONE: Final = object()

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is older than these goes."""

    recorded_at: int
    """Of registers, closes and responses; seconds since 1970."""
    arrived_at: int
    """Of what was refused; seconds since 1970."""
    as_of: str
    """Of the newest message of an alert that does not stand; a date."""


@dataclass(slots=True)
class Purged:
    """How much went."""

    limits: Limits
    events: int = 0
    alerts: int = 0
    """Messages."""
    rejects: int = 0
    bytes: int = 0
    """By which the file became smaller."""


def limits_of(retention: Retention, now: float) -> Limits:
    """Work out what is too old to be kept."""
    return Limits(
        int(now) - retention.events_days * DAY_SECONDS,
        int(now) - retention.rejects_days * DAY_SECONDS,
        kept_since(retention.alerts_school_years, now),
    )


def purge(store: Store, purged: Purged, *, at_night: bool = False) -> Iterator[None]:
    """Let go of what is older than the limits of ``purged``, which counts; comes back often.

    At night a large file is also written anew, where that is due, in one step that takes long.
    Raises `sqlite3.Error`; what went before it is gone.
    """
    for rows in _old_events(store.connection, purged.limits):
        with store.transaction():
            store.connection.executemany("DELETE FROM event WHERE position = ?", rows)
        purged.events += len(rows)
        yield
    for rows in _old_rejects(store.connection, purged.limits):
        with store.transaction():
            store.connection.executemany("DELETE FROM reject WHERE number = ?", rows)
        purged.rejects += len(rows)
        yield
    for rows in _old_alerts(store.connection, purged.limits):
        with store.transaction():
            store.connection.executemany("DELETE FROM alert WHERE number = ?", rows)
        purged.alerts += len(rows)
        yield
    if at_night and is_due(store, at_night=True):
        vacuum(store)
        yield
    yield from _give_back(store.connection, purged)


class Nightly:
    """The purge of every night, for a `streams.embedded.writer.Writer`: a step between batches."""

    def __init__(self, store: Store, retention: Retention) -> None:
        self._store = store
        self._retention = retention
        self._night = store.progress(PURGED_ON)
        self._under_way: tuple[Iterator[None], Purged] | None = None

    def __call__(self, now: float) -> None:
        """Take the next step, if a night has begun; raises `streams.gateway.log.UnkeptError`."""
        try:
            self._take_step(now)
        except Exception as error:
            self._under_way, self._night = None, 0  # all over again, when there is room
            if isinstance(error, sqlite3.Error):
                raise unkept(error) from error
            raise

    def _take_step(self, now: float) -> None:
        if self._under_way is None:
            night = _date_of(now - _NIGHT_BEGINS_SECONDS)
            if night == self._night:
                return
            self._night = night
            purged = Purged(limits_of(self._retention, now))
            self._under_way = purge(self._store, purged, at_night=True), purged
        steps, purged = self._under_way
        if next(steps, _DONE) is not _DONE:
            return
        self._under_way = None
        with self._store.transaction():
            self._store.set_progress(PURGED_ON, self._night)
        log.info("purged: %s", told(purged))


def told(purged: Purged) -> str:
    """Say in a line what went."""
    return (
        f"{purged.events:,} events, {purged.alerts:,} messages, {purged.rejects:,} rejects,"
        f" {purged.bytes:,} bytes"
    )


def day_of(instant: int) -> str:
    """Write an instant's date in UTC."""
    return write_date(_date_of(instant))


def _date_of(now: float) -> int:
    """Ordinal of an instant's date in UTC."""
    return int(now // DAY_SECONDS) + EPOCH


_Numbers = list[tuple[int]]


def _old_events(connection: sqlite3.Connection, limits: Limits) -> Iterator[_Numbers]:
    while rows := connection.execute(
        "SELECT position FROM event WHERE type IN ('register', 'close', 'response')"
        " AND recorded_at < ? AND position < coalesce("
        "(SELECT value FROM progress WHERE name = ?), 0) ORDER BY recorded_at LIMIT ?",
        (limits.recorded_at, WORKED_OUT, _ROWS_AT_ONCE),
    ).fetchall():
        yield rows


def _old_rejects(connection: sqlite3.Connection, limits: Limits) -> Iterator[_Numbers]:
    while rows := connection.execute(
        "SELECT number FROM reject WHERE arrived_at < ? ORDER BY arrived_at LIMIT ?",
        (limits.arrived_at, _ROWS_AT_ONCE),
    ).fetchall():
        yield rows


def _old_alerts(connection: sqlite3.Connection, limits: Limits) -> Iterator[_Numbers]:
    """All messages of alerts that are over, and of which nothing newer was told."""
    old = connection.execute("SELECT id FROM alert WHERE as_of < ?", (limits.as_of,)).fetchall()
    rows: _Numbers = []
    for (alert,) in dict.fromkeys(old):
        messages = connection.execute(
            "SELECT number, as_of, stands FROM alert WHERE id = ? ORDER BY number", (alert,)
        ).fetchall()
        if messages and not messages[-1][2] and max(row[1] for row in messages) < limits.as_of:
            rows += [(row[0],) for row in messages]
        if len(rows) >= _ROWS_AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows


def _give_back(connection: sqlite3.Connection, purged: Purged) -> Iterator[None]:
    """Make the file smaller by what is free in it, and leave nothing in the write-ahead log."""
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    free = _free_pages(connection)
    while free:
        # `execute` would take one step of it, which is one page.
        connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
        left = _free_pages(connection)
        if left >= free:
            break  # a node at work frees as much
        purged.bytes += (free - left) * page_bytes
        free = left
        yield
    for _ in range(_MOST_TRIES):
        if empty_write_ahead_log(connection):
            return
        yield


def _free_pages(connection: sqlite3.Connection) -> int:
    pages: int = connection.execute("PRAGMA freelist_count").fetchone()[0]
    return pages
