"""All that the desk holds about one pupil, and nothing about any other (docs/node.md).

Every line says in which ``store`` it stands: ``directory``, ``case``, ``response``, ``message``
or ``look``.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, RowMapping, select

from alerts.desk.audit import looks
from alerts.desk.letter import Letter
from alerts.desk.tables import CASE, OUTBOX, OUTBOX_CASE, PUPIL, RESPONSE, TOLD
from models.events.instants import write_instant

Line = dict[str, Any]


def about_pupil(connection: Connection, school: str, pupil: str) -> Iterator[Line]:
    """Lines to be written as JSON; none where nothing is held."""
    named = select(PUPIL.c.pupil, PUPIL.c.name, PUPIL.c.group).where(
        PUPIL.c.school == school, PUPIL.c.pupil == pupil
    )
    for row in connection.execute(named):
        yield {"store": "directory", "pupil": row.pupil, "name": row.name, "group": row.group}
    answers = _responses(connection, school, pupil)
    for line in _cases(connection, school, pupil):
        yield {"store": "case"} | line | {"responses": answers.pop(line["case"], [])}
    for each in (each for some in answers.values() for each in some):
        yield {"store": "response"} | each
    for line in _messages(connection, school, pupil):
        yield {"store": "message"} | line
    for look in looks(connection, school, pupil):
        yield {
            "store": "look",
            "at": write_instant(look.at),
            "person": look.person,
            "what": look.what,
            "alert": look.alert,
        }


def _responses(connection: Connection, school: str, pupil: str) -> dict[int | None, list[Line]]:
    """What people did, by case; by None what came before its alert."""
    found: dict[int | None, list[Line]] = {}
    for row in connection.execute(
        select(RESPONSE)
        .where(RESPONSE.c.school == school, RESPONSE.c.pupil == pupil)
        .order_by(RESPONSE.c.recorded_at, RESPONSE.c.event)
    ):
        line = {
            "event": row.event,
            "alert": row.alert,
            "action": row.action,
            "until": row.until,
            "by": row.by,
            "recorded_at": write_instant(row.recorded_at),
        }
        found.setdefault(row.case, []).append(line)
    return found


def _cases(connection: Connection, school: str, pupil: str) -> Iterator[Line]:
    """Cases with the messages of their alerts."""
    rows = connection.execute(
        select(CASE).where(CASE.c.school == school, CASE.c.pupil == pupil).order_by(CASE.c.case)
    ).mappings()
    for row in rows.all():
        told = connection.execute(
            select(TOLD.c.told_at, TOLD.c.message)
            .where(TOLD.c.case == row["case"])
            .order_by(TOLD.c.told_at, TOLD.c.version)
        )
        yield _case(row) | {
            "messages": [
                {
                    "told_at": write_instant(each.told_at),
                    "message": msgspec.json.decode(each.message),
                }
                for each in told
            ]
        }


_AS_THEY_ARE: Final = (
    *("case", "group", "mentor", "kind", "state", "alert_state", "tier", "highest_tier"),
    *("opened_on", "as_of", "resting_until"),
)
_INSTANTS: Final = ("first_told_at", "new_since", "passed_on_at")


def _case(row: RowMapping) -> Line:
    return {name: row[name] for name in _AS_THEY_ARE} | {
        name: _instant(row[name]) for name in _INSTANTS
    }


def _messages(connection: Connection, school: str, pupil: str) -> Iterator[Line]:
    """Messages to people that named the pupil; the text of one that named no other."""
    named = select(OUTBOX_CASE.c.message).where(
        OUTBOX_CASE.c.school == school, OUTBOX_CASE.c.pupil == pupil
    )
    for row in connection.execute(
        select(OUTBOX).where(OUTBOX.c.message.in_(named)).order_by(OUTBOX.c.message)
    ):
        said = connection.execute(
            select(OUTBOX_CASE)
            .where(OUTBOX_CASE.c.message == row.message)
            .order_by(OUTBOX_CASE.c.case)
        ).all()
        is_alone = all(each.pupil == pupil for each in said)
        yield {
            "what": row.what,
            "person": row.person,
            "role": row.role,
            "subject": row.subject,
            "state": row.state,
            "created_at": write_instant(row.created_at),
            "sent_at": _instant(row.sent_at),
            "said": [
                {"case": each.case, "said": each.said} for each in said if each.pupil == pupil
            ],
            "text": _plain(row.content) if is_alone and row.content else None,
        }


def _plain(content: bytes) -> str:
    return msgspec.json.decode(content, type=Letter).plain


def _instant(seconds: int | None) -> str | None:
    return None if seconds is None else write_instant(seconds)
