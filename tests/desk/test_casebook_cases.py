"""What becomes of a case: DESIGN.md section 7's table, on each database."""

import pytest
from casebooks import DAY, alert, at, response
from sqlalchemy import Engine

from alerts.alert import Alert, State
from alerts.desk.case import Case, CaseState
from alerts.desk.casebook.reading import case_of_alert, cases, school_facts, schools
from alerts.desk.casebook.schools import meet_school, note_registers, take_calendar, take_school
from alerts.desk.casebook.taking import take_alerts, take_responses
from alerts.rules import Kind
from models.events.instants import write_instant
from models.events.types import Action, Calendar, Response, School


def case_after(
    desk: Engine,
    told: list[tuple[float, Alert]],
    responses: tuple[Response, ...] = (),
    name: str = "a1",
) -> Case:
    with desk.begin() as connection:
        take_alerts(connection, [(at(days), each) for days, each in told])
        take_responses(connection, responses)
    with desk.begin() as connection:
        found = case_of_alert(connection, "01AB", name)
    assert found is not None
    return found


def test_a_first_message_makes_a_new_case(any_desk: Engine) -> None:
    case = case_after(any_desk, [(0, alert())])
    assert (case.state, case.new_since, case.first_told_at) == (CaseState.NEW, at(0), at(0))
    assert (case.pupil, case.mentor, case.kind, case.tier) == ("p81", "m17", Kind.ATTENDANCE, 2)
    assert case.newest == alert()


@pytest.mark.parametrize(
    ("action", "state"),
    [
        (Action.SEEN, CaseState.SEEN),
        (Action.SPOKEN, CaseState.IN_HAND),
        (Action.SUPPORT, CaseState.IN_HAND),
        (Action.REFERRED, CaseState.IN_HAND),
        (Action.REPORTED, CaseState.IN_HAND),
        (Action.SNOOZE, CaseState.RESTING),
        (Action.RESOLVED, CaseState.DONE),
        (Action.FALSE_ALARM, CaseState.DONE),
    ],
)
def test_a_response_moves_a_case(any_desk: Engine, action: Action, state: CaseState) -> None:
    until = "2026-12-01" if action is Action.SNOOZE else None
    case = case_after(any_desk, [(0, alert())], (response(action, 1, until=until),))
    assert (case.state, case.new_since) == (state, None)
    assert case.resting_until == until
    passes_on = action in {Action.REFERRED, Action.REPORTED}
    assert case.passed_on_at == (at(1) if passes_on else None)
    assert [(each.action, each.by) for each in case.done] == [(action, "m17")]


@pytest.mark.parametrize(
    ("state", "then"),
    [
        (State.RAISED, CaseState.IN_HAND),
        (State.EASED, CaseState.IN_HAND),
        (State.CLOSED, CaseState.DONE),
        (State.WITHDRAWN, CaseState.TAKEN_BACK),
    ],
)
def test_what_becomes_of_an_alert_becomes_of_its_case(
    any_desk: Engine, state: State, then: CaseState
) -> None:
    told = [(0.0, alert(version=10)), (2.0, alert(version=11, state=state))]
    case = case_after(any_desk, told, (response(Action.SPOKEN, 1),))
    assert (case.state, case.alert_state) == (then, state)


def test_a_greater_tier_makes_a_finished_case_new_again(any_desk: Engine) -> None:
    done = (response(Action.RESOLVED, 1),)
    risen = alert(version=11, state=State.RAISED, tier=3)
    case = case_after(any_desk, [(0, alert()), (2, risen)], done)
    assert (case.state, case.new_since, case.highest_tier) == (CaseState.NEW, at(2), 3)
    assert len(case.done) == 1


def test_a_tier_that_it_had_before_does_not(any_desk: Engine) -> None:
    told = [
        (0.0, alert(tier=3)),
        (1.0, alert(version=11, state=State.EASED, tier=2)),
        (3.0, alert(version=12, state=State.RAISED, tier=3)),
    ]
    case = case_after(any_desk, told, (response(Action.SPOKEN, 2),))
    assert (case.state, case.tier) == (CaseState.IN_HAND, 3)


def test_seen_says_nothing_of_a_case_that_is_in_hand(any_desk: Engine) -> None:
    done = (response(Action.SPOKEN, 1), response(Action.SEEN, 2))
    assert case_after(any_desk, [(0, alert())], done).state is CaseState.IN_HAND


def test_a_case_goes_on_when_another_alert_replaces_its_own(any_desk: Engine) -> None:
    first = case_after(any_desk, [(0, alert())], (response(Action.SPOKEN, 1),))
    told = [
        (2.0, alert(version=11, state=State.WITHDRAWN)),
        (2.0, alert("a2", 11, opened_on="2026-11-19", replaces="a1")),
    ]
    then = case_after(any_desk, told, name="a2")
    assert then.case == first.case
    assert (then.state, then.newest.id, then.opened_on) == (CaseState.IN_HAND, "a2", "2026-11-19")
    with any_desk.begin() as connection:
        assert case_of_alert(connection, "01AB", "a1") == then
        assert len(cases(connection, "01AB")) == 1


