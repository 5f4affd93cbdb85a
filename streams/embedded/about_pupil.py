"""All that a node holds about one pupil, and nothing about any other (docs/node.md).

Every line says in which ``store`` it stands: ``event``, ``reject``, ``alert``, or ``page``, which
is what the book says today.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from alerts.pages import read_watch
from models.events.checks import load_line, read_line
from models.events.instants import write_instant
from models.events.types import Register
from models.page_format import PageKey
from models.scorecard.serving import Scorecard
from streams.embedded.naming import Names
from streams.embedded.pupil_in_book import in_book
from streams.embedded.without import contract_fields
from streams.step import TOO_OLD

Line = dict[str, Any]


def about_pupil(
    connection: sqlite3.Connection, school: str, pupil: str, pack: str, scorecard: Scorecard | None
) -> Iterator[bytes]:
    """Lines of JSON; none where nothing is held. ``pack`` and ``scorecard`` are a node's."""
    for line in _events(connection, school, pupil):
        yield orjson.dumps({"store": "event"} | line)
    for line in _rejects(connection, school, pupil):
        yield orjson.dumps({"store": "reject"} | line)
    for number, told_at, message in connection.execute(
        "SELECT number, told_at, message FROM alert WHERE school = ? AND pupil = ? ORDER BY number",
        (school, pupil),
    ):
        line = {
            "number": number,
            "told_at": write_instant(told_at),
            "message": orjson.loads(message),
        }
        yield orjson.dumps({"store": "alert"} | line)
    pages = _pages(connection, school)
    if pages:
        watch = read_watch(school, pages, pack, scorecard)
        for line in in_book(watch, pupil):
            yield orjson.dumps({"store": "page"} | line)


def is_known(connection: sqlite3.Connection, school: str) -> bool:
    """Say whether anything ever came from a school."""
    return any(
        connection.execute(f"SELECT 1 FROM {table} WHERE school = ? LIMIT 1", (school,)).fetchone()  # noqa: S608 - no value in it
        for table in ("event", "reject")
    ) or bool(_pages(connection, school))


def _events(connection: sqlite3.Connection, school: str, pupil: str) -> Iterator[Line]:
    names = Names({pupil})
    rows = connection.execute(
        "SELECT position, arrived_at, line FROM event WHERE school = ? ORDER BY position", (school,)
    )
    for position, arrived_at, line in rows:
        if names.found_in(line) is None:
            continue
        event = _of_pupil(load_line(line), pupil)
        if event is not None:
            yield {"position": position, "arrived_at": write_instant(arrived_at), "event": event}


def _of_pupil(event: Line, pupil: str) -> Line | None:
    """An event about one pupil, or a register without the marks of others; None for no such."""
    if event.get("pupil") == pupil:
        return event
    marks = event.get("marks")
    if event.get("type") != "register" or not isinstance(marks, list):
        return None
    own = [mark for mark in marks if isinstance(mark, dict) and mark.get("pupil") == pupil]
    return contract_fields(event, Register) | {"marks": own} if own else None


def _rejects(connection: sqlite3.Connection, school: str, pupil: str) -> Iterator[Line]:
    """What was refused and names the pupil, without what the line says about others.

    Of a register whose line was taken, only the pupil's own marks may have been refused.
    """
    names = Names({pupil})
    seen: set[int] = set()
    for position, arrived_at, reason, field, value, line in connection.execute(
        "SELECT position, arrived_at, reason, field, value, line FROM reject WHERE school = ?"
        " ORDER BY number",
        (school,),
    ).fetchall():
        if position in seen or names.found_in(line) is None:
            continue
        where = {"position": position, "arrived_at": write_instant(arrived_at)}
        about = _read(line, pupil)
        is_of_a_mark = reason != TOO_OLD and _is_taken(connection, position)
        if is_of_a_mark and about is None:
            if names.found_in(value.encode()):  # a mark that is nothing but an id
                yield where | {"reason": reason, "field": field}
        elif is_of_a_mark:
            seen.add(position)
            for each in read_line(orjson.dumps(about), position)[1]:
                found = {"reason": each.reason, "field": each.field, "value": each.value}
                yield where | found | {"event": about}
        elif about is not None:
            yield where | {"reason": reason, "field": field, "event": about}
        else:
            yield where | {"reason": reason, "field": field}


def _read(line: bytes, pupil: str) -> Line | None:
    """What a refused line says about the pupil, as far as it can be read."""
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return _of_pupil(event, pupil) if isinstance(event, dict) else None


def _is_taken(connection: sqlite3.Connection, position: int) -> bool:
    found = connection.execute("SELECT 1 FROM event WHERE position = ?", (position,))
    return found.fetchone() is not None


def _pages(connection: sqlite3.Connection, school: str) -> Mapping[PageKey, bytes]:
    rows = connection.execute(
        "SELECT key, content FROM page WHERE key >= ? AND key < ?", (f"{school}/", f"{school}0")
    )
    return {PageKey.read(key): content for key, content in rows}
