"""Packs and their rules, names of alerts, and who is told."""

import uuid
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.rules import PACKS as NAIVE_PACKS

from alerts.alert import alert_id
from alerts.roles import Role, audience
from alerts.rules import Kind, Rule, rules_of
from config.packs import PACK_NAMES
from models.patterns import PATTERNS

ALL_RULES = [(name, rule) for name in PACK_NAMES for rule in rules_of(name).rules]
of_every_rule = pytest.mark.parametrize(
    "rule", [rule for _, rule in ALL_RULES], ids=[f"{name} {rule.id}" for name, rule in ALL_RULES]
)


@of_every_rule
def test_a_rule_has_words_in_both_languages_and_a_source(rule: Rule) -> None:
    assert set(rule.words) >= {"en", "nl"}
    assert all(words.strip() for words in rule.words.values())
    assert rule.source.strip()


@of_every_rule
def test_a_rule_looks_at_patterns_that_there_are(rule: Rule) -> None:
    assert rule.when
    assert set(rule.looks_at) <= set(PATTERNS)
    assert rule.tier in (2, 3)


@of_every_rule
def test_a_rule_about_law_looks_at_what_law_may_see(rule: Rule) -> None:
    lawful = {"unauthorised_minutes_4w", "unauthorised_run_days", "late_60"}
    if rule.kind is Kind.UNAUTHORISED:
        assert set(rule.looks_at) <= lawful


@of_every_rule
def test_a_live_rule_is_one_that_the_rest_of_the_day_can_only_add_to(rule: Rule) -> None:
    if rule.live:
        assert set(rule.looks_at) <= {"unauthorised_minutes_4w", "late_60"}


@pytest.mark.parametrize("pack", PACK_NAMES)
def test_a_packs_rules_are_those_of_the_naive_implementation(pack: str) -> None:
    found = {(rule.id, rule.kind.value, rule.tier, rule.live) for rule in rules_of(pack).rules}
    assert found == {(rule.id, rule.kind, rule.tier, rule.live) for rule in NAIVE_PACKS[pack]}
    assert len(found) == len(rules_of(pack).rules)


def test_every_pack_but_none_holds_what_is_in_any() -> None:
    assert rules_of("none").rules == ()
    assert all(rule in rules_of("nl").rules for rule in rules_of("any").rules)


def test_a_revision_is_the_first_twelve_digits_of_a_hash_and_tells_packs_apart() -> None:
    revisions = {rules_of(pack).revision for pack in PACK_NAMES}
    assert len(revisions) == len(PACK_NAMES)
    assert all(len(each) == 12 and int(each, 16) >= 0 for each in revisions)


IDS = st.text("AZaz09._:-", min_size=1, max_size=64)


@given(IDS, st.none() | IDS, st.sampled_from(Kind), st.dates())
def test_an_alerts_id_is_the_uuid_of_its_name(
    school: str, about: str | None, kind: Kind, opened_on: date
) -> None:
    name = f"gemist/{school}/{about or ''}/{kind.value}/{opened_on.isoformat()}"
    expected = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    assert alert_id(school, about, kind, opened_on.toordinal()) == expected


@pytest.mark.parametrize(
    ("kind", "tier", "mentor", "told"),
    [
        (Kind.ATTENDANCE, 2, "m1", [Role.MENTOR]),
        (Kind.ATTENDANCE, 3, "m1", [Role.MENTOR, Role.CARE_TEAM]),
        (Kind.ATTENDANCE, 2, None, [Role.ADMINISTRATION]),
        (Kind.ATTENDANCE, 3, None, [Role.CARE_TEAM, Role.ADMINISTRATION]),
        (Kind.UNAUTHORISED, 3, "m1", [Role.MENTOR]),
        (Kind.UNAUTHORISED, 3, None, [Role.ADMINISTRATION]),
        (Kind.SILENCE, 2, "m1", [Role.MENTOR, Role.ADMINISTRATION]),
        (Kind.SILENCE, 2, None, [Role.ADMINISTRATION]),
        (Kind.GROUP, 2, None, [Role.LEADERSHIP]),
    ],
)
def test_whom_an_alert_goes_to(kind: Kind, tier: int, mentor: str | None, told: list[Role]) -> None:
    assert audience(kind, tier, mentor) == told
