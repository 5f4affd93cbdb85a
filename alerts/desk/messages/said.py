"""What was said before to whom of which case, read from the outbox in one place."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, select

from alerts.desk.tables import OUTBOX, OUTBOX_CASE
from alerts.roles import Role


class How(StrEnum):
    """What a message said of a case."""

    NEW = "new"
    FOLDED = "folded"
    AT_ONCE = "at once"
    PASSED_ON = "passed on"
    BACK = "back"
    """It rested until today."""
    EASED = "eased"
    GOOD_NEWS = "good news"
    TAKEN_BACK = "taken back"
    ALREADY_MISSED = "already missed"
    STILL = "still"


TELLING: Final = frozenset({How.NEW, How.AT_ONCE, How.PASSED_ON, How.ALREADY_MISSED, How.BACK})
"""By these somebody knows of a case; one that was folded, nobody knows yet."""


@dataclass(frozen=True, slots=True)
class SaidBefore:
    """One message said one thing of one case."""

    person: str
    role: Role
    case: int
    how: How
    at: int
    """Seconds since 1970."""


def said_before(connection: Connection, school: str) -> list[SaidBefore]:
    """Read all that was said at a school and is still kept, oldest first."""
    rows = connection.execute(
        select(OUTBOX.c.person, OUTBOX.c.role, OUTBOX_CASE.c.case, OUTBOX_CASE.c.said)
        .add_columns(OUTBOX.c.created_at)
        .join_from(OUTBOX, OUTBOX_CASE, OUTBOX.c.message == OUTBOX_CASE.c.message)
        .where(OUTBOX.c.school == school, OUTBOX_CASE.c.said.in_([each.value for each in How]))
        .order_by(OUTBOX.c.created_at, OUTBOX.c.message)
    )
    return [
        SaidBefore(person, Role(role), case, How(said), at) for person, role, case, said, at in rows
    ]


def newest(said: Iterable[SaidBefore], hows: Iterable[How]) -> int | None:
    """Say when one of some things was last said; None: never."""
    among = frozenset(hows)
    return max((each.at for each in said if each.how in among), default=None)
