"""What an `erase` takes from the log: every byte about the pupil, but for the event itself.

Events about the pupil are deleted, registers are written anew without the pupil's marks, alerts
are deleted, and in refused lines a word stands where the id was. What was recorded after the
erasure stays: the pupil may have come back.
"""

import json
import re
import sqlite3
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from models.events.types import EVENT_TYPES, Erase, Mark

ERASED: Final = b"erased"
_ID: Final = re.compile(rb"[A-Za-z0-9._:-]+")
_ESCAPED: Final = re.compile(rb"\\u00([2-7][0-9A-Fa-f])")
_ROWS_AT_ONCE: Final = 1000
_OF_TAG: Final = {str(each.__struct_config__.tag): each for each in EVENT_TYPES}
_ERASE: Final = str(Erase.__struct_config__.tag)
_FREE_FIELDS: Final = ("name", "reason")
"""Of an event: they may hold anything. (A mark's reason is one of a list.)"""


def scrub(
    connection: sqlite3.Connection, school: str, erased: Mapping[str, int], since: int = 0
) -> None:
    """Take what was recorded about pupils until they were erased out of events and rejects.

    ``erased``: pupil → when, in seconds since 1970. ``since``: the position to begin at. To be
    called within a transaction.
    """
    _scrub_events(connection, school, erased, since)
    _scrub_rejects(connection, school, erased, since)


def delete_alerts(
    connection: sqlite3.Connection, school: str, pupil: str, withdrawn: Collection[str]
) -> None:
    """Delete what was told about a pupil, but for the newest message of each alert that stands.

    ``withdrawn``: ids of alerts that the erasure took back. What still stands was recorded since.
    """
    connection.executemany(
        "DELETE FROM alert WHERE school = ? AND pupil = ? AND id = ?",
        ((school, pupil, each) for each in withdrawn),
    )
    connection.execute(
        "DELETE FROM alert WHERE school = ?1 AND pupil = ?2 AND NOT (stands AND number ="
        " (SELECT max(number) FROM alert AS newest WHERE newest.id = alert.id))",
        (school, pupil),
    )


def empty_write_ahead_log(connection: sqlite3.Connection) -> bool:
    """Move all that was written to where it belongs, and leave nothing beside it.

    Says whether that was done: who reads meanwhile (a backup) keeps it from being so.
    """
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout=0")
    try:
        busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience}")
    return not busy


def mentioned(line: bytes, pupils: Collection[str]) -> list[str]:
    r"""Which of some pupils a line names, however it is written.

    >>> mentioned(rb'{"pupil":"p\u0038\u0031","by":"p8"}', {"p81", "p"})
    ['p81']
    """
    found = {text.decode() for text in _ID.findall(unescaped(line))}
    return sorted(found.intersection(pupils))


def unescaped(line: bytes) -> bytes:
    r"""Give a line with ASCII that was written as ``\u00XX`` as it is."""
    if b"\\u00" not in line:
        return line
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), line)


def without_pupils(line: bytes, pupils: Collection[str]) -> bytes | None:
    """Write an event anew without what it says about some pupils; None where nothing is left.

    Only the fields of the contract are kept, for another may hold anything.

    >>> without_pupils(b'{"type":"register","id":"r-p1","marks":[{"pupil":"p1"}]}', {"p1"})
    b'{"type":"register","id":"r-erased","marks":[]}'
    """
    event = json.loads(line)
    if event.get("pupil") in pupils:
        return None
    kept = {
        name: value
        for name, value in event.items()
        if name in _names(_OF_TAG[event["type"]]) and name not in _FREE_FIELDS
    }
    kept["id"] = _with_a_word(event["id"].encode(), pupils).decode()
    if kept.get("marks") is not None:
        kept["marks"] = [
            {name: value for name, value in mark.items() if name in _names(Mark)}
            for mark in kept["marks"]
            if isinstance(mark, dict) and mark.get("pupil") not in pupils
        ]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()


def _scrub_events(
    connection: sqlite3.Connection, school: str, erased: Mapping[str, int], since: int
) -> None:
    rows = connection.execute(
        "SELECT position, recorded_at, marks, line FROM event"
        " WHERE school = ? AND position >= ? AND type <> ? AND recorded_at <= ?",
        (school, since, _ERASE, max(erased.values())),
    )
    gone: list[tuple[int]] = []
    anew: list[tuple[int, bytes, int]] = []
    while found := rows.fetchmany(_ROWS_AT_ONCE):
        for position, recorded_at, marks, line in found:
            pupils = [each for each in mentioned(line, erased) if recorded_at <= erased[each]]
            if not pupils:
                continue
            left = without_pupils(line, pupils)
            if left is None:
                gone.append((position,))
            else:
                about = sum(_is_about(mark, pupils) for mark in json.loads(line).get("marks") or ())
                anew.append((max(0, marks - about), left, position))
    connection.executemany("DELETE FROM event WHERE position = ?", gone)
    connection.executemany("UPDATE event SET marks = ?, line = ? WHERE position = ?", anew)


def _scrub_rejects(
    connection: sqlite3.Connection, school: str, erased: Mapping[str, int], since: int
) -> None:
    rows = connection.execute(
        "SELECT number, value, event, line FROM reject WHERE school = ? AND position >= ?",
        (school, since),
    )
    anew = []
    for number, value, event, line in rows:
        pupils = mentioned(b"\n".join((line, value.encode(), (event or "").encode())), erased)
        if pupils:
            texts = (value.encode(), (event or "").encode(), line)
            value_left, event_left, line_left = (
                _with_a_word(unescaped(text), pupils) for text in texts
            )
            anew.append((value_left.decode(), event_left.decode() or None, line_left, number))
    connection.executemany(
        "UPDATE reject SET value = ?, event = ?, line = ? WHERE number = ?", anew
    )


def _with_a_word(text: bytes, pupils: Collection[str]) -> bytes:
    """Put a word where pupils' ids stand, also within longer ids that are made of them."""
    ids = b"|".join(re.escape(pupil.encode()) for pupil in pupils)
    return re.sub(rb"(?<![A-Za-z0-9])(?:%b)(?![A-Za-z0-9])" % ids, ERASED, text)


def _is_about(mark: Any, pupils: Collection[str]) -> bool:
    return isinstance(mark, dict) and mark.get("pupil") in pupils


@lru_cache(maxsize=16)
def _names(of: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(each.encode_name for each in msgspec.structs.fields(of)) | {"type"}
