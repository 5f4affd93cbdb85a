"""Who is at a school, and what its pupils are called: as the school gave it last.

The stream has pseudonyms alone. Names are here, and go when the school loads a list without them
or erases a pupil.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, delete, func, insert, select

from alerts.desk.casebook.rows import some
from alerts.desk.initials import initials
from alerts.desk.people import Person, Pupil, PupilName
from alerts.desk.tables import PERSON, PUPIL
from alerts.roles import Role
from alerts.words import Language

UNASSIGNED: Final = "unassigned"
"""The mentor of pupils who have none, where a school names somebody: a person like any other."""
_RANK: Final = {role: place for place, role in enumerate(Role)}


def load(
    connection: Connection, school: str, pupils: Iterable[Pupil], people: Iterable[Person]
) -> None:
    """Put these lists in the place of a school's directory.

    Whom `name_unassigned` named stays, unless ``people`` have another.
    """
    people = list(people)
    kept = [] if any(each.person == UNASSIGNED for each in people) else [UNASSIGNED]
    connection.execute(delete(PUPIL).where(PUPIL.c.school == school))
    connection.execute(
        delete(PERSON).where(PERSON.c.school == school, PERSON.c.person.not_in(kept))
    )
    _insert(
        connection,
        PUPIL,
        (
            {"school": school, "pupil": each.pupil, "name": each.name, "group": each.group}
            for each in pupils
        ),
    )
    _insert(connection, PERSON, (_row(school, each) for each in people))


def person(
    connection: Connection, school: str, person: str, role: Role | None = None
) -> Person | None:
    """Find somebody by pseudonym; of several roles the first of `Role`, unless one is asked for."""
    asked = select(PERSON).where(PERSON.c.school == school, PERSON.c.person == person)
    if role is not None:
        asked = asked.where(PERSON.c.role == role.value)
    found = [_person(row) for row in connection.execute(asked)]
    return min(found, key=lambda each: _RANK[each.role], default=None)


def people_of(connection: Connection, school: str) -> list[Person]:
    """All persons of a school, by role, then by pseudonym."""
    found = connection.execute(
        select(PERSON).where(PERSON.c.school == school).order_by(PERSON.c.person)
    )
    return sorted(map(_person, found), key=lambda each: _RANK[each.role])


def people_with(connection: Connection, school: str, role: Role) -> list[Person]:
    """Those of a school who have a role, by pseudonym; not whom `name_unassigned` named."""
    asked = (
        select(PERSON)
        .where(
            PERSON.c.school == school,
            PERSON.c.role == role.value,
            PERSON.c.person != UNASSIGNED,
        )
        .order_by(PERSON.c.person)
    )
    return [_person(row) for row in connection.execute(asked)]


def unassigned_of(connection: Connection, school: str) -> Person | None:
    """Give whom a school named for pupils without a mentor, who is told as a mentor is.

    Where it is None, such pupils are listed to the administration, by pupil and group alone.
    """
    return person(connection, school, UNASSIGNED, Role.MENTOR)


def name_unassigned(connection: Connection, school: str, named: Person | None) -> None:
    """Name who is told of pupils without a mentor, or nobody."""
    connection.execute(
        delete(PERSON).where(PERSON.c.school == school, PERSON.c.person == UNASSIGNED)
    )
    if named is not None:
        connection.execute(insert(PERSON).values(_row(school, named)))


def pupil_names(connection: Connection, school: str, pupils: Iterable[str]) -> dict[str, PupilName]:
    """What pupils are called, by pseudonym; whom the directory does not know is not in it."""
    found = {}
    for these in some(sorted(set(pupils))):
        for row in connection.execute(
            select(PUPIL.c.pupil, PUPIL.c.name, PUPIL.c.group).where(
                PUPIL.c.school == school, PUPIL.c.pupil.in_(these)
            )
        ):
            found[row.pupil] = PupilName(row.name, initials(row.name), row.group)
    return found


def counts(connection: Connection, school: str) -> tuple[int, Counter[Role]]:
    """How many pupils a school's directory has, and how many persons of each role."""
    pupils = connection.execute(
        select(func.count()).select_from(PUPIL).where(PUPIL.c.school == school)
    ).scalar_one()
    return pupils, Counter(each.role for each in people_of(connection, school))


def _row(school: str, each: Person) -> dict[str, str]:
    return {
        "school": school,
        "person": each.person,
        "role": each.role.value,
        "name": each.name,
        "address": each.address,
        "language": each.language.value,
    }


def _person(row: Row[Any]) -> Person:
    return Person(
        row.school, row.person, Role(row.role), row.name, row.address, Language(row.language)
    )


def _insert(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    for these in some(rows):
        connection.execute(insert(table), these)
