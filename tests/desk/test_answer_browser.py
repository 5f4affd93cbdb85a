"""Answering as people do: in a browser, on a phone, by keyboard alone."""

import asyncio
from contextlib import contextmanager
from dataclasses import replace

import pytest
from answer_stage import a_stage
from browser import CHROMIUM, browsing
from digests import MENTOR, PEOPLE, case
from nodes import events_in, node
from served import free_port

from alerts.desk.answer.desk import AnswerDesk
from alerts.desk.answer.links import Links
from alerts.desk.answer.offers import Offer
from alerts.words import Language
from config.metrics import new_metrics
from config.settings import Desk, Gateway
from gemist.cli.listening import listen_or_exit
from models.events.checks import read_line
from models.events.types import Action
from streams.gateway.app import build_gateway
from streams.gateway.serving import serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium"),
]
SIZES = [(390, 800), (1100, 800)]
TARGET_PIXELS = 44
BUTTONS = "[...document.querySelectorAll('button, a')]"


class NoTokens:
    def schools_of(self, _token):
        return None


@contextmanager
def served(stage, folder):
    """A door that really listens; its address."""
    address = f"127.0.0.1:{free_port()}"
    links = Links(b"\2" * 32, f"http://{address}")
    desk = AnswerDesk(stage.engine, links, Desk(), stage.clock, lambda *_asked: {})
    metrics = new_metrics()
    with node(folder) as log, listen_or_exit(address) as listening:
        app = build_gateway(log, NoTokens(), Gateway(), metrics, stage.clock, desk)
        with serving(app, listening, Gateway(), metrics):
            yield links


@pytest.fixture
def stage(tmp_path):
    with a_stage(tmp_path) as made:
        yield made


@pytest.mark.parametrize("size", SIZES)
def test_the_question_is_answered_by_keyboard_alone(stage, tmp_path, size):
    made = stage.take(case(pupil="p81"))

    async def answer(links):
        async with browsing(tmp_path / "browser") as browser:
            await browser.width(*size)
            await browser.go(links.link(MENTOR, made, Offer.SPOKEN, stage.clock()))
            await browser.press("Tab")
            focus = "getComputedStyle(document.activeElement)"
            assert await browser.look("document.activeElement.value") == "spoken"
            assert await browser.look(f"{focus}.outlineStyle") == "solid"
            await browser.press("Tab")
            assert await browser.look("document.activeElement.value") == "seen"
            await browser.look("window.isOld = true")
            await browser.press("Enter")
            await browser.arrived()
            assert await browser.look("document.title") == "Thank you · gemist"
            await browser.press("Tab")
            await browser.look("window.isOld = true")
            await browser.press("Enter")
            await browser.arrived()
            assert await browser.look("document.title") == "Your answer · gemist"

    with served(stage, tmp_path / "node") as links:
        asyncio.run(answer(links))
    (event,) = (read_line(line, 0)[0] for line in events_in(tmp_path / "node"))
    assert (event.action, event.by, event.alert) == (Action.SEEN, "m17", made.newest.id)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", Language)
def test_a_page_fits_whatever_its_names_are(stage, tmp_path, size, language):
    named = replace(MENTOR, name="W" * 10_000, language=language)
    stage.load(named, *PEOPLE[1:], names={"p81": "Ω" * 10_000})
    made = stage.take(case(pupil="p81", group="G" * 64))

    async def measure(links):
        async with browsing(tmp_path / "browser") as browser:
            await browser.width(*size)
            await browser.go(links.link(named, made, Offer.SNOOZE, stage.clock()))
            assert await browser.look("document.documentElement.scrollWidth") <= size[0]
            heights = f"{BUTTONS}.map(each => each.getBoundingClientRect().height)"
            assert min(await browser.look(heights)) >= TARGET_PIXELS
            assert await browser.look(f"{BUTTONS}.length") == len(Offer)
            assert await browser.look("performance.getEntriesByType('resource').length") == 0
            ground = "getComputedStyle(document.querySelector('.asked')).backgroundColor"
            assert await browser.look(ground) == "rgb(11, 97, 87)"  # the style may be used
            assert await browser.look("document.documentElement.lang") == language.value

    with served(stage, tmp_path / "node") as links:
        asyncio.run(measure(links))


def test_a_page_that_lies_elsewhere_cannot_answer(stage, tmp_path):
    made = stage.take(case(pupil="p81"))

    async def lure(links):
        address = links.link(MENTOR, made, Offer.SPOKEN, stage.clock())
        page = tmp_path / "lure.html"
        form = f'<form method="post" action="{address}"><button name="answer" value="seen">'
        page.write_text(f"<!doctype html>{form}here</button></form>", encoding="utf-8")
        async with browsing(tmp_path / "browser") as browser:
            await browser.go(page.as_uri())
            await browser.look("window.isOld = true; document.querySelector('button').click()")
            await browser.arrived()
            assert await browser.look("document.title") == "This came from another page · gemist"

    with served(stage, tmp_path / "node") as links:
        asyncio.run(lure(links))
    assert events_in(tmp_path / "node") == []
