"""The daily digest: who is told what of which case, and when it is enough."""

from dataclasses import replace

import msgspec
import pytest
from digests import (
    CARE,
    FACTS,
    HEAD,
    MENTOR,
    OFFICE,
    OFFICER,
    OTHER_MENTOR,
    PEOPLE,
    TEACHER,
    at,
    case,
    morning,
    now_told,
    said,
)

from alerts.alert import Cause, State
from alerts.desk.case import CaseState, Done
from alerts.desk.directory import UNASSIGNED
from alerts.desk.messages.said import How
from alerts.roles import Role
from alerts.rules import Kind
from models.events.types import Action

BACK = (Cause("back", "r", {}, ()),)


def closed(**more):
    return case(state=CaseState.DONE, alert_state=State.CLOSED, causes=BACK, **more)


def numbers(cases) -> set[int]:
    return {each.case for each in cases}


def done(action: Action, moment: str = "2026-11-24 12:00") -> tuple[Done, ...]:
    return (Done("a1", action, None, "m17", at(moment)),)


def test_a_quiet_day_brings_no_message():
    assert morning() is None
    assert morning(case(state=CaseState.SEEN)) is None
    assert morning(closed()) is None, "of which nobody was told"


def test_a_mentor_is_told_of_their_own_pupils_and_of_no_other():
    mine, theirs = case(), case(mentor="m18")
    assert morning(mine, theirs).of(How.NEW) == (mine,)
    assert morning(mine, theirs, person=OTHER_MENTOR).of(How.NEW) == (theirs,)


def test_statutory_and_silence_come_first_then_tier_then_newest_then_score():
    low, high = case(score=0.2), case(score=0.7)
    older = case(score=0.9, new_since=at("2026-11-23 17:30"))
    heavy = case(tier=3, new_since=at("2026-11-20 17:30"))
    silent, law = case(Kind.SILENCE), case(Kind.UNAUTHORISED, 3)
    shown = morning(low, older, high, heavy, silent, law, new_a_week=9).of(How.NEW)
    assert shown == (law, silent, heavy, high, low, older)


def test_what_is_more_than_the_week_allows_can_wait():
    first, second, third = case(score=0.9), case(score=0.8), case(score=0.7)
    choice = morning(first, second, third, new_a_week=2)
    assert choice.of(How.NEW) == (first, second)
    assert choice.of(How.FOLDED) == (third,)


def test_statutory_and_silence_never_wait():
    urgent = [case(Kind.UNAUTHORISED, 3), case(Kind.SILENCE), case(Kind.SILENCE)]
    choice = morning(*urgent, case(), new_a_week=0)
    assert numbers(choice.of(How.NEW)) == numbers(urgent)
    assert len(choice.of(How.FOLDED)) == 1


def test_what_was_told_as_new_this_week_leaves_less_room():
    told = case()
    before = [said(told, How.NEW, "2026-11-23 07:30")]
    assert morning(told, case(), new_a_week=1, before=before) is None
    assert morning(told, case(), new_a_week=2, before=before).of(How.NEW)


def test_a_silence_that_was_told_leaves_the_room_as_it_was():
    silent = case(Kind.SILENCE)
    before = [said(silent, How.NEW, "2026-11-23 17:40")]
    silent = replace(silent, new_since=at("2026-11-23 17:30"))
    assert morning(silent, case(), new_a_week=1, before=before).of(How.NEW)


def test_a_week_begins_on_monday_at_the_school():
    told, waiting = case(), case(new_since=at("2026-11-20 17:30"))
    before = [
        said(told, How.NEW, "2026-11-20 07:30"),
        said(waiting, How.FOLDED, "2026-11-20 07:30"),
    ]
    told = replace(told, state=CaseState.SEEN, new_since=None)
    on_friday, on_monday = at("2026-11-20 07:31"), at("2026-11-23 07:30")
    assert morning(told, waiting, new_a_week=1, before=before, now=on_friday) is None
    choice = morning(told, waiting, new_a_week=1, before=before, now=on_monday)
    assert choice.of(How.NEW) == (waiting,), "what was folded comes up when there is room"


def test_room_is_counted_for_each_person():
    theirs = case(mentor="m18")
    before = [said(theirs, How.NEW, "2026-11-24 07:30", OTHER_MENTOR)]
    assert morning(case(), theirs, new_a_week=1, before=before).of(How.NEW)


def test_what_was_told_is_not_new_again():
    told = case()
    before = [said(told, How.NEW, "2026-11-24 18:00")]
    assert morning(told, before=before) is None


def test_a_rise_makes_a_case_new_again():
    risen = case(tier=3, new_since=at("2026-11-24 17:30"), opened="2026-11-10")
    before = [said(risen, How.NEW, "2026-11-11 07:30")]
    assert morning(risen, before=before).of(How.NEW) == (risen,)


