"""A copy of a node's log, made while a node serves it.

`VACUUM INTO` reads one moment of the log and writes what is in it, tokens too, and nothing that
was there once: no free pages, so no bytes of who was erased before. The node's writer goes on
meanwhile; its write-ahead log grows by what it writes until the copy is made. (Copying page by
page begins anew at every write of the node, and so may never end.)
"""

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streams.embedded.folder import LOG_FILE, FolderError, log_of, make_folder
from streams.embedded.store import NEXT_POSITION, connect

_PART: Final = f"{LOG_FILE}.part"
"""A copy that is not complete; what is left of one that was broken off is written over."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy that is on the disk."""

    bytes: int
    events: int
    position: int
    """That of the next arrival: what came before it is in the copy, refused lines too."""


def back_up(folder: Path, out: Path) -> Copied:
    """Copy the log of a data folder into another one that is new or empty.

    It is complete there, and durable, or not there at all. Raises `FolderError`.
    """
    source = log_of(folder)
    if out.resolve().is_relative_to(folder.resolve()):
        raise FolderError(f"{out}: is in {folder}, where an erasure does not reach it")
    was_there = out.exists()
    if was_there and (
        not out.is_dir() or any(not each.name.startswith(_PART) for each in out.iterdir())
    ):
        raise FolderError(f"{out}: is not an empty folder; name a new one")
    make_folder(out)
    part = out / _PART
    try:
        _remove(out)
        part.touch(mode=0o600, exist_ok=False)
        _copy(source, part)
        copied = _looked_at(part)
        _make_durable(part)
        part.rename(out / LOG_FILE)
        _make_durable(out)
    except OSError as error:
        raise FolderError(f"{out}: cannot be written: {error.strerror}") from error
    except sqlite3.Error as error:
        raise FolderError(f"{folder}: cannot be copied to {out}: {error}") from error
    finally:
        with suppress(OSError):
            _remove(out)
            if not was_there and not any(out.iterdir()):
                out.rmdir()
    return copied


def _remove(out: Path) -> None:
    """Remove what is not complete, and what SQLite had beside it."""
    for each in out.glob(f"{_PART}*"):
        each.unlink()


def _copy(source: Path, part: Path) -> None:
    connection = connect(source, read_only=True)
    try:
        connection.execute("VACUUM INTO ?", (str(part),))
    finally:
        connection.close()


def _looked_at(part: Path) -> Copied:
    """See whether a copy is whole, and make it one that a node writes to as to its own."""
    connection = sqlite3.connect(part, isolation_level=None)
    try:
        found = connection.execute("PRAGMA quick_check").fetchall()
        if found != [("ok",)]:
            raise FolderError(f"{part}: the copy is damaged: {found[0][0]}")
        connection.execute("PRAGMA journal_mode=WAL")
        (events,) = connection.execute("SELECT count(*) FROM event").fetchone()
        position = connection.execute(
            "SELECT coalesce(max(value), 0) FROM progress WHERE name = ?", (NEXT_POSITION,)
        ).fetchone()[0]
    finally:
        connection.close()
    return Copied(part.stat().st_size, events, position)


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
