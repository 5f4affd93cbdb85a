"""Shadow mode: a school lets everything be worked out and nobody be told, for its first weeks."""

from sqlalchemy import Connection, select, update

from alerts.desk.casebook.schools import meet_school
from alerts.desk.tables import SCHOOL
from models.events.instants import local_date, write_date


def is_shadow(connection: Connection, school: str) -> bool:
    """Say whether a school's people are told nothing as yet."""
    asked = select(SCHOOL.c.shadow).where(SCHOOL.c.school == school)
    return bool(connection.execute(asked).scalar())


def set_shadow(connection: Connection, school: str, now: float, *, shadow: bool) -> None:
    """Begin shadow mode, or end it.

    When it ends, the school begins today: what was open before is told as one list of what stood
    already, and not at once.
    """
    if shadow:
        meet_school(connection, school, _today(now, "UTC"))
    zone = connection.execute(
        select(SCHOOL.c.timezone).where(SCHOOL.c.school == school, SCHOOL.c.shadow != shadow)
    ).scalar()
    if zone is None:
        return
    changed = {"shadow": True} if shadow else {"shadow": False, "began_on": _today(now, zone)}
    connection.execute(update(SCHOOL).where(SCHOOL.c.school == school).values(changed))


def _today(now: float, zone: str) -> str:
    return write_date(local_date(int(now), zone))
