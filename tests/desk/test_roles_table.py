"""RULES.md's table: who is told, and who may look, for every role, kind and tier."""

from itertools import product

import pytest
from casebooks import alert, at, response
from sqlalchemy import Engine

from alerts.desk import outbox
from alerts.desk.casebook.looking import sight_of
from alerts.desk.casebook.reading import case_of_alert
from alerts.desk.casebook.taking import take_alerts, take_responses
from alerts.desk.letter import Letter
from alerts.desk.people import Person
from alerts.roles import Role, Sight, audience, may_look, sees_illness, sight
from alerts.rules import Kind
from alerts.words import Language
from models.events.types import Action

A, U, S, G = Kind.ATTENDANCE, Kind.UNAUTHORISED, Kind.SILENCE, Kind.GROUP
TIERS = (1, 2, 3)
FACTS = list(product((False, True), repeat=3))
"""Is it an own pupil, was the role told, was it passed on?"""
NO, BARE, LAW, FULL = Sight.NOTHING, Sight.BARE, Sight.LAW, Sight.FULL


def expected(role: Role, kind: Kind, tier: int, facts: tuple[bool, ...]) -> Sight:
    """The table once more, as sentences."""
    own, told, passed = facts
    is_pupils = kind is not G
    given_to_care_team = told or (passed and kind is not U)
    sentences = {
        Role.MENTOR: (own and is_pupils, FULL),
        Role.CARE_TEAM: ((kind is A and tier >= 2) or (is_pupils and given_to_care_team), FULL),
        Role.ADMINISTRATION: (kind is S or (told and is_pupils), BARE),
        Role.LEADERSHIP: (kind is G, BARE),
        Role.OFFICER: (kind is U and passed, LAW),
        Role.COACH: (kind is U and passed and own, LAW),
    }
    may, sees = sentences.get(role, (False, NO))
    return sees if may else NO


@pytest.mark.parametrize(("role", "kind", "tier"), list(product(Role, Kind, TIERS)))
def test_each_role_sees_of_each_kind_and_tier_what_the_table_says(
    role: Role, kind: Kind, tier: int
) -> None:
    for own, told, passed in FACTS:
        seen = sight(role, kind, tier, is_own=own, was_told=told, was_passed_on=passed)
        assert seen is expected(role, kind, tier, (own, told, passed)), (own, told, passed)
        looks = may_look(role, kind, tier, is_own=own, was_told=told, was_passed_on=passed)
        assert looks == (seen is not NO)


@pytest.mark.parametrize(
    ("kind", "tier", "mentor", "told"),
    [
        *(
            (kind, tier, "m1", ["mentor"])
            for kind, tier in ((A, 1), (A, 2), (U, 1), (U, 2), (U, 3))
        ),
        (A, 3, "m1", ["mentor", "care_team"]),
        (A, 3, None, ["care_team", "administration"]),
        *((kind, tier, None, ["administration"]) for kind, tier in ((A, 2), (U, 2), (U, 3))),
        *((S, tier, "m1", ["mentor", "administration"]) for tier in TIERS),
        *((S, tier, None, ["administration"]) for tier in TIERS),
        *((G, tier, mentor, ["leadership"]) for tier in TIERS for mentor in ("m1", None)),
    ],
)
def test_who_is_told(kind: Kind, tier: int, mentor: str | None, told: list[str]) -> None:
    assert [role.value for role in audience(kind, tier, mentor)] == told


@pytest.mark.parametrize(("kind", "tier", "mentor"), list(product(Kind, TIERS, ("m1", None))))
def test_no_authority_is_ever_told_and_who_is_told_may_look(
    kind: Kind, tier: int, mentor: str | None
) -> None:
    told = audience(kind, tier, mentor)
    assert not {Role.OFFICER, Role.COACH, Role.OPERATIONS, Role.TEACHER} & set(told)
    for role in told:
        assert may_look(role, kind, tier, is_own=True, was_told=True, was_passed_on=False)


def test_illness_is_seen_by_mentor_and_care_team_alone() -> None:
    assert {role for role in Role if sees_illness(role)} == {Role.MENTOR, Role.CARE_TEAM}
    for role, kind, tier, facts in product(Role, Kind, TIERS, FACTS):
        own, told, passed = facts
        seen = sight(role, kind, tier, is_own=own, was_told=told, was_passed_on=passed)
        assert seen is not FULL or sees_illness(role)


def person(role: Role, name: str = "x1", school: str = "01AB") -> Person:
    return Person(school, name, role, "Noor", "x@school.example", Language.DUTCH)


def sights(desk: Engine, who: Person, kind: Kind, *actions: Action, tier: int = 2) -> Sight:
    """What somebody sees of a case after some responses."""
    with desk.begin() as connection:
        take_alerts(connection, [(at(0), alert("a1", kind=kind, tier=tier))])
        take_responses(connection, [response(action, 1) for action in actions])
        case = case_of_alert(connection, "01AB", "a1")
        assert case is not None
        return sight_of(connection, who, case)


def test_a_mentor_sees_own_pupils_alone_and_nobody_another_schools(desk: Engine) -> None:
    assert sights(desk, person(Role.MENTOR, "m17"), A) is FULL
    assert sights(desk, person(Role.MENTOR, "m18"), A) is NO
    assert sights(desk, person(Role.MENTOR, "m17", "02CD"), A) is NO
    assert sights(desk, person(Role.CARE_TEAM, school="02CD"), A) is NO


def test_an_officer_sees_a_case_of_law_once_a_person_passed_it_on(desk: Engine) -> None:
    officer = person(Role.OFFICER)
    assert sights(desk, officer, U, Action.SPOKEN, tier=3) is NO
    assert sights(desk, officer, U, Action.REPORTED, tier=3) is LAW


def test_an_officer_never_sees_another_kind(desk: Engine) -> None:
    assert sights(desk, person(Role.OFFICER), A, Action.REFERRED, Action.REPORTED) is NO


def test_the_care_team_sees_what_it_was_told_of(desk: Engine) -> None:
    care_team = person(Role.CARE_TEAM)
    assert sights(desk, care_team, U) is NO
    with desk.begin() as connection:
        case = case_of_alert(connection, "01AB", "a1")
        assert case is not None
        said = [outbox.Said(case.case, "01AB", case.pupil, "passed on")]
        letter = Letter(subject="1 new", plain="", html="", data={})
        outbox.put(connection, "digest/1", care_team, "digest", letter, said, at(4))
        assert sight_of(connection, care_team, case) is FULL
        assert sight_of(connection, person(Role.ADMINISTRATION), case) is NO
