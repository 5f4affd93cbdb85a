"""How long the desk keeps what it no longer needs (docs/node.md).

Cases that are over go when the log's messages about them do, sent messages and looks at pupils
after some days. What is told next does not change: of a message about a case that is still kept,
that it was told stays.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, delete, select

from alerts.alert import State
from alerts.desk import outbox
from alerts.desk.audit import purge_audit
from alerts.desk.database import leave_no_bytes
from alerts.desk.progress import progress, set_progress
from alerts.desk.received import forget_received
from alerts.desk.tables import CASE, OUTBOX, OUTBOX_CASE, RESPONSE, TOLD
from alerts.school_years import kept_since
from config.settings import Retention
from models.events.instants import DAY_SECONDS

PURGED_ON: Final = "purged on"
_NIGHT_BEGINS_SECONDS: Final = 2 * 3600
"""After midnight in UTC, as in the log."""
_OVER: Final = [each.value for each in State if not each.stands]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much went."""

    cases: int
    messages: int
    """To people; of some only the text and the address went."""
    looks: int


def purge(connection: Connection, retention: Retention, now: float) -> Forgotten:
    """Let go of what is older than ``retention`` has it; repeated at will."""
    cases = _forget_cases(connection, kept_since(retention.alerts_school_years, now))
    _forget_early_responses(connection, int(now) - retention.events_days * DAY_SECONDS)
    before = int(now) - retention.messages_days * DAY_SECONDS
    unsent = (OUTBOX.c.state == outbox.State.WAITING.value) & (OUTBOX.c.created_at < before)
    messages = connection.execute(delete(OUTBOX).where(unsent)).rowcount
    messages += outbox.forget(connection, before)
    forget_received(connection, int(now) - retention.rejects_days * DAY_SECONDS)
    looks = purge_audit(connection, int(now) - retention.audit_days * DAY_SECONDS)
    return Forgotten(cases, messages, looks)


def purge_desk(engine: Engine, retention: Retention, now: float) -> Forgotten:
    """Do it in one transaction, and leave no bytes of what went."""
    with engine.begin() as connection:
        forgotten = purge(connection, retention, now)
    leave_no_bytes(engine)
    return forgotten


def nightly(engine: Engine, retention: Retention, now: float) -> Forgotten | None:
    """Purge where the night has begun and it was not done; else None."""
    night = int((now - _NIGHT_BEGINS_SECONDS) // DAY_SECONDS)
    with engine.connect() as connection:
        if progress(connection, PURGED_ON) == night:
            return None
    forgotten = purge_desk(engine, retention, now)
    with engine.begin() as connection:
        set_progress(connection, {PURGED_ON: night})
    return forgotten


def _forget_cases(connection: Connection, kept_from: str) -> int:
    """Cases that are over, with what was told and done of them, and that they were told of."""
    old: ColumnElement[bool] = CASE.c.alert_state.in_(_OVER) & (CASE.c.as_of < kept_from)
    cases = select(CASE.c.case).where(old)
    for table in (RESPONSE, OUTBOX_CASE, TOLD):
        connection.execute(delete(table).where(table.c.case.in_(cases)))
    return connection.execute(delete(CASE).where(old)).rowcount


def _forget_early_responses(connection: Connection, before: int) -> None:
    """Responses to alerts that never came, once they are older than the log keeps them."""
    connection.execute(
        delete(RESPONSE).where(RESPONSE.c.recorded_at < before, RESPONSE.c.case.is_(None))
    )
