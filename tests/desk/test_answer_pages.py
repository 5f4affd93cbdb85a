"""The pages themselves: what a browser, a reader of screens and a careful eye ask of them."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from babel.messages.extract import extract_from_dir

from alerts.desk.answer.language import preferred, translations
from alerts.desk.answer.offers import Offer
from alerts.desk.answer.pages import HEADERS, Shown, Trouble, ask, thank, trouble
from alerts.words import Language

SHOWN = Shown(
    person="Jan",
    pupil="A. B. (4H2)",
    today="2026-11-25",
    until="9 December",
    seen=["Missed one thing", "Missed another"],
    fresh="Since 24 November.",
    notes=["A note"],
)
CSS = files("alerts.desk.answer").joinpath("page.css").read_text("utf-8")
SOURCES = str(files("alerts.desk.answer"))


def pages(language):
    for offer in Offer:
        others = [each for each in Offer if each is not offer]
        yield ask(SHOWN, offer, others, language)
        yield thank(SHOWN, offer, "25 November at 08:02", "Somebody hears of it.", language)
    for what in Trouble:
        yield trouble(what, language, Offer.SPOKEN)
        yield trouble(what, language)


ALL = [page for language in Language for page in pages(language)]


class Elements(HTMLParser):
    """The elements of a page, with their attributes and what stands in them."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self._open = []
        self.feed(page.body.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append([tag, dict(attrs), ""])
        if tag not in ("meta", "link"):
            self._open.append(self.found[-1])

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        for each in self._open:
            each[2] += data

    def of(self, tag):
        return [(attrs, " ".join(text.split())) for name, attrs, text in self.found if name == tag]


@pytest.mark.parametrize("page", ALL)
def test_a_page_has_a_language_a_title_one_heading_and_nothing_of_another_host(page):
    elements = Elements(page)
    assert elements.of("html")[0][0]["lang"] in ("en", "nl")
    assert elements.of("title")[0][1].endswith("· gemist")
    assert len(elements.of("h1")) == len(elements.of("main")) == 1
    assert "A. B." not in elements.of("title")[0][1]
    assert not {"script", "img", "iframe", "object"} & {name for name, _, _ in elements.found}
    body = page.body.decode()
    assert "://" not in body
    assert not re.search(r"\son\w+=|javascript:|@import|url\(", body)


@pytest.mark.parametrize("page", ALL)
def test_every_button_and_link_says_what_it_does_and_posts_to_this_page(page):
    elements = Elements(page)
    for attrs, text in elements.of("button"):
        assert text
        assert (attrs["type"], attrs["name"]) == ("submit", "answer")
        assert attrs["value"] in set(Offer)
    for form, _ in elements.of("form"):
        assert form == {"method": "post", "action": "?"}
    for link, text in elements.of("a"):
        assert link["href"] == "?"
        assert text
    ids = {attrs["id"] for _, attrs, _ in elements.found if "id" in attrs}
    for _, attrs, _ in elements.found:
        assert {attrs[name] for name in attrs if name.startswith("aria-") and "by" in name} <= ids


@pytest.mark.parametrize("language", Language)
def test_a_question_offers_its_own_answer_first_and_each_other_once(language):
    others = [each for each in Offer if each is not Offer.SUPPORT]
    buttons = Elements(ask(SHOWN, Offer.SUPPORT, others, language)).of("button")
    assert [attrs["value"] for attrs, _ in buttons] == [Offer.SUPPORT, *others]
    assert len({text for _, text in buttons}) == len(Offer)


def test_what_was_not_written_can_be_sent_again_by_one_button():
    (button,) = Elements(trouble(Trouble.UNWRITTEN, Language.ENGLISH, Offer.SNOOZE)).of("button")
    assert button[0]["value"] == "snooze"


def test_each_trouble_has_its_status_and_says_what_to_do():
    assert [each.status for each in Trouble] == [400, 403, 403, 404, 404, 410, 503, 503]
    for language in Language:
        said = [Elements(trouble(each, language)).of("main")[0][1] for each in Trouble]
        assert len(set(said)) == len(Trouble)
    assert trouble(Trouble.UNWRITTEN, Language.DUTCH).headers["Retry-After"] == "10"


def test_only_the_pages_own_style_may_be_used():
    policy = HEADERS["Content-Security-Policy"]
    style = re.search(r"<style>(.*?)</style>", ALL[0].body.decode(), re.DOTALL)[1]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    for each in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"):
        assert each in policy
    assert "style=" not in ALL[0].body.decode()


def test_every_word_of_the_pages_is_there_in_dutch():
    options = {"**.j2": {"newstyle_gettext": "true", "trim_blocks": "true"}}
    methods = [("**.py", "python"), ("**.j2", "jinja2.ext.babel_extract")]
    keywords = {"gettext": None, "_": None}
    said = {
        message
        for _, _, message, _, _ in extract_from_dir(SOURCES, methods, options, keywords=keywords)
    }
    dutch = {key for key in translations(Language.DUTCH)._catalog if key}
    assert said == dutch
    fields = re.compile(r"\{\w+\}|%\(\w+\)s")
    for message in said:
        translated = translations(Language.DUTCH).gettext(message)
        assert sorted(fields.findall(translated)) == sorted(fields.findall(message))


def colours():
    """Colours by name, light and dark."""
    return [dict(re.findall(r"--([\w-]+): (#\w{6})", part)) for part in CSS.split("@media", 2)[:2]]


def contrast(one, other):
    """Contrast of two colours: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    lights = []
    for colour in (one, other):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_and_what_can_be_pressed_stand_out_as_wcag_asks(scheme):
    colour = colours()[scheme]
    for ink in ("ink", "soft"):
        for ground in ("ground", "card", "tint", "choice"):
            assert contrast(colour[ink], colour[ground]) >= 4.5, (ink, ground)
    for strong in ("strong", "strong-over"):
        assert contrast(colour["on-strong"], colour[strong]) >= 4.5
    assert contrast(colour["strong"], colour["card"]) >= 4.5  # links
    for edge in ("choice-line", "focus", "strong"):
        assert contrast(colour[edge], colour["card"]) >= 3, edge


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("nl", "nl"),
        ("NL-be,en;q=0.9", "nl"),
        ("en-GB,en;q=0.9,nl;q=0.8", "en"),
        ("de, fr", "en"),
        ("nl;q=zero", "en"),
        (";;,,=" * 1000, "en"),
        ("*", "en"),
    ],
)
def test_a_browsers_language_is_chosen_whatever_it_says(said, language):
    assert preferred(said) == language
