"""The terminal's view of a moment: what it says, and that it fits."""

import io
from collections import Counter

import pytest
from rich.cells import cell_len
from rich.console import Console

from alerts.alert import Alert, Cause, State, Why
from alerts.roles import Role
from alerts.rules import Kind
from gemist.demo.entry import entry, snowed
from gemist.demo.kept import Happening, Today, What
from gemist.demo.plain import Plain
from gemist.demo.scene import Scene
from gemist.demo.show import stage_for
from gemist.demo.terminal import Terminal
from gemist.demo.view import view

AT = 1_764_580_000  # 1 December 2025, 10:06 in Amsterdam
EIGHT_HOURS = Cause("nl.8h", "", {"unauthorised_minutes_4w": 500}, ("2025-12-01", "2025-11-28"))
QUIET = Cause(Why.QUIET.value, "", {}, ())


def happening(what, *, tier=2, reasons=(EIGHT_HOURS,), correction=None, **changes):
    said = {
        "id": "a1",
        "school": "s001",
        "pupil": "p000042",
        "group": "2B",
        "kind": Kind.UNAUTHORISED,
        "state": State.OPEN,
        "tier": tier,
        "opened_on": "2025-12-01",
        "as_of": "2025-12-01",
        "mentor": "m1.5",
        "audience": [Role.MENTOR],
        "score": None,
        "reasons": reasons,
        "replaces": None,
        "version": 1,
    }
    return Happening(AT, what, Alert(**{**said, **changes}), (EIGHT_HOURS,), correction)


HAPPENINGS = [
    happening(What.OPENED),
    happening(What.RAISED, tier=3, audience=[Role.MENTOR, Role.CARE_TEAM]),
    happening(What.CLOSED, reasons=(QUIET,)),
    happening(What.TAKEN_BACK, correction="illness"),
]


def scene(happenings=HAPPENINGS):
    made = Scene(3, 1200, address="http://127.0.0.1:45241", now=AT, day=2, days=10, part=0.3)
    made.snows = True
    made.marks_per_second = 1520.4
    made.today = Today("2025-12-01", registers=167, marks=4158, corrections=148)
    made.standing = Counter({2: 227, 3: 112})
    made.happen(happenings)
    return made


def page(made, width=80, height=24):
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(view(made), height=height)
    return console.export_text().splitlines()


def words_of(lines):
    return " ".join(" ".join(lines).split())


def test_an_alert_is_said_with_whom_to_tell_and_why():
    said = entry(happening(What.OPENED))
    assert (said.about, said.place) == ("p000042", "2B, s001")
    assert said.what == "is missed (tier 2): tell mentor m1.5"
    assert said.why.startswith("missed 8 hours or more")
    assert said.why.endswith("8 hours 20 minutes, on 28 November and 1 December 2025")


def test_one_that_is_taken_back_says_what_the_school_said():
    said = entry(happening(What.TAKEN_BACK, reasons=(), correction="illness"))
    assert said.what == "taken back: the school said it was illness after all"
    assert said.why.startswith("it had said: missed 8 hours or more")


@pytest.mark.parametrize(
    ("correction", "words"),
    [("present", "the pupil was there"), (None, "something else was recorded")],
)
def test_any_correction_has_words(correction, words):
    said = entry(happening(What.TAKEN_BACK, correction=correction))
    assert said.what == f"taken back: the school said {words} after all"


def test_who_is_back_is_good_news_and_who_left_is_not_forgotten():
    left = Cause(Why.LEFT.value, "", {}, ())
    assert "is back: say hello" in entry(happening(What.CLOSED, reasons=(QUIET,))).what
    assert "ask where they learn now" in entry(happening(What.CLOSED, reasons=(left,))).what


def test_a_snow_day_is_summed_up():
    said = snowed(AT, 548, 1200, 3, 0)
    assert said.about == "548 of 1,200 pupils"
    assert said.why == "no flood: 3 notices to school leadership, no alerts about pupils"


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 34), (200, 50), (40, 12)])
def test_a_page_is_as_large_as_the_terminal_and_no_larger(width, height):
    lines = page(scene(HAPPENINGS * 20), width, height)
    assert len(lines) == height
    assert max(map(cell_len, lines)) <= width


def test_the_page_tells_day_time_numbers_and_news():
    text = words_of(page(scene()))
    for words in (
        "Monday 1 December 2025 10:06",
        "day 2 of 10",
        "it snows",
        "167 registers",
        "4,158 marks",
        "1,520 marks/s",
        "339 missed",
        "112 tier 3",
        "+2 new",
        "1 better",
        "1 taken back",
        "taken back: the school said it was illness after all",
        "http://127.0.0.1:45241 Ctrl-C ends",
        "simulated: 3 schools, 1,200 pupils",
    ):
        assert words in text


@pytest.mark.parametrize("height", range(14, 30))
def test_the_newest_is_on_top_and_nothing_is_cut_in_half(height):
    lines = page(scene(HAPPENINGS * 20), height=height)
    begin = next(number for number, line in enumerate(lines) if "what the node tells" in line)
    end = max(number for number, line in enumerate(lines) if line.strip("─ ") == "")
    news = lines[begin + 1 : end]
    assert "p000042 (2B, s001) taken back" in news[0]
    assert words_of(news).endswith(("on 28 November and 1 December 2025", "say hello"))


class Tty(io.TextIOWrapper):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("terminal", "encoding", "stage"),
    [
        ("xterm-256color", "utf-8", Terminal),
        ("dumb", "utf-8", Plain),
        ("xterm-256color", "iso-8859-1", Plain),
    ],
)
def test_a_terminal_that_cannot_draw_gets_plain_lines(monkeypatch, terminal, encoding, stage):
    monkeypatch.setenv("TERM", terminal)
    assert isinstance(stage_for(Tty(io.BytesIO(), encoding=encoding)), stage)
    assert isinstance(stage_for(io.StringIO()), Plain)
