"""Reasons in sentences."""

import pytest

from alerts.alert import MOST_DATES, Cause, Why
from alerts.rules import Kind, rules_of
from alerts.words import Language, days_in_words, reason, reasons
from config.packs import PACK_NAMES
from models.patterns import PATTERNS

EN, NL = Language.ENGLISH, Language.DUTCH
RULES = {rule.id: rule for pack in PACK_NAMES for rule in rules_of(pack).rules}
TENTH = Cause(
    "any.10pct",
    "1f77125dda9b",
    {"missed_sessions_60": 6, "expected_sessions_60": 52, "known_days_60": 52},
    ("2022-01-11", "2021-11-25", "2021-11-02"),
)


def minutes(value, code="nl.8h", dates=()):
    return Cause(code, "", {"unauthorised_minutes_4w": value}, dates)


def test_a_share_is_said_with_its_figures_its_percentage_rounded_down_and_its_days():
    assert reason(TENTH, Kind.ATTENDANCE, EN) == (
        "missed a tenth or more of the sessions of the last 60 school days: "
        "6 of 52 sessions (11%), on 2, 25 November 2021 and 11 January 2022"
    )


def test_the_same_in_dutch():
    assert reason(TENTH, Kind.ATTENDANCE, NL) == (
        "miste een tiende of meer van de lesmomenten van de laatste 60 schooldagen: "
        "6 van 52 lesmomenten (11%), op 2, 25 november 2021 en 11 januari 2022"
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [(480, "8 hours"), (500, "8 hours 20 minutes"), (60, "1 hour"), (50, "50 minutes")],
)
def test_minutes_are_said_in_hours(value, said):
    assert reason(minutes(value), Kind.UNAUTHORISED, EN).endswith(f": {said}")


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
@pytest.mark.parametrize("language", Language)
def test_every_rule_of_every_pack_has_its_words_and_says_its_figure(rule, language):
    figures = {name: 31 + number for number, name in enumerate(rule.looks_at)}
    said = reason(Cause(rule.id, "", figures, ("2026-11-24",)), rule.kind, language)
    assert said.startswith(rule.words[language])
    figure = "31 minut" if "minutes" in rule.looks_at[0] else "31 "
    assert figure in said.removeprefix(rule.words[language])
    assert "24 november 2026" in said.lower()
    assert not any(pattern in said for pattern in PATTERNS)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("why", Why)
def test_every_end_has_words(why, kind, language):
    said = reason(Cause(why.value, "", {}, ()), kind, language)
    assert " " in said
    assert ":" not in said


def test_a_notice_says_how_many_sessions_were_missed_on_its_newest_day():
    figures = {"missed_sessions": 34, "expected_sessions": 40}
    said = reason(Cause("common-cause", "", figures, ("2014-02-13", "2014-02-12")), Kind.GROUP, EN)
    assert said.endswith(": 34 of 40 sessions (85%), on 12 and 13 February 2014")


def test_a_notice_ends_with_an_ordinary_day_and_an_episode_with_better_days():
    quiet = Cause("quiet", "", {}, ())
    assert reason(quiet, Kind.GROUP, EN) == "an ordinary day came"
    assert "10 days" in reason(quiet, Kind.ATTENDANCE, EN)


def test_a_code_that_no_pack_knows_is_said_as_it_is():
    assert reason(Cause("fr.4j", "", {"jours": 4}, ()), Kind.ATTENDANCE, EN) == "fr.4j"


def test_of_two_rules_about_one_figure_the_gravest_speaks():
    both = (minutes(1200, "nl.16h"), minutes(1200, "nl.8h"), TENTH)
    said = reasons(both, Kind.UNAUTHORISED, EN)
    assert [each[:15] for each in said] == ["missed 16 hours", "missed a tenth "]


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        (["2022-05-20"], "20 May 2022"),
        (["2022-05-20", "2022-05-04"], "4 and 20 May 2022"),
        (["2022-05-02", "2022-04-29"], "29 April and 2 May 2022"),
        (["2022-01-03", "2021-01-03"], "3 January 2021 and 3 January 2022"),
        (["2022-05-05", "2022-05-04", "2022-05-03"], "3, 4 and 5 May 2022"),
    ],
)
def test_days_are_named_in_their_order(dates, said):
    assert days_in_words(dates, EN) == said


def test_of_too_many_days_the_newest_are_named_and_the_others_counted():
    days = [f"2022-05-{day:02}" for day in range(MOST_DATES, 0, -1)]
    assert days_in_words(days[:4], EN, most=3) == "18, 19 and 20 May 2022, and a day before"
    assert days_in_words(days[:5], NL, most=3) == "18, 19 en 20 mei 2022, en 2 dagen daarvoor"
    assert days_in_words(days, EN, most=2) == "19 and 20 May 2022, and at least 18 days before"
