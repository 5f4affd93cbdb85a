"""A letter's words: what it says, what it never says, and whose text cannot hurt it."""

import email
import email.policy
import re
from dataclasses import replace
from html.parser import HTMLParser

import msgspec
import pytest
from digests import (
    CARE,
    FACTS,
    HEAD,
    ILLNESS,
    MENTOR,
    OFFICE,
    at,
    case,
    morning,
    now_told,
    said,
    written,
)

from alerts.alert import Cause, State
from alerts.desk.case import CaseState
from alerts.desk.channels.text import mail_of
from alerts.desk.messages.said import How
from alerts.desk.messages.steps import first_steps
from alerts.rules import Kind
from alerts.words import Language
from models.scorecard.serving import Part

DUTCH = replace(MENTOR, language=Language.DUTCH)
ILL_WORDS = re.compile(r"\bill\b|illness|sick|ziek|medisch|medical", re.IGNORECASE)
SCORE = Cause(
    "scorecard",
    "r",
    {"illness_spells_12w": 4, "missed_sessions_20": 12, "expected_sessions_20": 90},
    (),
    parts=(Part("illness_spells_12w", 4, 1.2), Part("missed_sessions_20", 12, 0.8)),
)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "Jan\r\nBcc: all@example.org\r\n\r\n<b>",
    '=HYPERLINK("http://x.example","Jan")',
    "Jan\u202egnp.exe\u2066\u200f\u061c\u2028\u0000\x1b[31m",
    "{{ 7*7 }}{% raw %}%(count)s",
    "J\u0301" * 5000,
    "x" * 10_000,
    " \t\n",
]


