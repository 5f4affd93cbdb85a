"""Cases, messages and responses as rows of the desk's tables, and back."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Row, select

from alerts.alert import State as AlertState
from alerts.alert import decode_alert, encode_alert
from alerts.desk.case import Case, CaseState, Done
from alerts.desk.tables import RESPONSE
from alerts.rules import Kind
from models.events.types import Action

_T = TypeVar("_T")
_MOST_AT_ONCE: Final = 500
"""Values in one statement: databases have a limit."""


def some(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Cut what may be much into what one statement takes."""
    rest = iter(values)
    while portion := list(islice(rest, _MOST_AT_ONCE)):
        yield portion


def case_row(case: Case, changed_at: int) -> dict[str, Any]:
    """Give a case as a row of `CASE`; its responses have rows of their own."""
    return {
        "case": case.case,
        "school": case.school,
        "pupil": case.pupil,
        "group": case.group,
        "mentor": case.mentor,
        "kind": case.kind.value,
        "state": case.state.value,
        "alert_state": case.alert_state.value,
        "tier": case.tier,
        "highest_tier": case.highest_tier,
        "opened_on": case.opened_on,
        "as_of": case.as_of,
        "first_told_at": case.first_told_at,
        "new_since": case.new_since,
        "resting_until": case.resting_until,
        "passed_on_at": case.passed_on_at,
        "changed_at": changed_at,
        "alert": case.newest.id,
        "message": encode_alert(case.newest),
    }


def read_cases(connection: Connection, rows: Iterable[Row[Any]]) -> list[Case]:
    """Make cases of whole rows of `CASE`, with their responses; in the order of the rows."""
    rows = list(rows)
    done = responses_of(connection, [row.case for row in rows])
    return [_case(row, tuple(done.get(row.case, ()))) for row in rows]


def responses_of(connection: Connection, cases: Iterable[int]) -> dict[int, list[Done]]:
    """Read the responses to cases, by case, oldest first."""
    found: dict[int, list[Done]] = {}
    for numbers in some(cases):
        for row in connection.execute(
            select(RESPONSE)
            .where(RESPONSE.c.case.in_(numbers))
            .order_by(RESPONSE.c.recorded_at, RESPONSE.c.event)
        ):
            found.setdefault(row.case, []).append(done_of(row))
    return found


def done_of(row: Row[Any]) -> Done:
    """Make a response of a whole row of `RESPONSE`."""
    return Done(row.event, Action(row.action), row.until, row.by, row.recorded_at)


def _case(row: Row[Any], done: tuple[Done, ...]) -> Case:
    return Case(
        case=row.case,
        school=row.school,
        pupil=row.pupil,
        group=row.group,
        mentor=row.mentor,
        kind=Kind(row.kind),
        state=CaseState(row.state),
        alert_state=AlertState(row.alert_state),
        tier=row.tier,
        highest_tier=row.highest_tier,
        opened_on=row.opened_on,
        as_of=row.as_of,
        first_told_at=row.first_told_at,
        new_since=row.new_since,
        resting_until=row.resting_until,
        passed_on_at=row.passed_on_at,
        newest=decode_alert(row.message),
        done=done,
    )
