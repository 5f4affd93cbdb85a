"""Who is told of a case: persons of the roles that its alert names, inside the school alone."""

from collections.abc import Sequence
from typing import Final

from alerts.desk.case import Case
from alerts.desk.directory import UNASSIGNED
from alerts.desk.people import Person
from alerts.roles import Role
from alerts.rules import Kind

TOLD_ROLES: Final = (Role.MENTOR, Role.CARE_TEAM, Role.ADMINISTRATION, Role.LEADERSHIP)
"""Nobody else is ever told by the program: no officer, no coach, no authority."""


def recipients(case: Case, people: Sequence[Person]) -> list[Person]:
    """Choose whom a case is told to: the pupil's mentor, and all who have another role.

    Of a pupil without a mentor whom the directory knows, whom the school named for such pupils is
    told as a mentor is; where it named nobody, the administration.
    """
    roles = set(case.newest.audience).intersection(TOLD_ROLES)
    if case.kind is Kind.GROUP:
        return [each for each in people if each.role in roles]
    mentors = [each for each in people if each.role is Role.MENTOR]
    told = [each for each in mentors if each.person == case.mentor] or [
        each for each in mentors if each.person == UNASSIGNED
    ]
    if not told:
        roles.add(Role.ADMINISTRATION)
    elif case.kind is not Kind.SILENCE:
        roles.discard(Role.ADMINISTRATION)
    return told + [each for each in people if each.role in roles - {Role.MENTOR}]


def is_bare(person: Person, case: Case) -> bool:
    """Is a case told by pupil and group alone? The administration sees no reasons of absence."""
    return person.role is Role.ADMINISTRATION and case.kind is not Kind.SILENCE
