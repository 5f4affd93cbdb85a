"""A node's data folder: the log, the desk, and a lock, so that one node serves it."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LOG_FILE: Final = "log.db"
DESK_FILE: Final = "desk.db"
"""Cases and messages, unless `desk.database` names another place."""
LOCK_FILE: Final = "node.lock"
_PRIVATE: Final = 0o700


class FolderError(Exception):
    """A data folder that cannot be used; says which and why, in a line."""


def log_of(folder: Path) -> Path:
    """Where the log of a data folder is; `FolderError` where there is none."""
    path = folder / LOG_FILE
    if not path.is_file():
        raise FolderError(f"{folder}: no node's data folder: it has no {LOG_FILE}")
    return path


def desk_of(folder: Path, database: str) -> str:
    """Where the desk of a data folder is, as SQLAlchemy says it: elsewhere, where a setting does.

    >>> desk_of(Path("/srv/node"), "")
    'sqlite:////srv/node/desk.db'
    """
    return database or f"sqlite:///{(folder / DESK_FILE).absolute()}"


def make_folder(folder: Path) -> None:
    """Make a data folder, for nobody else to look into, where there is none."""
    try:
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(f"{folder}: cannot be made: {error.strerror}") from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise FolderError(f"{folder}: may not be written by this user")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this process alone; `FolderError` where another one has it."""
    path = folder / LOCK_FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise FolderError(f"{path}: cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EAGAIN, errno.EACCES):
            raise FolderError(f"{folder}: another node serves it already") from error
        raise FolderError(f"{path}: cannot be locked: {error.strerror}") from error
    try:
        yield
    finally:
        os.close(descriptor)
