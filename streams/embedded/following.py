"""What the desk reads of a node's log: alerts, and the events that concern people."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, func, select

from alerts.alert import decode_alert
from alerts.desk.casebook.rebuilding import rebuild
from alerts.desk.progress import progress
from alerts.desk.tables import CASE
from models.events.checks import read_line
from models.events.types import Register, Response, tag_of
from streams.desk.feed import TAKEN_EVENTS, Portion, take
from streams.embedded.store import NEXT_ALERT, NEXT_POSITION, connect

ALERTS, EVENTS = "node: next alert", "node: next event"
"""Names of places in the desk's progress."""
logger = logging.getLogger(__name__)
_AT_ONCE: Final = 2000
_REGISTER: Final = tag_of(Register)
_TAKEN: Final = tuple(tag_of(each) for each in TAKEN_EVENTS)


class Following:
    """Reads a log that a node writes, and gives the desk what is new."""

    def __init__(self, path: Path, desk: Engine) -> None:
        self._desk = desk
        self._log = connect(path, read_only=True)
        self._version: int | None = None

    def close(self) -> None:
        """Let go of the log."""
        self._log.close()

    def __call__(self, now: float) -> bool:
        """Take the next portion; say whether there was any.

        Raises `sqlite3.Error` and `sqlalchemy.exc.SQLAlchemyError`; then nothing was taken.
        """
        version = self._log.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return False
        with self._desk.begin() as connection:
            alerts, events = progress(connection, ALERTS), progress(connection, EVENTS)
        with _one_view(self._log):
            begin_alerts, begin_events = _not_beyond(self._log, alerts, events)
            portion = read_portion(self._log, begin_alerts, begin_events)
        if portion.places == {ALERTS: alerts, EVENTS: events}:
            self._version = version
            return False
        with self._desk.begin() as connection:
            take(connection, portion, now)
        return True


def rebuild_casebook(path: Path, desk: Engine) -> int:
    """Make all cases again from a log's alerts and responses; says how many there are.

    Raises `streams.embedded.folder.FolderError`, `sqlite3.Error` and
    `sqlalchemy.exc.SQLAlchemyError`; then nothing has changed.
    """
    with closing(connect(path, read_only=True)) as log, desk.begin() as connection, _one_view(log):
        told = []
        responses = []
        next_alert = next_event = 0
        while True:
            portion = read_portion(log, next_alert, next_event)
            told += portion.told
            responses += [event for _, event in portion.events if isinstance(event, Response)]
            if portion.places == {ALERTS: next_alert, EVENTS: next_event}:
                break
            next_alert, next_event = portion.places[ALERTS], portion.places[EVENTS]
        rebuild(connection, told, responses)
        return connection.execute(select(func.count()).select_from(CASE)).scalar_one()


@contextmanager
def _one_view(log: sqlite3.Connection) -> Iterator[None]:
    """Read alerts and events as they were at one moment."""
    log.execute("BEGIN")
    try:
        yield
    finally:
        log.execute("ROLLBACK")


def _not_beyond(log: sqlite3.Connection, next_alert: int, next_event: int) -> tuple[int, int]:
    """Give the places at which to go on: the beginning where a log is older than what was read.

    Else all would be passed over that such a log, one of an older copy, gets until it is as long.
    """
    (end,) = log.execute(
        "SELECT max(coalesce((SELECT value FROM progress WHERE name = ?), 0),"
        " coalesce((SELECT max(number) + 1 FROM alert), 0))",
        (NEXT_ALERT,),
    ).fetchone()
    (event_end,) = log.execute(
        "SELECT coalesce(max(value), 0) FROM progress WHERE name = ?", (NEXT_POSITION,)
    ).fetchone()
    if next_alert <= end and next_event <= event_end:
        return next_alert, next_event
    logger.warning("the log is older than what the desk has read of it: it is read again")
    return 0, 0


def read_portion(log: sqlite3.Connection, next_alert: int, next_event: int) -> Portion:
    """Read a log from a place on."""
    portion = Portion()
    for number, told_at, message in log.execute(
        "SELECT number, told_at, message FROM alert WHERE number >= ? ORDER BY number LIMIT ?",
        (next_alert, _AT_ONCE),
    ):
        portion.told.append((told_at, decode_alert(message)))
        next_alert = number + 1
    marks = ", ".join("?" for _ in _TAKEN)
    for position, school, kind, recorded_at, arrived_at, line in log.execute(
        "SELECT position, school, type, recorded_at, arrived_at,"  # noqa: S608 - no value in it
        f" CASE WHEN type IN ({marks}) THEN line END"
        " FROM event WHERE position >= ? ORDER BY position LIMIT ?",
        (*_TAKEN, next_event, _AT_ONCE),
    ):
        next_event = position + 1
        if kind == _REGISTER:
            newest = portion.registers.get(school, recorded_at)
            portion.registers[school] = max(newest, recorded_at)
        elif line is not None:
            event, _ = read_line(line, position)
            if event is not None:
                portion.events.append((arrived_at, event))
    portion.places = {ALERTS: next_alert, EVENTS: next_event}
    return portion
