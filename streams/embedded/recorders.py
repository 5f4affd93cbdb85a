"""Who recorded that a pupil was missing, read from the registers of the node's log."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from models.events.checks import load_line
from models.events.instants import date_of
from models.events.types import Status
from streams.embedded.naming import Names
from streams.embedded.store import connect

_SAID: Final = frozenset(status.value for status in Status)
_MISSING: Final = frozenset({Status.LATE.value, Status.LEFT_EARLY.value, Status.ABSENT.value})


class Recorders:
    """Asks a log that others write to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(
        self, school: str, pupil: str, dates: Sequence[str]
    ) -> Mapping[str | None, Sequence[str]]:
        """Give dates, newest first, by who recorded the pupil as missing on them.

        Of each session the newest mark counts. None: the register does not say who made it.
        Raises `sqlite3.Error` and `streams.embedded.folder.FolderError`.
        """
        with closing(connect(self._path, read_only=True)) as connection:
            return recorders(connection, school, pupil, dates)


def recorders(
    connection: sqlite3.Connection, school: str, pupil: str, dates: Sequence[str]
) -> dict[str | None, list[str]]:
    """Do what `Recorders` does, by a connection."""
    names = Names({pupil})
    newest: dict[tuple[str, int], tuple[tuple[int, str], str, str | None]] = {}
    rows = connection.execute(
        "SELECT recorded_at, line FROM event WHERE school = ? AND type = 'register'"
        " AND date IN (SELECT value FROM json_each(?))",
        (school, json.dumps([date_of(each) for each in dates])),
    )
    for recorded_at, line in rows:
        if names.found_in(line) is None:
            continue
        register = load_line(line)
        for mark in register.get("marks") or ():
            if _is_about(mark, pupil):
                slot = (register["date"], register["session"])
                said = ((recorded_at, register["id"]), mark["status"], register.get("by"))
                if slot not in newest or said[0] >= newest[slot][0]:
                    newest[slot] = said
    found: dict[str | None, set[str]] = {}
    for (date, _), (_, status, by) in newest.items():
        if status in _MISSING:
            found.setdefault(by, set()).add(date)
    return {by: sorted(each, reverse=True) for by, each in found.items()}


def _is_about(mark: Any, pupil: str) -> bool:
    """Is it a pupil's mark that holds? A line is kept with those that were refused."""
    return isinstance(mark, dict) and mark.get("pupil") == pupil and mark.get("status") in _SAID
