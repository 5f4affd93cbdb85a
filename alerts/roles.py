"""Who is told of an alert, and who may look at what becomes of it (RULES.md): roles, not persons.

`RULES` is RULES.md's table. What it does not allow, nobody sees.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from alerts.rules import Kind

_TARGETED: Final = 2
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


class Sight(StrEnum):
    """What a role sees of a case that it may look at."""

    NOTHING = "nothing"
    BARE = "bare"
    """Pupil, group and that there is something: no reason of absence."""
    LAW = "law"
    """Reasons of kind ``unauthorised``, which are made of nothing else."""
    FULL = "full"
    """Reasons in words, illness included."""


class When(StrEnum):
    """What else has to hold before a role may look."""

    ALWAYS = "always"
    OWN = "own pupils"
    TARGETED = "from tier 2"
    PASSED_ON = "once a person said referred or reported"
    PASSED_ON_OWN = "own pupils, once a person said referred or reported"
    TOLD = "what it was told of"


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the table: cases of some kind may be looked at, and what is seen of them."""

    kind: Kind
    when: When
    sight: Sight


RULES: Final[dict[Role, tuple[Rule, ...]]] = {
    Role.MENTOR: tuple(
        Rule(kind, When.OWN, Sight.FULL)
        for kind in (Kind.ATTENDANCE, Kind.UNAUTHORISED, Kind.SILENCE)
    ),
    Role.CARE_TEAM: (
        Rule(Kind.ATTENDANCE, When.TARGETED, Sight.FULL),
        *(Rule(kind, When.PASSED_ON, Sight.FULL) for kind in (Kind.ATTENDANCE, Kind.SILENCE)),
        *(
            Rule(kind, When.TOLD, Sight.FULL)
            for kind in (Kind.ATTENDANCE, Kind.UNAUTHORISED, Kind.SILENCE)
        ),
    ),
    Role.ADMINISTRATION: (
        Rule(Kind.SILENCE, When.ALWAYS, Sight.BARE),
        *(Rule(kind, When.TOLD, Sight.BARE) for kind in (Kind.ATTENDANCE, Kind.UNAUTHORISED)),
    ),
    Role.LEADERSHIP: (Rule(Kind.GROUP, When.ALWAYS, Sight.BARE),),
    Role.TEACHER: (),
    Role.OFFICER: (Rule(Kind.UNAUTHORISED, When.PASSED_ON, Sight.LAW),),
    Role.COACH: (Rule(Kind.UNAUTHORISED, When.PASSED_ON_OWN, Sight.LAW),),
    Role.OPERATIONS: (),
}
"""RULES.md's column "may look at". What is passed on of kind ``unauthorised`` goes to the officer,
of other kinds to the care team."""
_ORDER: Final = list(Sight)


def sight(
    role: Role, kind: Kind, tier: int, *, is_own: bool, was_told: bool, was_passed_on: bool
) -> Sight:
    """Say what a role sees of a case of its own school; the most that a rule allows.

    ``is_own``: is the pupil one of this mentor's, or, for a coach, of phase ``transition`` or 18 to
    27? ``was_told``: was this role told of the case? ``was_passed_on``: did a person say
    ``referred`` or ``reported``?
    """

    def holds(when: When) -> bool:
        match when:
            case When.ALWAYS:
                return True
            case When.OWN:
                return is_own
            case When.TARGETED:
                return tier >= _TARGETED
            case When.PASSED_ON:
                return was_passed_on
            case When.PASSED_ON_OWN:
                return was_passed_on and is_own
            case When.TOLD:
                return was_told
            case _:
                assert_never(when)

    allowed = [rule.sight for rule in RULES[role] if rule.kind is kind and holds(rule.when)]
    return max(allowed, key=_ORDER.index, default=Sight.NOTHING)


def may_look(
    role: Role, kind: Kind, tier: int, *, is_own: bool, was_told: bool, was_passed_on: bool
) -> bool:
    """Say whether a role may look at a case of its own school at all."""
    seen = sight(role, kind, tier, is_own=is_own, was_told=was_told, was_passed_on=was_passed_on)
    return seen is not Sight.NOTHING


def sees_illness(role: Role) -> bool:
    """Say whether a role sees why a pupil was away with authority; others see "away, explained".

    >>> [role.value for role in Role if sees_illness(role)]
    ['mentor', 'care_team']
    """
    return role in {Role.MENTOR, Role.CARE_TEAM}
