"""The terminal's view of a moment: what it says, and that it fits."""

import io

import pytest
from demo_mails import mail
from demo_scenes import (
    AT,
    ENGLISH,
    HAPPENINGS,
    QUIET,
    answer,
    happening,
    mailed,
    page,
    scene,
    words_of,
)
from rich.cells import cell_len

from alerts.alert import Cause, Why
from gemist.demo.kept import What
from gemist.demo.plain import Plain
from gemist.demo.show import stage_for
from gemist.demo.summary import summary
from gemist.demo.terminal import Terminal
from models.events.types import Action


def test_an_alert_is_said_with_whom_to_tell_and_why():
    said = ENGLISH.happened(happening(What.OPENED))
    assert (said.about, said.place) == ("p000042", "2B, s001")
    assert said.what == "is missed (tier 2): tell mentor m1.5"
    assert said.why.startswith("missed 8 hours or more")
    assert said.why.endswith("8 hours 20 minutes, on 28 November and 1 December 2025")


def test_one_that_is_taken_back_says_what_the_school_said():
    said = ENGLISH.happened(happening(What.TAKEN_BACK, reasons=(), correction="illness"))
    assert said.what == "taken back: the school said it was illness after all"
    assert said.why.startswith("it had said: missed 8 hours or more")


@pytest.mark.parametrize(
    ("correction", "words"),
    [("present", "the pupil was there"), (None, "something else was recorded")],
)
def test_any_correction_has_words(correction, words):
    said = ENGLISH.happened(happening(What.TAKEN_BACK, correction=correction))
    assert said.what == f"taken back: the school said {words} after all"


def test_who_is_back_is_good_news_and_who_left_is_not_forgotten():
    left = Cause(Why.LEFT.value, "", {}, ())
    assert "is back: say hello" in ENGLISH.happened(happening(What.CLOSED, reasons=(QUIET,))).what
    assert (
        "ask where they learn now" in ENGLISH.happened(happening(What.CLOSED, reasons=(left,))).what
    )


def test_a_snow_day_is_summed_up():
    said = ENGLISH.snowed(AT, 548, 1200, 3, 0)
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


@pytest.mark.parametrize(("width", "height"), [(80, 24), (110, 30), (120, 40), (200, 50)])
def test_a_mail_is_drawn_with_whom_it_is_for_and_where_to_open_it(width, height):
    made, _ = mailed(happenings=HAPPENINGS * 20)
    made.answer([answer()])
    lines = page(made, width, height)
    assert len(lines) == height
    assert max(map(cell_len, lines)) <= width
    text = words_of(lines)
    for words in (
        "✉ 1 mail · 1 answered",
        "Alice Madeup, mentor m1.1 (s001)",
        "gemist: 1 pupil of 1A is missed",
        "A. B., 1A",
        "Missed 8 hours",
        "open it: http://127.0.0.1:45242/mails/1",
        "mentor m1.5 (s001) answered: spoken,",
    ):
        assert words in text


def test_in_a_mail_that_is_drawn_addresses_are_buttons_and_nothing_hidden_is_left():
    text = words_of(page(mailed()[0], 200, 40))
    assert "[Seen] [Spoken] [Support] [Was there after all]" in text
    assert "/a/0-1" not in text
    assert "\u2068" not in text


@pytest.mark.parametrize("height", range(10, 22))
def test_where_there_is_no_room_for_a_mail_news_come_first(height):
    text = words_of(page(mailed()[0], 80, height))
    assert "✉ 1 mail " not in text


def test_a_mails_text_cannot_move_the_cursor_nor_style_anything():
    evil = mail(subject="[bold]gemist[/bold] \u202e", cases=("[red]A\x1b[2J\u202eB",))
    text = words_of(page(mailed(evil)[0], 120, 40))
    assert "[bold]gemist[/bold]" in text
    assert "[red]A[2JB, 1A" in text
    assert not {"\x1b", "\u202e"} & set(text)


def test_of_mails_that_came_together_one_that_a_mentor_can_answer_is_drawn():
    other = mail(to="head@s001.example", subject="gemist: good news", html="<p>good</p>")
    dutch = mail(to="m1.2@s001.example", subject="gemist: 1 leerling van 1B wordt gemist")
    for mails in ([other, mail(), dutch], [mail(), dutch, other], [dutch, mail()]):
        made, (said,) = mailed(*mails)
        assert made.whom(made.mail) == "Alice Madeup, mentor m1.1 (s001)"
        assert (made.mails, said.about) == (len(mails), f"{len(mails)} messages")
        assert said.why.startswith("one of them to Alice Madeup, mentor m1.1 (s001): gemist: 1 pup")
        assert said.why.endswith(f", at http://127.0.0.1:45242/mails/{made.mail.number}")


def test_whoever_is_in_no_directory_is_named_by_address():
    made, _ = mailed(mail(to="else@s001.example"))
    assert made.whom(made.mail) == "else@s001.example"
    assert made.post([]) == []


@pytest.mark.parametrize(
    ("given", "about", "what"),
    [
        (answer(), "mentor m1.5", "answered: spoken, about p000042"),
        (answer(by="care"), "care", "answered: spoken, about p000042"),
        (
            answer(Action.SNOOZE, until="2025-12-08"),
            "mentor m1.5",
            "answered: ask me again on 8 December, about p000042",
        ),
    ],
)
def test_an_answer_says_who_and_what(given, about, what):
    said = ENGLISH.answered(given)
    assert (said.about, said.place, said.what, said.why) == (about, "s001", what, "")


@pytest.mark.parametrize("action", Action)
def test_every_action_has_words(action):
    assert ENGLISH.answered(answer(action)).what.startswith("answered: ")


def test_the_summary_counts_mails_and_answers():
    made, _ = mailed(mail(), mail())
    made.answer([answer()])
    assert "2 messages went out by mail; 1 answer came back." in summary(made)


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
    assert isinstance(stage_for(Tty(io.BytesIO(), encoding=encoding), ENGLISH.say), stage)
    assert isinstance(stage_for(io.StringIO(), ENGLISH.say), Plain)
