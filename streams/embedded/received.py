"""What came in from one school on one day, for whoever sent it."""

import sqlite3
from typing import Final

from models.events.instants import bounds_of
from streams.gateway.log import Received, ReceivedReject
from streams.refusals import Refusals, Tally

MOST_REJECTS: Final = 1000


def received(connection: sqlite3.Connection, school: str, date: str, timezone: str) -> Received:
    """Count what arrived on a date of a time zone, and list what was refused, newest first."""
    begin, end = bounds_of(date, timezone)
    arrived = (school, begin, end)
    where = "WHERE school = ? AND arrived_at >= ? AND arrived_at < ?"
    events: dict[str, int] = {}
    marks = 0
    last: int | None = None
    for kind, count, marks_there, last_there in connection.execute(
        f"SELECT type, count(*), sum(marks), max(arrived_at) FROM event {where} GROUP BY type",  # noqa: S608 - no value in it
        arrived,
    ):
        events[kind] = count
        marks += marks_there
        last = max(last or 0, last_there)
    (rejected, last_reject) = connection.execute(
        f"SELECT count(*), max(arrived_at) FROM reject {where}",  # noqa: S608
        arrived,
    ).fetchone()
    rows = connection.execute(
        "SELECT position, arrived_at, reason, field, value, event"  # noqa: S608
        f" FROM reject {where} ORDER BY number DESC LIMIT {MOST_REJECTS}",
        arrived,
    )
    return Received(
        school,
        date,
        timezone,
        events,
        marks,
        rejected,
        tuple(ReceivedReject(*row) for row in rows),
        max(filter(None, (last, last_reject)), default=None),
    )


def refused_since(connection: sqlite3.Connection, since: float) -> list[Refusals]:
    """Count what was refused since an instant (seconds since 1970), by school, reason and field."""
    tally = Tally()
    rows = connection.execute(
        "SELECT school, reason, field, arrived_at FROM reject WHERE arrived_at >= ?", (int(since),)
    )
    for school, reason, field, arrived_at in rows:
        tally.add(school, reason, field, arrived_at)
    return tally.most_first()