def test_also_when_the_later_alert_comes_first(any_desk: Engine) -> None:
    before = case_after(any_desk, [(2, alert("a2", 11, replaces="a1"))], name="a2")
    told = [(0.0, alert()), (2.0, alert(version=11, state=State.WITHDRAWN))]
    after = case_after(any_desk, told, (response(Action.SPOKEN, 1),))
    assert (after.case, after.newest.id, after.state) == (before.case, "a2", CaseState.IN_HAND)
    assert after.first_told_at == at(0)


def test_two_cases_become_one_by_a_message_that_links_them(any_desk: Engine) -> None:
    case_after(any_desk, [(0, alert("a1", 10)), (5, alert("a3", 12, replaces="a2"))], name="a3")
    with any_desk.begin() as connection:
        assert len(cases(connection, "01AB")) == 2
    joined = case_after(any_desk, [(2, alert("a2", 11, replaces="a1"))], name="a3")
    with any_desk.begin() as connection:
        assert cases(connection, "01AB") == [joined]
    assert joined.newest.id == "a3"


def test_the_greatest_version_holds_whatever_came_last(any_desk: Engine) -> None:
    case_after(any_desk, [(2, alert(version=12, state=State.CLOSED))])
    case = case_after(any_desk, [(0, alert(version=10))])
    assert (case.state, case.first_told_at) == (CaseState.DONE, at(0))


def test_a_case_that_stands_again_with_no_answer_is_new_from_then_on(any_desk: Engine) -> None:
    told = [
        (0.0, alert(version=10)),
        (1.0, alert(version=11, state=State.WITHDRAWN)),
        (6.0, alert(version=12)),
    ]
    case = case_after(any_desk, told)
    assert (case.state, case.new_since) == (CaseState.NEW, at(6))


def test_a_response_waits_for_its_alert(any_desk: Engine) -> None:
    with any_desk.begin() as connection:
        take_responses(connection, [response(Action.SPOKEN, 1)])
        assert cases(connection, "01AB") == []
    assert case_after(any_desk, [(0, alert())]).state is CaseState.IN_HAND


def test_a_response_about_another_pupil_or_school_does_nothing(any_desk: Engine) -> None:
    strangers = (
        response(Action.SPOKEN, 1, pupil="p82", event="r1"),
        response(Action.SPOKEN, 1, school="02CD", event="r2"),
    )
    case = case_after(any_desk, [(0, alert())], strangers)
    assert (case.state, case.done) == (CaseState.NEW, ())


def test_the_alert_of_another_school_is_not_found(any_desk: Engine) -> None:
    case_after(any_desk, [(0, alert())])
    with any_desk.begin() as connection:
        assert case_of_alert(connection, "02CD", "a1") is None
        assert case_of_alert(connection, "01AB", "a2") is None


def test_cases_are_listed_by_mentor_and_state(any_desk: Engine) -> None:
    told = [
        (0.0, alert("a1", pupil="p1", mentor="m1", opened_on="2026-11-18")),
        (0.0, alert("a2", pupil="p2", mentor="m2", opened_on="2026-11-20")),
        (0.0, alert("a3", pupil="p3", mentor="m1", opened_on="2026-11-19", state=State.CLOSED)),
    ]
    case_after(any_desk, told)
    with any_desk.begin() as connection:
        all_of_them = [each.pupil for each in cases(connection, "01AB")]
        of_m1 = [each.pupil for each in cases(connection, "01AB", mentor="m1")]
        new = [each.pupil for each in cases(connection, "01AB", states=[CaseState.NEW])]
    assert (all_of_them, of_m1, new) == (["p2", "p3", "p1"], ["p3", "p1"], ["p2", "p1"])


def test_what_a_school_says_of_itself_holds_by_when_it_was_recorded(any_desk: Engine) -> None:
    def said(name: str, days: float, timezone: str) -> School:
        recorded_at = write_instant(at(days))
        return School(id=name, school="01AB", recorded_at=recorded_at, timezone=timezone)

    def date_is(name: str, days: float, *, is_open: bool) -> Calendar:
        return Calendar(
            id=name,
            school="01AB",
            recorded_at=write_instant(at(days)),
            date="2026-12-24",
            open=is_open,
        )

    with any_desk.begin() as connection:
        assert school_facts(connection, "01AB") is None
        meet_school(connection, "01AB", "2026-11-23")
        take_school(connection, said("s2", 2, "America/New_York"), at(9))
        take_school(connection, said("s1", 1, "Europe/Amsterdam"), at(9))
        take_calendar(connection, date_is("c2", 2, is_open=False))
        take_calendar(connection, date_is("c1", 1, is_open=True))
        note_registers(connection, "01AB", at(3))
        note_registers(connection, "01AB", at(3) - DAY)
        meet_school(connection, "01AB", "2026-12-01")
        facts = school_facts(connection, "01AB")
        assert schools(connection) == ["01AB"]
    assert facts is not None
    assert (facts.timezone, facts.began_on) == ("America/New_York", "2026-11-23")
    assert (facts.registers_until, facts.closed) == (at(3), {"2026-12-24"})
    assert not facts.shadow
