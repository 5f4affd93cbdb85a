"""A copy of a node's log and desk, made while a node serves them.

`VACUUM INTO` reads one moment of a file and writes what is in it, tokens too, and nothing that
was there once: no free pages, so no bytes of who was erased before. The node's writers go on
meanwhile; their write-ahead logs grow by what they write until the copy is made. (Copying page by
page begins anew at every write of the node, and so may never end.)

The desk is copied first: it follows the log, and what it has not read yet of a log that is newer
it reads once a node serves the copy. It could not know that it read more than a log has.
"""

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streams.embedded.folder import DESK_FILE, LOG_FILE, FolderError, log_of, make_folder
from streams.embedded.store import NEXT_POSITION, connect

_PARTS: Final = (f"{DESK_FILE}.part", f"{LOG_FILE}.part")
"""Copies that are not complete; what is left of those that were broken off is written over."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy that is on the disk."""

    bytes: int
    events: int
    position: int
    """That of the next arrival: what came before it is in the copy, refused lines too."""


def back_up(folder: Path, out: Path, *, with_desk: bool = True) -> Copied:
    """Copy a data folder's log, and its desk if it has one, into one that is new or empty.

    ``with_desk`` false: the node's desk is elsewhere, whatever file of one is there.
    It is complete there, and durable, or not there at all. Raises `FolderError`.
    """
    source = log_of(folder)
    if out.resolve().is_relative_to(folder.resolve()):
        raise FolderError(f"{out}: is in {folder}, where an erasure does not reach it")
    was_there = out.exists()
    if was_there and (
        not out.is_dir() or any(not each.name.startswith(_PARTS) for each in out.iterdir())
    ):
        raise FolderError(f"{out}: is not an empty folder; name a new one")
    make_folder(out)
    desk_part, part = (out / name for name in _PARTS)
    try:
        _remove(out)
        if with_desk and (folder / DESK_FILE).is_file():
            _copy_whole(_desk(folder / DESK_FILE), desk_part)
        _copy_whole(connect(source, read_only=True), part)
        copied = _measured(desk_part, part)
        if desk_part.exists():
            desk_part.rename(out / DESK_FILE)
        part.rename(out / LOG_FILE)
        _make_durable(out)
    except OSError as error:
        raise FolderError(f"{out}: cannot be written: {error.strerror}") from error
    except sqlite3.Error as error:
        raise FolderError(f"{folder}: cannot be copied to {out}: {error}") from error
    finally:
        with suppress(OSError):
            if not (out / LOG_FILE).exists():
                (out / DESK_FILE).unlink(missing_ok=True)
            _remove(out)
            if not was_there and not any(out.iterdir()):
                out.rmdir()
    return copied


def _remove(out: Path) -> None:
    """Remove what is not complete, and what SQLite had beside it."""
    for part in _PARTS:
        for each in out.glob(f"{part}*"):
            each.unlink()


def _desk(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _copy_whole(source: sqlite3.Connection, part: Path) -> None:
    """Copy a database, see whether the copy is whole, and make it one that is written as it was."""
    part.touch(mode=0o600, exist_ok=False)
    with closing(source):
        source.execute("VACUUM INTO ?", (str(part),))
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        found = copy.execute("PRAGMA quick_check").fetchall()
        if found != [("ok",)]:
            raise FolderError(f"{part}: the copy is damaged: {found[0][0]}")
        copy.execute("PRAGMA journal_mode=WAL")
    _make_durable(part)


def _measured(desk_part: Path, part: Path) -> Copied:
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        (events,) = copy.execute("SELECT count(*) FROM event").fetchone()
        (position,) = copy.execute(
            "SELECT coalesce(max(value), 0) FROM progress WHERE name = ?", (NEXT_POSITION,)
        ).fetchone()
    desk_bytes = desk_part.stat().st_size if desk_part.exists() else 0
    return Copied(part.stat().st_size + desk_bytes, events, position)


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
