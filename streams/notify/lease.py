"""One desk at work on a database: of two that sent messages, people would hear everything twice.

In PostgreSQL it is an advisory lock of a connection that does nothing else, in SQLite a lock on a
file beside the database. Both end with the process that has them, however it ends.
"""

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from alerts.desk.database import looking

_KEY: Final = 0x6E6F74696679
"""``notify``, as a number for PostgreSQL's advisory locks."""
_WAITS: Final = "another gemist notify works on this database: this one waits for its end"
_WORKS: Final = "this gemist notify works on the database now"

log = logging.getLogger(__name__)


class Lease:
    """The right to work on a database, asked for again and again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._file: int | None = None
        self._was_held: bool | None = None

    def is_held(self) -> bool:
        """Take the lease, or see that it is still held; what changes is logged.

        Raises `sqlalchemy.exc.SQLAlchemyError` and `OSError` where neither can be said.
        """
        is_postgresql = self._engine.dialect.name == "postgresql"
        held = self._is_lock_held() if is_postgresql else self._is_file_locked()
        if held != self._was_held:
            log.warning(_WORKS if held else _WAITS)
        self._was_held = held
        return held

    @property
    def is_waiting(self) -> bool:
        """Did another one have it at the last look, or did nobody look yet?"""
        return not self._was_held

    def close(self) -> None:
        """Let go of it."""
        if self._connection is not None:
            self._connection.invalidate()  # it must not go back to the pool with its lock
            self._connection.close()
        if self._file is not None:
            os.close(self._file)
        self._connection = self._file = None
        self._was_held = None

    def _is_lock_held(self) -> bool:
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError:
                self.close()
                raise
            return True
        connection = looking(self._engine)
        if connection.execute(select(func.pg_try_advisory_lock(_KEY))).scalar_one():
            self._connection = connection
            return True
        connection.close()
        return False

    def _is_file_locked(self) -> bool:
        if self._file is not None:
            return True
        path = Path(f"{self._engine.url.database}.notify.lock")
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            if error.errno in (errno.EAGAIN, errno.EACCES):
                return False
            raise
        self._file = file
        return True


@contextmanager
def lease_of(engine: Engine) -> Iterator[Lease]:
    """Have a lease, which is let go of at the end."""
    lease = Lease(engine)
    try:
        yield lease
    finally:
        lease.close()
