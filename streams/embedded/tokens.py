"""Who may send for which schools, in a table of the node's own file.

The file is the node's. This writes to it while the node runs, from another process, and reads
it for the door at every request: `Tokens` remembers whom it has met for as long as nobody else
has written.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hmac import compare_digest
from pathlib import Path
from typing import Final

from streams.embedded.folder import FolderError, log_of
from streams.embedded.store import connect, make_log
from streams.gateway.tokens import Token, TokensUnreadableError, new_token, read_token

_READ_WAIT_MS: Final = 500
_MOST_REMEMBERED: Final = 10_000

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS token (
    id TEXT PRIMARY KEY,
    secret_sha256 BLOB NOT NULL,
    schools TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    note TEXT NOT NULL DEFAULT ''
) STRICT
"""


def create(folder: Path, schools: Iterable[str], note: str, now: int) -> str:
    """Make a token for schools; what comes back is shown nowhere else again.

    Raises `FolderError`.
    """
    made = new_token()
    with _changing(make_log(folder)) as file:
        file.execute(
            "INSERT INTO token (id, secret_sha256, schools, created_at, note)"
            " VALUES (?, ?, ?, ?, ?)",
            (made.id, made.secret_sha256, json.dumps(sorted(set(schools))), now, note),
        )
    return made.text


def revoke(folder: Path, public: str, now: int) -> bool:
    """Take a token back, by its id; say whether there is one. Twice does no harm.

    Raises `FolderError`.
    """
    with _changing(log_of(folder)) as file:
        file.execute(
            "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (now, public)
        )
        found = file.execute("SELECT 1 FROM token WHERE id = ?", (public,)).fetchone()
    return found is not None


def listed(folder: Path) -> list[Token]:
    """List all tokens, revoked ones too, oldest first. Raises `FolderError`."""
    with _changing(log_of(folder)) as file:
        rows = file.execute(
            "SELECT id, schools, created_at, revoked_at, note FROM token ORDER BY created_at, id"
        ).fetchall()
    return [Token(row[0], tuple(json.loads(row[1])), *row[2:]) for row in rows]


class NodeTokens:
    """Whose a token is, for the door of a running node; raises `FolderError` at its start."""

    def __init__(self, folder: Path) -> None:
        path = make_log(folder)
        with _changing(path):
            pass  # so that the table is there
        self._file = connect(path, read_only=True)
        self._file.execute(f"PRAGMA busy_timeout={_READ_WAIT_MS}")
        self._version: int | None = None
        self._met: dict[bytes, frozenset[str] | None] = {}

    def schools_of(self, token: str) -> frozenset[str] | None:
        """Give the schools a token is for, or None; see `streams.gateway.tokens.Tokens`."""
        found = read_token(token)
        if found is None:
            return None
        try:
            return self._schools_of(*found)
        except sqlite3.Error as error:
            raise TokensUnreadableError(str(error)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _schools_of(self, public: str, hashed: bytes) -> frozenset[str] | None:
        version = self._file.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version or len(self._met) > _MOST_REMEMBERED:
            self._met.clear()
            self._version = version
        met = public.encode() + hashed
        if met not in self._met:
            self._met[met] = self._look_up(public, hashed)
        return self._met[met]

    def _look_up(self, public: str, hashed: bytes) -> frozenset[str] | None:
        row = self._file.execute(
            "SELECT secret_sha256, schools FROM token WHERE id = ? AND revoked_at IS NULL",
            (public,),
        ).fetchone()
        if row is None or not compare_digest(row[0], hashed):
            return None
        return frozenset(json.loads(row[1]))


@contextmanager
def _changing(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a log for one change of its tokens, which is there at once when this ends."""
    file = connect(path)
    try:
        file.execute("BEGIN IMMEDIATE")
        file.execute(_TABLE)
        yield file
        file.execute("COMMIT")
    except sqlite3.Error as error:
        raise FolderError(f"{path}: cannot be changed: {error}") from error
    finally:
        file.close()
