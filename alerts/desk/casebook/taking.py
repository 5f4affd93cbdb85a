"""Alerts and responses become cases: in the caller's transaction, in any order, repeated at will.

Of each case that something new comes to, all is folded anew; so what stands is the same whatever
the way it came.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from alerts.desk.casebook.erased import erased_at
from alerts.desk.casebook.folding import Told
from alerts.desk.casebook.keeping import fold_again
from alerts.desk.casebook.rows import some
from alerts.desk.casebook.upserts import put
from alerts.desk.tables import RESPONSE
from models.events.instants import instant_of
from models.events.types import Response


def take_alerts(connection: Connection, told: Sequence[Told]) -> None:
    """Take messages, each with when it was told (seconds since 1970)."""
    gone = erased_at(connection, ((alert.school, alert.pupil) for _, alert in told))
    fold_again(
        connection,
        (),
        [(at, alert) for at, alert in told if at > gone.get((alert.school, alert.pupil), at - 1)],
    )


def take_responses(connection: Connection, responses: Sequence[Response]) -> None:
    """Take response events; one whose alert is not there yet waits for it."""
    gone = erased_at(connection, ((each.school, each.pupil) for each in responses))
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for each in responses:
        row = _response_row(each)
        if row["recorded_at"] > gone.get((each.school, each.pupil), row["recorded_at"] - 1):
            key = (each.school, each.id)
            rows[key] = max(rows.get(key, row), row, key=_response_rank)
    alerts: set[str] = set()
    for event_ids in some({event for _, event in rows}):
        for was in connection.execute(select(RESPONSE).where(RESPONSE.c.event.in_(event_ids))):
            row = rows.get((was.school, was.event), {})
            if row and _response_rank(row) <= _response_rank(was._mapping):  # noqa: SLF001
                del rows[was.school, was.event]
            elif row:
                alerts.add(was.alert)
    put(connection, RESPONSE, list(rows.values()))
    alerts |= {row["alert"] for row in rows.values()}
    fold_again(connection, alerts)


def _response_row(event: Response) -> dict[str, Any]:
    return {
        "school": event.school,
        "event": event.id,
        "alert": event.alert,
        "pupil": event.pupil,
        "action": event.action.value,
        "until": event.until,
        "by": event.by,
        "recorded_at": instant_of(event.recorded_at),
        "case": None,
    }


def _response_rank(row: Any) -> tuple[Any, ...]:
    """Order events of one id, which should be one event: the greatest holds."""
    texts = ("alert", "pupil", "action", "until", "by")
    return row["recorded_at"], *(row[name] or "" for name in texts)