def test_what_was_told_at_once_is_still_open_in_the_digest_and_not_new():
    urgent, fresh = case(Kind.SILENCE), case()
    before = [said(urgent, How.AT_ONCE, "2026-11-24 17:31")]
    choice = morning(urgent, fresh, before=before)
    assert choice.of(How.NEW) == (fresh,)
    assert choice.of(How.STILL) == (urgent,)
    assert morning(urgent, before=before) is None, "for that alone there is no message"


def test_good_news_is_told_once_to_whoever_knew():
    better = closed()
    before = [said(better, How.NEW, "2026-11-16 07:30")]
    assert morning(better, before=before).of(How.GOOD_NEWS) == (better,)
    assert morning(better, before=before, person=OTHER_MENTOR) is None
    before.append(said(better, How.GOOD_NEWS, "2026-11-24 07:30"))
    assert morning(better, before=before) is None


def test_that_it_goes_better_is_told_once_and_that_it_is_over_after_that():
    eased = case(state=CaseState.SEEN, alert_state=State.EASED)
    before = [said(eased, How.NEW, "2026-11-02 07:30")]
    assert morning(eased, before=before).of(How.EASED) == (eased,)
    before.append(said(eased, How.EASED, "2026-11-16 07:30"))
    assert morning(eased, before=before) is None
    over = replace(eased, state=CaseState.DONE, alert_state=State.CLOSED)
    assert morning(over, before=before).of(How.GOOD_NEWS) == (over,)


def test_a_false_alarm_that_closes_is_no_news():
    alarm = replace(closed(), done=done(Action.FALSE_ALARM))
    assert morning(alarm, before=[said(alarm, How.NEW, "2026-11-16 07:30")]) is None


def test_what_is_taken_back_is_told_once_to_whoever_was_told():
    gone = case(state=CaseState.TAKEN_BACK, alert_state=State.WITHDRAWN, mentor="m18")
    before = [said(gone, How.NEW, "2026-11-23 07:30")]
    assert morning(gone, before=before).of(How.TAKEN_BACK) == (gone,), "a mentor before this one"
    assert morning(gone, before=before, person=OTHER_MENTOR) is None
    before.append(said(gone, How.TAKEN_BACK, "2026-11-24 07:30"))
    assert morning(gone, before=before) is None


def test_what_was_only_folded_is_not_taken_back():
    gone = case(state=CaseState.TAKEN_BACK, alert_state=State.WITHDRAWN)
    assert morning(gone, before=[said(gone, How.FOLDED, "2026-11-23 07:30")]) is None


def test_a_resting_case_comes_back_on_its_date_once():
    resting = case(state=CaseState.RESTING, resting_until="2026-11-25")
    before = [said(resting, How.NEW, "2026-11-18 07:30")]
    assert morning(resting, before=before, now=at("2026-11-24 07:30")) is None
    assert morning(resting, before=before).of(How.BACK) == (resting,)
    before.append(said(resting, How.BACK, "2026-11-25 07:30"))
    assert morning(resting, before=before, now=at("2026-11-26 07:30")) is None


def test_another_mentors_pupil_is_not_heard_of_any_more():
    moved = closed(mentor="m18")
    assert morning(moved, before=[said(moved, How.NEW, "2026-11-16 07:30")]) is None


def test_what_stood_at_the_beginning_is_one_list_and_not_new():
    began = replace(FACTS, began_on="2026-11-24")
    old = [case(opened="2026-11-10"), case(Kind.SILENCE, opened="2026-11-23")]
    fresh = case(opened="2026-11-24")
    choice = morning(*old, fresh, facts=began, new_a_week=1)
    assert numbers(choice.of(How.ALREADY_MISSED)) == numbers(old)
    assert choice.of(How.NEW) == (fresh,), "and takes no room"
    before = [said(each, How.ALREADY_MISSED, "2026-11-25 07:30") for each in old]
    tomorrow = at("2026-11-26 07:30")
    assert morning(*old, facts=began, before=before, now=tomorrow) is None


def test_a_long_list_goes_on_the_next_day():
    old = [case(opened="2026-08-20") for _ in range(130)]
    first = morning(*old).of(How.ALREADY_MISSED)
    before = [said(each, How.ALREADY_MISSED, "2026-11-25 07:30") for each in first]
    second = morning(*old, before=before, now=at("2026-11-26 07:30")).of(How.ALREADY_MISSED)
    assert numbers(first) | numbers(second) == numbers(old)
    assert (len(first), len(second)) == (100, 30)


def test_the_care_team_hears_of_what_nobody_opened_within_three_school_days():
    waiting = case(new_since=at("2026-11-19 17:30"))
    before = [said(waiting, How.NEW, "2026-11-20 07:30")]  # a Friday
    on_tuesday, on_wednesday = at("2026-11-24 07:30"), at("2026-11-25 07:30")
    assert morning(waiting, person=CARE, before=before, now=on_tuesday) is None
    choice = morning(waiting, person=CARE, before=before, now=on_wednesday)
    assert choice.of(How.PASSED_ON) == (waiting,)
    closed_day = replace(FACTS, closed=frozenset({"2026-11-24"}))
    assert morning(waiting, person=CARE, before=before, facts=closed_day) is None
    before.append(said(waiting, How.PASSED_ON, "2026-11-25 07:30", CARE))
    assert morning(waiting, person=CARE, before=before, now=at("2026-11-26 07:30")) is None


