"""Builds the casebook again from a log's alerts and responses."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, select

from alerts.alert import decode_alert
from alerts.desk.casebook.folding import Told
from alerts.desk.casebook.keeping import move_said
from alerts.desk.casebook.rows import some
from alerts.desk.casebook.taking import take_alerts, take_responses
from alerts.desk.tables import CASE, RESPONSE, TOLD
from models.events.instants import write_instant
from models.events.types import Action, Event, Response


def rebuild(connection: Connection, told: Iterable[Told], events: Iterable[Event]) -> None:
    """Throw cases, messages and responses away, and take a log's again.

    Directory, outbox, audit and who was erased stay. A case has the number it had; where the log
    does not reach back to its first alert any more, what was said of it goes along.
    """
    numbers = {row.alert: row.case for row in connection.execute(select(TOLD.c.alert, TOLD.c.case))}
    for table in (RESPONSE, TOLD, CASE):
        connection.execute(delete(table))
    for messages in some(told):
        take_alerts(connection, messages)
    for responses in some(event for event in events if isinstance(event, Response)):
        take_responses(connection, responses)
    now = {row.alert: row.case for row in connection.execute(select(TOLD.c.alert, TOLD.c.case))}
    moved = {was: now[alert] for alert, was in numbers.items() if now.get(alert, was) != was}
    for was, number in moved.items():
        move_said(connection, was, number)


def rebuild_from_itself(connection: Connection) -> int:
    """Make all cases again from the messages and responses that are kept; says how many.

    Kafka keeps of each alert its newest message alone; the desk has them all.
    """
    told = [(row.told_at, decode_alert(row.message)) for row in connection.execute(select(TOLD))]
    responses = [
        Response(
            id=row.event,
            school=row.school,
            recorded_at=write_instant(row.recorded_at),
            pupil=row.pupil,
            alert=row.alert,
            action=Action(row.action),
            until=row.until,
            by=row.by,
        )
        for row in connection.execute(select(RESPONSE))
    ]
    rebuild(connection, told, responses)
    return connection.execute(select(func.count()).select_from(CASE)).scalar_one()
