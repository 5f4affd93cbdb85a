"""What a node holds, as lines to give away: all events, all messages, or all about one pupil.

Each is read from one moment of the log, while a node may write on.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from streams.embedded.folder import log_of
from streams.embedded.store import connect

_ROWS_AT_ONCE: Final = 500


@contextmanager
def one_moment(folder: Path) -> Iterator[sqlite3.Connection]:
    """Read a data folder's log as it is now, whatever is written meanwhile; `FolderError`."""
    connection = connect(log_of(folder), read_only=True)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM event LIMIT 1").fetchall()  # the moment is now
        yield connection
    finally:
        connection.close()


def events(connection: sqlite3.Connection) -> Iterator[bytes]:
    """Accepted events in the order in which they came, byte for byte."""
    yield from _column(connection.execute("SELECT line FROM event ORDER BY position"))


def alerts(connection: sqlite3.Connection) -> Iterator[bytes]:
    """Messages in the order in which they were told, as in ``alerts.ndjson``."""
    yield from _column(connection.execute("SELECT message FROM alert ORDER BY number"))


def pages(connection: sqlite3.Connection) -> dict[bytes | None, bytes]:
    """All pages by their keys, written as on Kafka."""
    rows = connection.execute("SELECT key, content FROM page")
    return {key.encode(): content for key, content in rows}


def _column(rows: sqlite3.Cursor) -> Iterator[bytes]:
    while found := rows.fetchmany(_ROWS_AT_ONCE):
        for (each,) in found:
            yield each
