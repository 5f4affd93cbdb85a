"""Who looked at whom: every look at a pupil is written down, before anything is shown."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, delete, insert, select

from alerts.desk.tables import AUDIT


class Way(StrEnum):
    """The ways by which a person sees something about a pupil."""

    ANSWER_PAGE = "answer page"
    ANSWER = "answer"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a pupil."""

    at: int
    """Seconds since 1970."""
    school: str
    pupil: str | None
    person: str
    what: str
    alert: str | None


def looked(
    connection: Connection,
    at: float,
    school: str,
    pupil: str | None,
    person: str,
    what: Way,
    alert: str | None = None,
) -> None:
    """Write a look down; it holds once the caller's transaction does."""
    connection.execute(
        insert(AUDIT).values(
            at=int(at), school=school, pupil=pupil, person=person, what=what.value, alert=alert
        )
    )


def looks(connection: Connection, school: str, pupil: str | None = None) -> list[Look]:
    """List the looks at a school's pupils, or at one of them; the oldest first."""
    asked = select(AUDIT).where(AUDIT.c.school == school).order_by(AUDIT.c.entry)
    if pupil is not None:
        asked = asked.where(AUDIT.c.pupil == pupil)
    return [_look(row) for row in connection.execute(asked)]


def purge_audit(connection: Connection, before: float) -> int:
    """Delete the looks of before an instant; how many there were."""
    return connection.execute(delete(AUDIT).where(AUDIT.c.at < int(before))).rowcount


def _look(row: Row[tuple[object, ...]]) -> Look:
    return Look(row.at, row.school, row.pupil, row.person, row.what, row.alert)
