"""What a person may see of the casebook, by their role (`alerts.roles`)."""

import msgspec
from sqlalchemy import Connection, exists, select

from alerts.desk.case import Case
from alerts.desk.casebook.reading import cases
from alerts.desk.people import Person
from alerts.desk.tables import OUTBOX, OUTBOX_CASE
from alerts.roles import Role, Sight, sight
from alerts.rules import Kind


def sight_of(
    connection: Connection, person: Person, case: Case, *, is_coached: bool = False
) -> Sight:
    """Say what a person sees of a case, in their role; of another school's nothing.

    ``is_coached``: is the pupil of phase ``transition``, or 18 to 27? That is what a coach's own
    pupils are.
    """
    if person.school != case.school:
        return Sight.NOTHING
    is_mentors = person.role is Role.MENTOR and case.mentor == person.person
    return sight(
        person.role,
        case.kind,
        case.tier,
        is_own=is_mentors or (person.role is Role.COACH and is_coached),
        was_told=person.role in case.newest.audience or _was_told(connection, person.role, case),
        was_passed_on=case.passed_on_at is not None,
    )


def officers_view(connection: Connection, school: str) -> bytes:
    """Give all that an attendance officer sees of a school's cases: JSON, a line a case.

    Byte for byte the same whatever is recorded of authorised absence (SEMANTICS.md 6).
    """
    seen = [case for case in cases(connection, school) if _officer_sees(case)]
    return b"".join(
        msgspec.json.encode(
            {
                "alert": case.newest,
                "state": case.state,
                "first_told_at": case.first_told_at,
                "passed_on_at": case.passed_on_at,
                "done": case.done,
            }
        )
        + b"\n"
        for case in seen
    )


def _officer_sees(case: Case) -> bool:
    seen = sight(
        Role.OFFICER,
        case.kind,
        case.tier,
        is_own=False,
        was_told=False,
        was_passed_on=case.passed_on_at is not None,
    )
    assert seen is not Sight.LAW or case.kind is Kind.UNAUTHORISED
    return seen is not Sight.NOTHING


def _was_told(connection: Connection, role: Role, case: Case) -> bool:
    told = (
        select(OUTBOX.c.message)
        .join(OUTBOX_CASE, OUTBOX_CASE.c.message == OUTBOX.c.message)
        .where(OUTBOX_CASE.c.case == case.case, OUTBOX.c.role == role.value)
    )
    return bool(connection.execute(select(exists(told))).scalar())
