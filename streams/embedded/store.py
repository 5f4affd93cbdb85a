"""The node's log in SQLite: events as they came, rejects, pages, alerts, and how far it is.

One file, so that one transaction holds what belongs together: after any crash the pages are
those of exactly the events that are there, and every alert that followed of them was kept. WAL,
and every commit is on the disk before it is acknowledged (``synchronous=FULL``). What is deleted
is overwritten (``secure_delete``).
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from alerts.alert import Alert, encode_alert
from models.page_format import PageKey
from streams.embedded.folder import LOG_FILE, FolderError, make_folder

SCHEMA_VERSION: Final = 1
"""Of the tables here; pages have a version of their own."""
_APPLICATION: Final = 0x67656D73
"""``gems``: this file is ours."""
_BUSY_SECONDS: Final = 30.0
_CHECKPOINT_PAGES: Final = 2000

_TABLES: Final = """
CREATE TABLE event (
  position INTEGER PRIMARY KEY,
  school TEXT NOT NULL,
  type TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  arrived_at INTEGER NOT NULL,
  date INTEGER,
  marks INTEGER NOT NULL,
  line BLOB NOT NULL
) STRICT;
CREATE INDEX event_arrived ON event (school, arrived_at);
CREATE INDEX event_purged ON event (recorded_at) WHERE type IN ('register', 'close', 'response');
CREATE INDEX event_erasing ON event (school) WHERE type = 'erase';
CREATE TABLE reject (
  number INTEGER PRIMARY KEY,
  position INTEGER NOT NULL,
  school TEXT NOT NULL,
  arrived_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  field TEXT,
  value TEXT NOT NULL,
  event TEXT,
  line BLOB NOT NULL
) STRICT;
CREATE INDEX reject_arrived ON reject (school, arrived_at);
CREATE INDEX reject_purged ON reject (arrived_at);
CREATE TABLE page (
  key TEXT PRIMARY KEY,
  content BLOB NOT NULL
) STRICT;
CREATE TABLE alert (
  number INTEGER PRIMARY KEY,
  position INTEGER NOT NULL,
  told_at INTEGER NOT NULL,
  school TEXT NOT NULL,
  pupil TEXT,
  id TEXT NOT NULL,
  as_of TEXT NOT NULL,
  stands INTEGER NOT NULL,
  message BLOB NOT NULL
) STRICT;
CREATE INDEX alert_pupil ON alert (school, pupil);
CREATE INDEX alert_id ON alert (id);
CREATE INDEX alert_purged ON alert (as_of);
CREATE TABLE came (
  school TEXT NOT NULL,
  date INTEGER NOT NULL,
  arrived_at INTEGER NOT NULL,
  PRIMARY KEY (school, date)
) STRICT, WITHOUT ROWID;
CREATE TABLE worked_out (
  school TEXT PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE progress (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
NEXT_POSITION: Final = "next position"
WORKED_OUT: Final = "worked out"
"""The position before which all events are in their schools' pages."""
PURGED_ON: Final = "purged on"
NEXT_ALERT: Final = "next alert"
"""The number of the next message: one is never given twice, as who follows the alerts asks for
those after a number."""
TRIED_AT: Final = "tried at"
"""When it was last seen whether anything can be written, in seconds since 1970."""


class EventRow(NamedTuple):
    """An accepted event, as it is kept."""

    position: int
    school: str
    type: str
    recorded_at: int
    arrived_at: int
    date: int | None
    marks: int
    line: bytes


class RejectRow(NamedTuple):
    """A refused line or mark, as it is kept: with the whole line, byte for byte."""

    position: int
    school: str
    arrived_at: int
    reason: str
    field: str | None
    value: str
    event: str | None
    line: bytes


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a log that is there; `FolderError` where it is none of ours, or of a newer gemist."""
    if not read_only and not os.access(path, os.W_OK):
        raise FolderError(f"{path}: may not be written by this user")  # SQLite would only read it
    mode = "ro" if read_only else "rw"
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        raise FolderError(f"{path}: cannot be opened: {error}") from error
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise FolderError(f"{path}: cannot be read: {error}") from error
    except FolderError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    for pragma in (
        "synchronous=FULL",
        "secure_delete=ON",
        "foreign_keys=ON",
        f"wal_autocheckpoint={_CHECKPOINT_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise FolderError(f"{path}: no log of gemist's")
    if version > SCHEMA_VERSION:
        raise FolderError(
            f"{path}: format {version}, made by a newer gemist; this one reads up to"
            f" {SCHEMA_VERSION}"
        )


def make_log(folder: Path) -> Path:
    """Make a data folder's log where there is none yet, and say where it is."""
    make_folder(folder)
    path = folder / LOG_FILE
    if path.exists():
        return path
    new = folder / f"{LOG_FILE}.{os.getpid()}.new"  # another command may make one at this moment
    new.unlink(missing_ok=True)
    try:
        connection = sqlite3.connect(new, isolation_level=None)
        try:
            new.chmod(0o600)
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # before there is any table
            connection.executescript(_TABLES)
            connection.execute(f"PRAGMA application_id={_APPLICATION}")
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            connection.execute("PRAGMA journal_mode=WAL")
        finally:
            connection.close()
        with suppress(FileExistsError):
            os.link(new, path)
        new.unlink()
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise FolderError(f"{path}: cannot be made: {error}") from error
    return path


class Store:
    """The one writer's way to the log."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = connect(path)

    def close(self) -> None:
        """Let go of the file, with everything in it and nothing beside it."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that is done within, or nothing; raises `sqlite3.Error` where it cannot."""
        if self.connection.in_transaction:  # one that failed, and then could not be rolled back
            self.connection.execute("ROLLBACK")
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # a disk that is full has rolled back by itself
                self.connection.execute("ROLLBACK")
            raise

    # ---- how far it is

    def progress(self, name: str) -> int:
        """Give a number that is kept; 0 where it was never set."""
        row = self.connection.execute("SELECT value FROM progress WHERE name = ?", (name,))
        found = row.fetchone()
        return 0 if found is None else int(found[0])

    def set_progress(self, name: str, value: int) -> None:
        """Keep a number."""
        self.connection.execute(
            "INSERT INTO progress VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = ?2",
            (name, value),
        )

    def worked_out(self) -> dict[str, int]:
        """The position, by school, before which its events are in its pages."""
        return dict(self.connection.execute("SELECT school, position FROM worked_out").fetchall())

    def set_worked_out(self, school: str, position: int) -> None:
        """Keep how far a school's pages and alerts are."""
        self.connection.execute(
            "INSERT INTO worked_out VALUES (?, ?) ON CONFLICT DO UPDATE SET position = ?2",
            (school, position),
        )

    # ---- what comes in

    def events_from(self, position: int) -> Iterator[tuple[int, str, bytes]]:
        """Events from a position on: position, school and line."""
        yield from self.connection.execute(
            "SELECT position, school, line FROM event WHERE position >= ? ORDER BY position",
            (position,),
        )

    def add_events(self, rows: Iterable[EventRow]) -> None:
        """Keep accepted events."""
        self.connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def add_rejects(self, rows: Iterable[RejectRow]) -> None:
        """Keep what was refused."""
        self.connection.executemany(
            "INSERT INTO reject (position, school, arrived_at, reason, field, value, event, line)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    # ---- dates on which registers came, and which no close is known of

    def came(self) -> Iterator[tuple[str, int, int]]:
        """School, date, and when the date's newest register arrived."""
        yield from self.connection.execute("SELECT school, date, arrived_at FROM came")

    def set_came(self, came: Mapping[tuple[str, int], int]) -> None:
        """Keep when the newest register of some schools' dates arrived."""
        self.connection.executemany(
            "INSERT INTO came VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET arrived_at = ?3",
            ((school, date, at) for (school, date), at in came.items()),
        )

    def forget_came(self, school: str, until: int) -> None:
        """Let go of a school's dates up to one."""
        self.connection.execute("DELETE FROM came WHERE school = ? AND date <= ?", (school, until))

    # ---- pages

    def pages(self) -> dict[str, dict[PageKey, bytes]]:
        """All pages, by school."""
        found: dict[str, dict[PageKey, bytes]] = {}
        for text, content in self.connection.execute("SELECT key, content FROM page"):
            key = PageKey.read(text)
            found.setdefault(key.school, {})[key] = content
        return found

    def write_pages(self, pages: Iterable[tuple[PageKey, bytes | None]]) -> None:
        """Keep pages as they are now; None for one that is gone."""
        for key, content in pages:
            if content is None:
                self.connection.execute("DELETE FROM page WHERE key = ?", (str(key),))
            else:
                self.connection.execute(
                    "INSERT INTO page VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET content = ?2",
                    (str(key), content),
                )

    # ---- alerts

    def add_alerts(self, position: int, told_at: int, alerts: Iterable[Alert]) -> None:
        """Keep messages that followed of the events before a position."""
        messages = list(alerts)
        first = self.progress(NEXT_ALERT) or self._greatest_number() + 1
        self.connection.executemany(
            "INSERT INTO alert"
            " (number, position, told_at, school, pupil, id, as_of, stands, message)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    number,
                    position,
                    told_at,
                    alert.school,
                    alert.pupil,
                    alert.id,
                    alert.as_of,
                    alert.state.stands,
                    encode_alert(alert),
                )
                for number, alert in enumerate(messages, first)
            ),
        )
        self.set_progress(NEXT_ALERT, first + len(messages))

    def _greatest_number(self) -> int:
        found = self.connection.execute("SELECT max(number) FROM alert").fetchone()
        return int(found[0] or 0)
