"""What an `erase` takes from the log: every byte about the pupil, but for the event itself.

Events about the pupil are deleted, registers are written anew without the pupil's marks, alerts
are deleted, and in refused lines a word stands where the id was. What was recorded after the
erasure stays: the pupil may have come back. What comes later and was recorded before it is never
written down.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from models.events.checks import read_line
from models.events.instants import instant_of, read_instant
from models.events.types import Enrolment, Erase, Event, tag_of
from streams.embedded.naming import Names
from streams.embedded.store import EventRow, RejectRow, Store
from streams.embedded.without import kept_enrolment, without_pupils
from streams.head import read_head

_ERASE: Final = tag_of(Erase)
_ENROLMENT: Final = tag_of(Enrolment)
_EVENT: Final = (
    "SELECT position, school, type, recorded_at, arrived_at, date, marks, line FROM event"
)
_REJECT: Final = (
    "SELECT position, school, arrived_at, reason, field, value, event, line FROM reject"
)


class Erasures:
    """Who was erased when, of all schools, as the log's `erase` events say."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._until: dict[str, dict[str, int]] = {}
        self._names: dict[str, Names] = {}
        for school, recorded_at, line in connection.execute(
            "SELECT school, recorded_at, line FROM event WHERE type = 'erase'"
        ):
            self._note(school, _pupil_of(line), recorded_at)

    def take(self, events: Iterable[Event]) -> dict[str, set[str]]:
        """Take what came; gives the pupils, by school, of whom more is erased than before."""
        new: dict[str, set[str]] = {}
        for event in events:
            if isinstance(event, Erase) and self._note(
                event.school, event.pupil, instant_of(event.recorded_at)
            ):
                new.setdefault(event.school, set()).add(event.pupil)
        return new

    def _note(self, school: str, pupil: str, at: int) -> bool:
        until = self._until.setdefault(school, {})
        if pupil in until and at <= until[pupil]:
            return False
        until[pupil] = at
        self._names.pop(school, None)
        return True

    def names(self, school: str) -> Names:
        """The ids of a school's erased pupils."""
        if school not in self._names:
            self._names[school] = Names(self._until.get(school, ()))
        return self._names[school]

    # ---- what is left of a row

    def left_of_event(self, row: EventRow, names: Names | None = None) -> EventRow | None:
        """An event as it may be kept; None where nothing of it may be."""
        if row.school not in self._until or row.type == _ERASE:
            return row
        found = (names or self.names(row.school)).found_in(row.line)
        if found is None:
            return row
        until = self._until[row.school]
        pupils = {each for each in found.pupils if row.recorded_at <= until[each]}
        if not pupils:
            return row
        line, marks = without_pupils(row.line, pupils, found)
        return None if line is None else row._replace(line=line, marks=max(0, row.marks - marks))

    def left_of_reject(self, row: RejectRow) -> RejectRow:
        """What was refused, as it may be kept."""
        head = read_head(row.line)
        said = read_instant(head.recorded_at) if isinstance(head.recorded_at, str) else None
        schools = {row.school, head.school} if isinstance(head.school, str) else self._until.keys()
        for school in sorted(self._until.keys() & schools):
            texts = (row.line, row.value.encode(), (row.event or "").encode())
            found = self.names(school).found_in(b"\n".join(texts))
            if found is None:
                continue
            until = self._until[school]
            pupils = {
                each
                for each in found.pupils
                if said is None or min(said, row.arrived_at) <= until[each]
            }
            if pupils:
                line, value, event = (found.without(text, pupils) for text in texts)
                row = row._replace(line=line, value=value.decode(), event=event.decode() or None)
        return row


def add_events(store: Store, rows: Iterable[EventRow], erasures: Erasures) -> None:
    """Keep accepted events, but for what is erased already."""
    gone: dict[str, EventRow] = {}
    store.add_events(_left(rows, erasures, gone))
    for row in gone.values():
        _see_to_enrolment(store, row)


def add_rejects(store: Store, rows: Iterable[RejectRow], erasures: Erasures) -> None:
    """Keep what was refused, but for what is erased already."""
    store.add_rejects(map(erasures.left_of_reject, rows))


def scrub(store: Store, erasures: Erasures, new: Mapping[str, Collection[str]]) -> None:
    """Take what was recorded about pupils until they were erased out of events and rejects.

    ``new``: the pupils, by school. To be called within a transaction.
    """
    for school, pupils in sorted(new.items()):
        _scrub_events(store, erasures, school, Names(pupils))
    _scrub_rejects(store, erasures)


def delete_alerts(
    connection: sqlite3.Connection, school: str, pupil: str | None, withdrawn: Collection[str]
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


def _left(
    rows: Iterable[EventRow], erasures: Erasures, gone: dict[str, EventRow]
) -> Iterator[EventRow]:
    for row in rows:
        left = erasures.left_of_event(row)
        if left is not None:
            yield left
        elif row.type == _ENROLMENT:
            gone[row.school] = row


def _scrub_events(store: Store, erasures: Erasures, school: str, names: Names) -> None:
    connection = store.connection
    gone: EventRow | None = None
    positions = connection.execute("SELECT position FROM event WHERE school = ?", (school,))
    for position in positions.fetchall():
        row = EventRow(*connection.execute(f"{_EVENT} WHERE position = ?", position).fetchone())
        left = erasures.left_of_event(row, names)
        if left is None:
            connection.execute("DELETE FROM event WHERE position = ?", position)
            gone = row if row.type == _ENROLMENT else gone
        elif left is not row:
            connection.execute(
                "UPDATE event SET marks = ?, line = ? WHERE position = ?",
                (left.marks, left.line, row.position),
            )
    if gone is not None:
        _see_to_enrolment(store, gone)


def _see_to_enrolment(store: Store, gone: EventRow) -> None:
    """Where the last enrolment of a school went, let one of nobody stand in its place."""
    others = store.connection.execute(
        "SELECT 1 FROM event WHERE school = ? AND type = ? LIMIT 1", (gone.school, _ENROLMENT)
    )
    if others.fetchone() is None:
        store.add_events([kept_enrolment(gone)])


def _scrub_rejects(store: Store, erasures: Erasures) -> None:
    connection = store.connection
    for number in connection.execute("SELECT number FROM reject").fetchall():
        row = RejectRow(*connection.execute(f"{_REJECT} WHERE number = ?", number).fetchone())
        left = erasures.left_of_reject(row)
        if left is not row:
            connection.execute(
                "UPDATE reject SET value = ?, event = ?, line = ? WHERE number = ?",
                (left.value, left.event, left.line, *number),
            )


def _pupil_of(line: bytes) -> str:
    """The pupil of an `erase` event that was accepted."""
    event, _ = read_line(line, 0)
    assert isinstance(event, Erase)
    return event.pupil