def test_what_was_opened_or_stood_at_the_beginning_is_not_passed_on():
    seen, stood = case(state=CaseState.SEEN), case(new_since=at("2026-11-09 17:30"))
    before = [
        said(seen, How.NEW, "2026-11-10 07:30"),
        said(stood, How.ALREADY_MISSED, "2026-11-10 07:30"),
    ]
    assert morning(seen, stood, person=CARE, before=before) is None


def test_the_care_team_hears_of_what_a_mentor_refers():
    referred = case(state=CaseState.IN_HAND, done=done(Action.REFERRED))
    assert morning(referred, person=CARE).of(How.PASSED_ON) == (referred,)
    before = [said(referred, How.PASSED_ON, "2026-11-24 12:30", CARE)]
    assert morning(referred, person=CARE, before=before) is None


@pytest.mark.parametrize(
    ("kind", "tier", "told"),
    [
        (Kind.ATTENDANCE, 2, {MENTOR}),
        (Kind.ATTENDANCE, 3, {MENTOR, CARE}),
        (Kind.UNAUTHORISED, 2, {MENTOR}),
        (Kind.UNAUTHORISED, 3, {MENTOR}),
        (Kind.SILENCE, 2, {MENTOR, OFFICE}),
        (Kind.GROUP, 2, {HEAD}),
    ],
)
def test_each_kind_goes_to_its_audience_and_to_no_one_else(kind, tier, told):
    one = case(kind, tier)
    assert {each for each in PEOPLE if morning(one, person=each)} == told


@pytest.mark.parametrize("mentor", [None, "m99"])
def test_without_a_known_mentor_the_administration_is_told_or_whom_the_school_named(mentor):
    one = case(mentor=mentor)
    assert {each for each in PEOPLE if morning(one, person=each)} == {OFFICE}
    named = replace(MENTOR, person=UNASSIGNED)
    people = (*PEOPLE, named)
    assert {each for each in people if morning(one, person=each, people=people)} == {named}
    silent = case(Kind.SILENCE, mentor=mentor)
    told = {each for each in people if morning(silent, person=each, people=people)}
    assert told == {named, OFFICE}


def test_officers_and_teachers_are_told_of_nothing_whatever_an_alert_says():
    cases = [case(kind, 2) for kind in Kind] + [case(Kind.UNAUTHORISED, 3)]
    all_roles = [msgspec.structs.replace(each.newest, audience=list(Role)) for each in cases]
    cases = [replace(each, newest=alert) for each, alert in zip(cases, all_roles, strict=True)]
    for person in (OFFICER, TEACHER):
        assert morning(*cases, person=person) is None
        assert now_told(*cases, person=person) is None


def test_at_once_goes_tier_3_and_silence_as_the_school_set_it():
    heavy, silent, light = case(tier=3), case(Kind.SILENCE), case()
    asked = {"tier 3 and silence": [heavy, silent], "tier 3": [heavy], "silence": [silent]}
    for which, expected in asked.items():
        choice = now_told(heavy, silent, light, which=which)
        assert numbers(choice.of(How.AT_ONCE)) == numbers(expected)
    assert now_told(heavy, silent, light, which="nothing") is None


@pytest.mark.parametrize(
    ("opened", "now", "is_told"),
    [
        ("2026-11-25", "2026-11-25 10:00", True),
        ("2026-11-24", "2026-11-25 10:00", True),
        ("2026-11-23", "2026-11-25 10:00", False),
        ("2026-11-20", "2026-11-23 10:00", True),  # a Friday, on Monday
        ("2026-11-19", "2026-11-23 10:00", False),
    ],
)
def test_at_once_goes_only_what_opened_within_two_school_days(opened, now, is_told):
    assert (now_told(case(tier=3, opened=opened), now=at(now)) is not None) is is_told


def test_at_once_is_told_once_and_again_after_a_rise():
    urgent = case(Kind.UNAUTHORISED, 3)
    before = [said(urgent, How.NEW, "2026-11-24 17:00")]
    assert now_told(urgent, before=before), "told as tier 2 before it rose at 17:30"
    before = [said(urgent, How.AT_ONCE, "2026-11-24 17:30")]
    assert now_told(urgent, before=before) is None


def test_nothing_that_stood_at_the_beginning_is_told_at_once():
    began = replace(FACTS, began_on="2026-11-25")
    assert now_told(case(tier=3, opened="2026-11-24"), facts=began) is None
    assert now_told(case(tier=3, opened="2026-11-25"), facts=began)


def test_of_what_is_still_open_a_few_are_enough():
    open_ones = [case(new_since=at("2026-11-16 17:30")) for _ in range(20)]
    before = [said(each, How.NEW, "2026-11-17 07:30") for each in open_ones]
    assert len(morning(case(Kind.SILENCE), *open_ones, before=before).of(How.STILL)) == 8
