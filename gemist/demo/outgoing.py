"""Whether a node has made and sent what was due, read from its desk."""

import sqlite3
from collections.abc import Collection
from datetime import date as Date  # noqa: N812 - a type here
from pathlib import Path

from streams.embedded.folder import DESK_FILE


class Outgoing:
    """Looks at the desk of a data folder, and keeps nobody from writing; `close` it in the end."""

    def __init__(self, folder: Path) -> None:
        path = (folder / DESK_FILE).absolute()
        self._connection = sqlite3.connect(
            f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None
        )

    def close(self) -> None:
        """Let go of the desk."""
        self._connection.close()

    def is_out(self, schools: Collection[str], date: Date) -> bool:
        """Have the digests of a date been made at these schools, and has every message gone?"""
        made = dict(
            self._connection.execute("SELECT name, value FROM progress WHERE name LIKE 'digest/%'")
        )
        if any(made.get(f"digest/{school}", 0) < date.toordinal() for school in schools):
            return False
        waiting = self._connection.execute("SELECT 1 FROM outbox WHERE state = 'waiting' LIMIT 1")
        return waiting.fetchone() is None
