"""What the casebook says, to whoever tells people or answers them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select

from alerts.desk.case import Case, CaseState
from alerts.desk.casebook.rows import read_cases
from alerts.desk.people import SchoolFacts
from alerts.desk.tables import CALENDAR, CASE, SCHOOL, TOLD


@dataclass(frozen=True, slots=True)
class Opened:
    """How many cases of a school were first told of lately, of one kind and tier."""

    school: str
    kind: str
    tier: int
    cases: int
    last_at: int
    """When the newest was, in seconds since 1970."""


def case_of_alert(connection: Connection, school: str, alert: str) -> Case | None:
    """Find the case that an alert of a school belongs to, be it the newest of its chain or not."""
    chain = select(TOLD.c.case).where(or_(TOLD.c.alert == alert, TOLD.c.replaces == alert))
    asked = select(CASE).where(CASE.c.school == school, CASE.c.case.in_(chain))
    return next(iter(read_cases(connection, connection.execute(asked))), None)


def cases(
    connection: Connection,
    school: str,
    *,
    mentor: str | None = None,
    states: Collection[CaseState] | None = None,
) -> list[Case]:
    """List a school's cases, of one mentor or all, in some states or all; newest opened first."""
    asked = select(CASE).where(CASE.c.school == school)
    if mentor is not None:
        asked = asked.where(CASE.c.mentor == mentor)
    if states is not None:
        asked = asked.where(CASE.c.state.in_([state.value for state in states]))
    asked = asked.order_by(CASE.c.opened_on.desc(), CASE.c.case)
    return read_cases(connection, connection.execute(asked))


def school_facts(connection: Connection, school: str) -> SchoolFacts | None:
    """Give what messages need to know of a school; None where the desk has not met it."""
    row = connection.execute(select(SCHOOL).where(SCHOOL.c.school == school)).one_or_none()
    if row is None:
        return None
    closed = select(CALENDAR.c.date).where(CALENDAR.c.school == school, ~CALENDAR.c.open)
    return SchoolFacts(
        school=row.school,
        timezone=row.timezone,
        began_on=row.began_on,
        registers_until=row.registers_until,
        shadow=row.shadow,
        closed=frozenset(connection.execute(closed).scalars()),
    )


def schools(connection: Connection) -> list[str]:
    """Name the schools that the desk has met."""
    return list(connection.execute(select(SCHOOL.c.school).order_by(SCHOOL.c.school)).scalars())


def opened_since(connection: Connection, since: int) -> list[Opened]:
    """Count cases first told of from an instant on (seconds since 1970), the most first."""
    cases_there = func.count().label("cases")
    by = (CASE.c.school, CASE.c.kind, CASE.c.tier)
    asked = (
        select(*by, cases_there, func.max(CASE.c.first_told_at).label("last_at"))
        .where(CASE.c.first_told_at >= since)
        .group_by(*by)
        .order_by(cases_there.desc(), *by)
    )
    return [Opened(**row._mapping) for row in connection.execute(asked)]  # noqa: SLF001 - SQLAlchemy's own way
