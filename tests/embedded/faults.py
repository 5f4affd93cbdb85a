"""A store that fails: the disk is full or broken at any statement, or the power goes."""

import random
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from streams.embedded.store import Store


class Crash(BaseException):
    """The power went."""


class FaultyConnection:
    """A connection that fails once at a statement that is not known before.

    ``countdown``: how many statements go well until then; None for all.
    """

    def __init__(self, real: sqlite3.Connection, rng: random.Random) -> None:
        self.real = real
        self.countdown: int | None = None
        self.may_crash = True
        self.faults = 0
        self._rng = rng
        self._is_gone = False

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return self._do(lambda: self.real.execute(sql, *parameters), sql)

    def executemany(self, sql: str, rows: Iterable[Any]) -> sqlite3.Cursor:
        return self._do(lambda: self.real.executemany(sql, rows), sql)

    @property
    def in_transaction(self) -> bool:
        return self.real.in_transaction

    def close(self) -> None:
        self.real.close()

    def _do(self, statement: Any, sql: str) -> sqlite3.Cursor:
        if self._is_gone:
            raise Crash
        if self.countdown is None:
            return statement()
        self.countdown -= 1
        if self.countdown >= 0:
            return statement()
        self.countdown = None
        self.faults += 1
        if self.may_crash and self._rng.random() < 0.5:
            self._is_gone = True
            if self._rng.random() < 0.5:
                statement()  # done, and nobody knows
            raise Crash
        if self.real.in_transaction and self._rng.random() < 0.5:
            self.real.execute("ROLLBACK")  # as SQLite does by itself where the disk is full
        if self._rng.random() < 0.3 and sql != "ROLLBACK":
            self.countdown = 0  # the next one, perhaps the ROLLBACK, fails too
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error


def faulty_store(path: Path, rng: random.Random) -> tuple[Store, FaultyConnection]:
    """A log's store, and what makes it fail."""
    store = Store(path)
    connection = FaultyConnection(store.connection, rng)
    store.connection = connection  # type: ignore[assignment]
    return store, connection
