"""What an answer writes into the log."""

from dataclasses import replace

import pytest
from digests import FACTS, MENTOR, NOW, at, case

from alerts.desk.answer.links import Answerable
from alerts.desk.answer.offers import Offer
from alerts.desk.answer.responding import respond
from alerts.desk.case import Done
from models.events.checks import read_line
from models.events.types import Action, Response


def said(made, offer=Offer.SPOKEN, now=NOW, person=MENTOR):
    link = Answerable("01AB", person.person, person.role, made.newest.id, Offer.SEEN, NOW + 1)
    return respond(link, offer, made, now, FACTS)


def done(answer):
    event = answer.response
    return Done(event.id, event.action, event.until, event.by, NOW)


@pytest.mark.parametrize("offer", Offer)
def test_an_answer_is_an_event_that_the_log_takes(offer):
    made = case(pupil="p81")
    event, rejects = read_line(said(made, offer).line, 0)
    assert isinstance(event, Response)
    assert not rejects
    assert (event.school, event.pupil, event.alert) == ("01AB", "p81", made.newest.id)
    assert (event.action, event.by) == (offer.action, "m17")
    assert event.recorded_at == "2026-11-25T06:30:00Z"


def test_a_week_ends_seven_days_after_the_schools_own_date():
    late = at("2026-11-25 00:10")  # in London it is still the 24th
    assert said(case(), Offer.SNOOZE, late).response.until == "2026-12-02"
    assert said(case(), Offer.SPOKEN, late).response.until is None


def test_was_there_is_written_as_seen():
    assert said(case(), Offer.WAS_THERE).response.action is Action.SEEN


def test_pressing_twice_gives_one_event_of_one_name():
    made = case()
    first, second = said(made), said(made, now=NOW + 60)
    assert first.response.id == second.response.id
    assert not first.is_known
    assert said(replace(made, done=(done(first),)), now=NOW + 60).is_known


@pytest.mark.parametrize(
    "other",
    [{"offer": Offer.SUPPORT}, {"now": NOW + 86_400}, {"person": replace(MENTOR, person="m18")}],
    ids=["another answer", "another day", "another person"],
)
def test_what_differs_is_another_event(other):
    made = case()
    first, second = said(made), said(made, **other)
    assert first.response.id != second.response.id
    assert not said(replace(made, done=(done(first),)), **other).is_known


def test_coming_back_to_an_earlier_answer_is_a_new_event():
    made = case()
    first = said(made, Offer.FALSE_ALARM)
    second = said(replace(made, done=(done(first),)), Offer.SPOKEN)
    again = said(replace(made, done=(done(first), done(second))), Offer.FALSE_ALARM)
    assert not again.is_known
    assert again.response.id != first.response.id
