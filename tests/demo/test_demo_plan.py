"""What a demo plays: the same every time, in order, with a snow day whose absence is leave."""

import json
from itertools import pairwise

import pytest

from gemist.demo.plan import HISTORY_DAYS, SNOWS_ON, DemoPlan

LIVE_DAYS = 4


def played(**numbers):
    plan = DemoPlan(**{"pupils": 120, "schools": 2, "seed": 7, **numbers})
    return plan, plan.beginning(), list(plan.history()), list(plan.live(LIVE_DAYS))


@pytest.fixture(scope="module")
def parts():
    return played()


def test_the_same_numbers_give_the_same_events(parts):
    _, *first = parts
    _, *again = played()
    assert again == first


def test_another_seed_gives_another_district(parts):
    _, beginning, *_ = parts
    assert played(seed=8)[1] != beginning


def test_how_many_days_are_shown_changes_nothing_about_them(parts):
    plan = DemoPlan(pupils=120, schools=2, seed=7)
    plan.beginning()
    assert (len(list(plan.history())), list(plan.live(2))) == (HISTORY_DAYS, parts[3][:2])


def test_history_and_live_days_follow_each_other_without_a_gap(parts):
    _, beginning, history, live = parts
    days = [beginning, *history, *live]
    assert (len(history), len(live)) == (HISTORY_DAYS, LIVE_DAYS)
    assert all(before.date < after.date for before, after in pairwise(days))
    assert all(before.night < after.begins for before, after in pairwise(days))


def test_a_day_sends_in_order_and_between_its_beginning_and_its_end(parts):
    _, beginning, history, live = parts
    assert max(each.at for each in beginning.events) < beginning.ends
    for day in [*history, *live]:
        times = [each.at for each in day.events]
        assert times == sorted(times)
        assert day.begins <= times[0]
        assert times[-1] < day.ends


def test_everybody_is_enrolled_before_the_first_register(parts):
    plan, beginning, history, _ = parts
    said = [json.loads(each.line) for each in beginning.events]
    assert [each["school"] for each in said if each["type"] == "school"] == plan.schools
    assert sum(each["type"] == "enrolment" for each in said) >= 120
    assert not any(each["type"] == "register" for each in said)
    dates = {each.date for day in history for each in day.events if each.date}
    assert min(dates) == history[0].date.isoformat()


def away_on(day):
    """Reasons of whoever was absent, in the registers of that day's own date."""
    registers = [json.loads(each.line) for each in day.events if each.date == str(day.date)]
    marks = [mark for register in registers for mark in register["marks"]]
    return [mark["reason"] for mark in marks if mark["status"] == "absent"], len(marks)


def test_it_snows_on_one_live_day_and_its_absence_is_recorded_as_leave(parts):
    plan, *_, live = parts
    assert [day.snows for day in live] == [number == SNOWS_ON for number in range(1, 5)]
    snow = live[SNOWS_ON - 1]
    assert snow.date == plan.snow_date
    reasons, marks = away_on(snow)
    assert reasons.count("leave") > marks / 4
    assert "unknown" not in reasons
    assert "unknown" in away_on(live[0])[0]


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"schools": 0}, "schools must be from 1 to 20, not 0"),
        ({"pupils": 59}, "pupils must be from 60 to 10000 for 2 schools, not 59"),
        ({"pupils": 10_001}, "pupils must be from 60 to 10000 for 2 schools, not 10001"),
        ({"seed": -1}, "seed must be from 0"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_in_words(numbers, words):
    with pytest.raises(ValueError, match=words):
        DemoPlan(**{"pupils": 120, "schools": 2, "seed": 7, **numbers})
