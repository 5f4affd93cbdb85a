"""Keeps what was told, and folds anew each case that something new came to.

A message may join cases that were apart until it came. What was said of them goes along.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, or_, select, update

from alerts.alert import Alert, decode_alert, encode_alert
from alerts.desk.case import Case
from alerts.desk.casebook.chains import chains
from alerts.desk.casebook.folding import Told, fold
from alerts.desk.casebook.rows import case_row, done_of, some
from alerts.desk.casebook.upserts import put
from alerts.desk.tables import CASE, OUTBOX_CASE, RESPONSE, TOLD

_Key = tuple[str, int, int]
"""Alert, version and when it was told: the key of `TOLD`."""


@dataclass
class _Chain:
    """All that is known of one chain of alerts."""

    told: dict[_Key, Alert] = field(default_factory=dict)
    kept: dict[_Key, int] = field(default_factory=dict)
    """In which case a message is kept already, as it is."""
    was: set[int] = field(default_factory=set)
    """Numbers of the cases that it was until now."""
    responses: list[Row[Any]] = field(default_factory=list)

    def case(self) -> Case:
        """What has become of it."""
        told = [(at, alert) for (_, _, at), alert in self.told.items()]
        return fold(told, [done_of(row) for row in self.responses])

    @property
    def changed_at(self) -> int:
        """When something was last told of it or done about it."""
        answered: list[int] = [row.recorded_at for row in self.responses]
        return max([at for _, _, at in self.told] + answered)


def fold_again(connection: Connection, alerts: Iterable[str], told: Collection[Told] = ()) -> None:
    """Keep messages, and fold the cases that they or ``alerts`` belong to."""
    new: dict[_Key, bytes] = {}
    linked = set(alerts)
    for at, alert in told:
        linked |= {alert.id, alert.replaces or alert.id}
        key, message = (alert.id, alert.version, at), encode_alert(alert)
        new[key] = max(new.get(key, message), message)  # nothing else tells them apart
    kept = _kept(connection, linked)
    new = {
        key: message
        for key, message in new.items()
        if key not in kept or message > bytes(kept[key].message)
    }
    if told and not new:
        return
    _write(connection, _chains(connection, kept, new))


def _kept(connection: Connection, alerts: set[str]) -> dict[_Key, Row[Any]]:
    """Read all messages of the cases that alerts belong to."""
    cases: set[int] = set()
    for ids in some(sorted(alerts)):
        asked = select(TOLD.c.case).where(or_(TOLD.c.alert.in_(ids), TOLD.c.replaces.in_(ids)))
        cases |= set(connection.execute(asked.distinct()).scalars())
    return {
        (row.alert, row.version, row.told_at): row
        for numbers in some(sorted(cases))
        for row in connection.execute(select(TOLD).where(TOLD.c.case.in_(numbers)))
    }


def _chains(
    connection: Connection, kept: Mapping[_Key, Row[Any]], new: Mapping[_Key, bytes]
) -> list[_Chain]:
    """Put together what belongs together."""
    told = {key: decode_alert(row.message) for key, row in kept.items()}
    told |= {key: decode_alert(message) for key, message in new.items()}
    name_of = chains((alert.id, alert.replaces) for alert in told.values())
    found: dict[str, _Chain] = {}
    for key, alert in told.items():
        chain = found.setdefault(name_of[alert.id], _Chain())
        chain.told[key] = alert
        if key in kept:
            chain.was.add(kept[key].case)
            if key not in new:
                chain.kept[key] = kept[key].case
    for ids in some(sorted(name_of)):
        for row in connection.execute(select(RESPONSE).where(RESPONSE.c.alert.in_(ids))):
            chain = found[name_of[row.alert]]
            about = next(iter(chain.told.values()))
            if (row.school, row.pupil) == (about.school, about.pupil):
                chain.responses.append(row)
    return list(found.values())


def _write(connection: Connection, found: Sequence[_Chain]) -> None:
    folded = [(chain, chain.case()) for chain in found]
    numbers = {case.case for _, case in folded}
    gone = {was: case.case for chain, case in folded for was in chain.was - numbers}
    put(connection, CASE, [case_row(case, chain.changed_at) for chain, case in folded])
    put(
        connection,
        TOLD,
        [
            _told_row(case.case, key, alert)
            for chain, case in folded
            for key, alert in sorted(chain.told.items())
            if chain.kept.get(key) != case.case
        ],
    )
    for was, number in gone.items():
        move_said(connection, was, number)
    for some_gone in some(sorted(gone)):
        connection.execute(delete(CASE).where(CASE.c.case.in_(some_gone)))
    answered = [
        {"of_school": row.school, "of_event": row.event, "to": case.case}
        for chain, case in folded
        for row in chain.responses
        if row.case != case.case
    ]
    if answered:
        connection.execute(
            update(RESPONSE)
            .where(
                RESPONSE.c.school == bindparam("of_school"),
                RESPONSE.c.event == bindparam("of_event"),
            )
            .values(case=bindparam("to")),
            answered,
        )


def _told_row(case: int, key: _Key, alert: Alert) -> dict[str, Any]:
    row = dict(zip(("alert", "version", "told_at"), key, strict=True))
    return row | {"case": case, "replaces": alert.replaces, "message": encode_alert(alert)}


def move_said(connection: Connection, was: int, number: int) -> None:
    """Let messages to people that were about a case be about the one that it is now."""
    of_case = OUTBOX_CASE.c.case == was
    said = connection.execute(select(OUTBOX_CASE).where(of_case)).mappings().all()
    put(connection, OUTBOX_CASE, [{**row, "case": number} for row in said])
    connection.execute(delete(OUTBOX_CASE).where(of_case))
