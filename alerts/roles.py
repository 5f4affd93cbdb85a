"""Who is told of an alert (RULES.md): roles, never persons."""

from enum import StrEnum
from typing import Final

from alerts.rules import Kind

_INTENSIVE: Final = 3


class Role(StrEnum):
    """Those whom RULES.md names; `audience` says who of them is told by the program itself."""

    MENTOR = "mentor"
    CARE_TEAM = "care_team"
    ADMINISTRATION = "administration"
    LEADERSHIP = "leadership"
    TEACHER = "teacher"
    OFFICER = "officer"
    COACH = "coach"
    OPERATIONS = "operations"


def audience(kind: Kind, tier: int, mentor: str | None) -> list[Role]:
    """Roles that are told. Escalation stays inside the school.

    An alert of a pupil without a mentor goes to the administration, by pupil and group alone.

    >>> [role.value for role in audience(Kind.ATTENDANCE, 3, "m1")]
    ['mentor', 'care_team']
    """
    match kind:
        case Kind.GROUP:
            return [Role.LEADERSHIP]
        case Kind.SILENCE:
            told = [Role.ADMINISTRATION]
        case Kind.ATTENDANCE if tier >= _INTENSIVE:
            told = [Role.CARE_TEAM] if mentor else [Role.CARE_TEAM, Role.ADMINISTRATION]
        case _:
            told = [] if mentor else [Role.ADMINISTRATION]
    return [Role.MENTOR, *told] if mentor else told