class Parsed(HTMLParser):
    """The tags, their attributes and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def whole(letter) -> str:
    """All that a letter says, in any form."""
    return "\n".join(
        (letter.subject, letter.plain, letter.html, msgspec.json.encode(letter.data).decode())
    )


def told_of(*cases, person=MENTOR, **more):
    return written(morning(*cases, person=person), **more)


def test_a_letter_says_who_what_since_when_what_to_do_and_how_fresh_it_is():
    one = case(Kind.UNAUTHORISED, 3, pupil="p81", opened="2026-11-23")
    letter = told_of(one, names={"p81": "Amina Bakker"})
    for form in (letter.plain, Parsed(letter.html).text):
        for words in (
            "A. B.",
            "4H2",
            "since 23 November",
            "16 hours 40 minutes, on 23 and 24 November 2026",
            "Registers up to 24 November 16:42.",
            *first_steps(Kind.UNAUTHORISED, 3),
        ):
            assert words in form


def test_a_letter_is_in_the_language_of_whoever_is_told():
    one = case(Kind.UNAUTHORISED, 3, opened="2026-11-23")
    letter = told_of(one, person=DUTCH)
    assert letter.subject == "gemist: 1 leerling van 4H2 wordt gemist"
    for words in ("Dag Jan", "sinds 23 november", "16 uur 40 minuten", "Gesproken", "woensdag"):
        assert words in letter.plain
        assert words in letter.html
    assert '<html lang="nl">' in letter.html


def test_the_time_is_the_schools_own():
    far = replace(FACTS, timezone="America/New_York", registers_until=at("2026-11-24 16:42"))
    assert "Registers up to 24 November 10:42." in told_of(case(), facts=far).plain


def test_the_subject_names_a_group_only_where_all_are_of_it():
    assert told_of(case()).subject == "gemist: 1 pupil of 4H2 is missed"
    assert told_of(case(), case(group="5V1")).subject == "gemist: 2 pupils are missed"
    assert told_of(case(group=None)).subject == "gemist: 1 pupil is missed"


def test_two_cases_of_one_pupil_are_one_pupil():
    both = case(pupil="p1"), case(Kind.UNAUTHORISED, pupil="p1")
    assert told_of(*both).subject == "gemist: 1 pupil of 4H2 is missed"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("detail", ["initials", "names"])
def test_no_word_of_illness_unless_a_school_asks(language, detail):
    unknown = Cause("xx.sick-often", "r", {"sick_days": 4}, ())
    causes = (ILLNESS, SCORE, unknown)
    letter = told_of(case(causes=causes), person=replace(MENTOR, language=language), detail=detail)
    without_steps = whole(letter)
    assert not ILL_WORDS.search(without_steps)
    explained = {"en": "Away, explained: 4 times, on", "nl": "Afwezig, verklaard: 4 keer, op"}
    assert explained[language.value] in letter.plain


def test_illness_is_said_where_a_school_asks():
    assert ILL_WORDS.search(told_of(case(causes=(ILLNESS,)), detail="full").plain)


def test_a_name_is_said_only_where_a_school_asks_and_never_in_the_subject():
    one, names = case(pupil="p81"), {"p81": "Amina Bakker"}
    assert "Amina" not in whole(told_of(one, names=names))
    assert "p81" not in whole(told_of(one, names=names))
    letter = told_of(one, names=names, detail="names")
    assert "Amina Bakker" in letter.plain
    assert "Amina" not in letter.subject


def test_a_pupil_whom_the_directory_does_not_know_is_named_by_pseudonym_but_not_in_the_subject():
    letter = told_of(case(pupil="p81"))
    assert "p81" in letter.plain
    assert "p81" not in letter.subject


def test_the_administration_reads_pupil_and_group_alone_of_who_has_no_mentor():
    one = case(Kind.UNAUTHORISED, 3, pupil="p81", mentor=None, opened="2026-11-23")
    letter = written(morning(one, person=OFFICE), names={"p81": "Amina Bakker"}, detail="full")
    section = letter.data["sections"][0]
    assert section["said"] == "no mentor"
    assert section["cases"] == [{"who": "Amina Bakker", "group": "4H2"}]
    assert not re.search("hour|law|since", letter.plain)


def test_every_case_that_is_told_has_its_links_and_none_without_an_address():
    new, silent = case(), case(Kind.SILENCE)
    choice = morning(new, silent, case(), new_a_week=1)
    letter = written(choice)
    links = [value for name, value in Parsed(letter.html).attributes if name == "href"]
    assert len(links) == 3 * 6
    assert len(set(links)) == 3 * 6
    assert all(link in letter.plain for link in links)
    assert "https://" not in whole(written(choice, link=None))


def test_a_letter_asks_no_other_host_and_runs_nothing():
    page = Parsed(told_of(case()).html)
    assert not page.tags & {"img", "script", "link", "iframe", "object", "form"}
    assert {name for name, value in page.attributes if "//" in (value or "")} == {"href"}
    assert "url(" not in told_of(case()).html


def test_good_news_says_since_when_and_what_to_do():
    back = case(
        Kind.SILENCE,
        state=CaseState.DONE,
        alert_state=State.CLOSED,
        causes=(Cause("back", "r", {}, ()),),
        as_of="2026-11-23",
    )
    choice = morning(back, before=[said(back, How.NEW, "2026-11-20 07:30")])
    letter = written(choice)
    assert letter.subject == "gemist: good news"
    assert "Recorded again since Monday 23 November." in letter.plain
    assert "Say hello" in letter.plain


def test_who_left_is_no_good_news():
    left = case(
        state=CaseState.DONE,
        alert_state=State.CLOSED,
        causes=(Cause("left", "r", {}, ()),),
    )
    letter = written(morning(left, before=[said(left, How.NEW, "2026-11-20 07:30")]))
    assert "Good news" not in whole(letter)
    assert "Is not enrolled any more" in letter.plain


def test_what_is_taken_back_says_that_there_is_nothing_to_do():
    gone = case(state=CaseState.TAKEN_BACK, alert_state=State.WITHDRAWN, opened="2026-11-23")
    letter = written(morning(gone, before=[said(gone, How.NEW, "2026-11-24 07:30")]))
    assert "What was said of 23 November does not hold any more: nothing to do." in letter.plain


def test_steps_are_said_once_for_those_of_whom_they_are_the_same():
    letter = told_of(case(), case(), case(Kind.SILENCE))
    assert letter.plain.count(first_steps(Kind.ATTENDANCE, 2)[0]) == 1
    assert letter.plain.count(first_steps(Kind.SILENCE, 2)[0]) == 1


def test_leadership_reads_of_a_group_and_of_no_pupil():
    letter = told_of(case(Kind.GROUP, group="4H2"), person=HEAD)
    assert letter.subject == "gemist: many were away at once"
    assert "60 of 90 sessions" in letter.plain
    whole_school = told_of(case(Kind.GROUP, group=None), person=HEAD)
    assert "The whole school" in whole_school.plain


def test_the_care_team_reads_why_a_case_came_to_it():
    waiting = case(new_since=at("2026-11-18 17:30"))
    before = [said(waiting, How.NEW, "2026-11-19 07:30")]
    letter = written(morning(waiting, person=CARE, before=before))
    assert "Doorgegeven aan het zorgteam" in letter.html


def test_of_a_long_list_that_can_wait_the_others_are_counted():
    choice = morning(case(Kind.SILENCE), *[case() for _ in range(25)], new_a_week=0)
    assert "and 5 more" in written(choice).plain


def test_a_long_digest_stays_below_what_mail_programs_cut():
    def link(_person, case, offer, _now):
        return f"https://gemist.school.example/a/{case.newest.id}{offer.value:x<300}"

    old = [case(opened="2026-08-20") for _ in range(100)]
    assert len(told_of(*old, link=link).html.encode()) < 100_000


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("detail", ["initials", "names", "full"])
def test_hostile_text_does_no_harm_in_any_field(text, detail):
    person = replace(MENTOR, name=text, person=text)
    one = case(
        pupil=text,
        group=text,
        mentor=text,
        causes=(Cause(text, text, {"x": 1}, ()), Cause("any.10pct", text, {}, ())),
    )
    facts = replace(FACTS, school=text)
    unnamed = case(Kind.SILENCE, pupil=text[::-1], group=text, mentor=text)
    choice = morning(one, unnamed, person=person, people=(person,))
    letter = written(choice, names={text: text}, detail=detail, facts=facts)

    harmless = Parsed(told_of(case(), case(Kind.SILENCE)).html)
    page = Parsed(letter.html)
    assert page.tags == harmless.tags
    assert {name for name, _ in page.attributes} == {name for name, _ in harmless.attributes}
    for form in (letter.subject, letter.plain, letter.html):
        assert not re.search("[\u202a-\u202e\u2066\u2067\u200e\u200f\u061c\u2028\x00\x1b]", form)
        assert form.count("\u2068") == form.count("\u2069")
    assert not re.search(r"[\r\n]", letter.subject)
    assert len(letter.subject) < 120
    assert len(letter.plain) < 10_000
    assert not re.search(r"^(bcc|to|from):", letter.plain, re.IGNORECASE | re.MULTILINE)

    sent = mail_of("key", letter, "jan@school.example", "gemist@school.example", 0)
    read = email.message_from_bytes(bytes(sent), policy=email.policy.default)
    assert read["subject"] == letter.subject.strip()
    assert read["bcc"] is None
    assert [read[name] for name in ("to", "from")] == [
        "jan@school.example",
        "gemist <gemist@school.example>",
    ]
    assert read.get_body(("plain",)).get_content().split() == letter.plain.split()


def test_a_name_of_another_script_keeps_its_direction_to_itself():
    letter = told_of(case(pupil="p1"), names={"p1": "محمد علي"}, detail="names")
    assert "\u2068محمد علي\u2069" in letter.plain
    assert "<bdi>محمد علي</bdi>" in letter.html


def test_at_once_says_that_it_cannot_wait():
    letter = written(now_told(case(tier=3)))
    assert "Cannot wait" in letter.html
    assert letter.data["what"] == "at once"


def test_a_webhook_says_what_the_mail_says_and_no_more():
    letter = told_of(case(Kind.UNAUTHORISED, 3, pupil="p81"), names={"p81": "Amina Bakker"})

    def texts(value):
        if isinstance(value, dict):
            value = list(value.values())
        return [value] if isinstance(value, str) else [t for each in value for t in texts(each)]

    named_by_us = {"digest", "new", "01AB", "en"}
    plain = letter.plain.replace("\u2068", "").replace("\u2069", "").casefold()
    assert all(text.casefold() in plain for text in texts(letter.data) if text not in named_by_us)
