"""The pages for vendors, schools, their data protection officers and operators: facts as in the
code, commands that exist, links that lead somewhere."""

import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from typer.main import get_command

from alerts.desk.answer.links import LINK_DAYS
from alerts.desk.messages.catalogue import words
from alerts.roles import Role, audience
from alerts.rules import Kind
from alerts.words import Language
from config.settings import Desk, Retention, declared
from gemist.cli import app
from models.school_days import BOOK_DAYS, OPEN_TO_MARKS_DAYS
from streams.topics import TOPICS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
VENDORS, SCHOOLS, SCHOOLS_NL, DPIA, OPERATORS = (
    DOCS / name
    for name in (
        "for-vendors.md",
        "for-schools.md",
        "for-schools.nl.md",
        "dpia.md",
        "for-operators.md",
    )
)
PAGES = (VENDORS, SCHOOLS, SCHOOLS_NL, DPIA, OPERATORS)
KEPT = re.compile(r"(?m)^\| [^|]+ \| ([^|]+) \| `retention\.(\w+)` \|$")
POINTS = 17
FEW = ("no", "one", "two", "three", "four", "five", "six")

pytestmark = pytest.mark.skipif(not DPIA.exists(), reason="the docs are no part of a wheel")


def text(page):
    return page.read_text(encoding="utf-8")


def test_the_dpia_has_all_points_of_the_model():
    numbers = [int(number) for number in re.findall(r"(?m)^### (\d+)\. ", text(DPIA))]
    assert numbers == list(range(1, POINTS + 1))
    assert re.findall(r"(?m)^## Part ([A-D]): ", text(DPIA)) == list("ABCD")


def test_what_the_dpia_says_of_retention_are_the_settings():
    said = {name: kept for kept, name in KEPT.findall(text(DPIA))}
    settings = {setting.name: setting.default for setting in declared(Retention)}
    assert said.keys() == settings.keys()
    for name, default in settings.items():
        if name.endswith("_days"):
            assert said[name] == f"{default} days"
    assert settings["alerts_school_years"] == 1
    assert said["alerts_school_years"] == "to the end of the next school year (31 July)"


def test_what_the_dpia_says_of_kafka_are_the_topics_settings():
    kept = {
        topic.name: timedelta(milliseconds=int(topic.settings["retention.ms"])).days
        for topic in TOPICS
        if "retention.ms" in topic.settings
    }
    events, rejects = kept["school-events"], kept["rejects"]
    assert kept.keys() == {"school-events", "rejects"}
    assert f"`school-events` is kept for {events} days and `rejects` for {rejects}" in text(DPIA)


def test_what_the_pages_count_is_what_the_program_counts():
    retention, desk = Retention(), Desk()
    for_schools, dpia = text(SCHOOLS), text(DPIA)
    assert f"registers {retention.events_days} days" in for_schools
    assert f"messages {retention.messages_days} days" in for_schools
    assert f"who looked at whom {retention.audit_days} days" in for_schools
    assert f"{FEW[desk.new_a_week]} new cases a week at most" in for_schools
    assert f"{FEW[desk.new_a_week]} new cases a week at most" in dpia
    assert f"older than {OPEN_TO_MARKS_DAYS} school days is final" in for_schools
    assert f"older than {OPEN_TO_MARKS_DAYS} school days cannot be corrected" in for_schools
    assert f"newest {BOOK_DAYS} school days" in for_schools
    assert f"newest {BOOK_DAYS} school days" in dpia
    assert f"end after {LINK_DAYS} days" in dpia
    assert f"links in one's own mails, for {LINK_DAYS} days" in for_schools
    assert desk.detail == "initials"


def test_the_officer_is_told_nothing_as_the_pages_say():
    told = {role for kind in Kind for tier in (2, 3) for role in audience(kind, tier, "m17")}
    assert told.isdisjoint({Role.OFFICER, Role.COACH, Role.TEACHER})
    assert "| attendance officer, transition coach | **nothing** |" in text(SCHOOLS)


def test_the_dutch_page_says_as_much_as_the_english_one():
    english, dutch = (
        re.findall(r"(?m)^(#+|\||\d\.|- )", text(page)) for page in (SCHOOLS, SCHOOLS_NL)
    )
    assert dutch == english
    numbers = [sorted(re.findall(r"\d+", text(page))) for page in (SCHOOLS, SCHOOLS_NL)]
    assert numbers[0] == numbers[1]


def test_the_dutch_page_calls_the_buttons_what_the_mail_calls_them():
    say = words(Language.DUTCH).gettext
    buttons = ("Seen", "Spoken", "Support", "Was there after all", "False alarm", "In a week")
    assert f"{', '.join(map(say, buttons)).lower()}." in text(SCHOOLS_NL)
    assert f'"{say("away, explained")}"' in text(SCHOOLS_NL)


def commands(page):
    """Every call of gemist in a page, in its blocks and within its sentences."""
    found = re.findall(r"`(gemist [^`\n]+)`", text(page))
    for block in re.findall(r"(?ms)^```(?:console|text)\n(.*?)^```$", text(page)):
        found += re.findall(r"(?m)^(?:\$ )?(gemist [^#\n]+)", block)
        found += [f"gemist {it}" for it in re.findall(r"(?m)^gemist-as \w+ ([^#\n]+)", block)]
    return sorted(set(found))


CALLS = [(page.name, call) for page in PAGES if page.exists() for call in commands(page)]


@pytest.mark.parametrize(("page", "call"), CALLS)
def test_a_command_of_a_page_exists_with_its_options(page, call):
    command, (_, *words) = get_command(app), shlex.split(call.replace("…", "x"))
    while hasattr(command, "commands"):
        assert words, f"{page}: {call}: which?"
        name = words.pop(0).partition("|")[0]
        assert name in command.commands, f"{page}: {call}"
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts}
    assert known.issuperset(word for word in words if word.startswith("--")), f"{page}: {call}"


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"(?m)^#+ (.+)$", text(page)):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(plain.strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page):
    links = re.findall(r"\]\(([^)\s]+)\)", text(page))
    assert links
    for link in links:
        target, _, anchor = link.partition("#")
        if target.startswith("https://"):
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.is_file(), link
        if anchor:
            assert anchor in anchors(file), link
