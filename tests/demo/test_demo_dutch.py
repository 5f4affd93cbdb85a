"""The demo in Dutch: every word of it, and it fits where English does."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from demo_mails import mail
from demo_scenes import HAPPENINGS, answer, happening, mailed, page, words_of
from rich.cells import cell_len

import gemist.demo as package
from alerts.alert import Cause, Why
from alerts.roles import Role
from alerts.rules import Kind
from alerts.words import Language
from gemist.demo.kept import What
from gemist.demo.plain import Plain
from gemist.demo.show import how_to_go_on
from models.events.types import Action

FOLDER = Path(package.__file__).parent
GROUP = {"kind": Kind.GROUP, "pupil": None, "audience": [Role.LEADERSHIP]}
OF_ALL = [
    *HAPPENINGS,
    happening(What.OPENED, audience=[Role.ADMINISTRATION]),
    happening(What.EASED),
    happening(What.CLOSED, reasons=(Cause(Why.LEFT.value, "", {}, ()),)),
    *[happening(What.TAKEN_BACK, correction=each) for each in ("leave", "late", None)],
    *[happening(each, **GROUP) for each in (What.OPENED, What.CLOSED, What.TAKEN_BACK)],
    happening(What.OPENED, **{**GROUP, "group": None}),
]
THE_SAME = {
    *(
        "alice",
        "madeup",
        "gemist",
        "ctrl",
        "docs",
        "mentor",
        "mail",
        "registers",
        "school",
        "alarm",
    ),
    *("november", "december", "is", "was", "me", "of"),
}
"""Names, and words of both languages."""


class Node:
    """As much of one as it takes to say how it can be asked."""

    address = "http://127.0.0.1:45241"
    tokens = {"s001": "t0"}  # noqa: RUF012 - nobody changes it


def catalogue():
    with (FOLDER / "catalogues" / "nl.po").open("rb") as file:
        return read_po(file, locale="nl")


def test_every_message_is_translated_and_nothing_is_left_over():
    found, keywords = catalogue(), {"gettext": None, "many": (1, 2), "marked": None}
    said = {each[2] for each in extract_from_dir(FOLDER, [("**.py", "python")], keywords=keywords)}
    assert {message.id for message in found if message.id} == said
    assert not found.obsolete
    fields = re.compile(r"\{\w+\}")
    for message in found:
        ids, texts = (
            each if isinstance(each, tuple) else (each,) for each in (message.id, message.string)
        )
        assert not message.fuzzy, message.id
        for one, text in zip(ids, texts, strict=True):
            assert text, one
            assert sorted(fields.findall(text)) == sorted(fields.findall(one)) or not one


def told(language):
    """All that a demo says, on whatever stage."""
    made, posted = mailed(happenings=OF_ALL, language=language)
    answers = [answer(each) for each in Action]
    said = [*posted, *made.answer([*answers, answer(by=None), answer(until="2025-12-08")])]
    said += [*made.entries, made.tell.snowed(int(made.now), 548, 1200, 3, 0)]
    lines = []
    plain = Plain(lines.append, made.say)
    plain.up(made, 1.25)
    plain.load(5, 45, 12_345, 0.5)
    plain.begin_day(made)
    for each in said:
        plain.tell(each)
    plain.end_day(made)
    plain.end(made, how_to_go_on(Node, made)[:-2])
    for hours in range(0, 12, 3):
        made.now += 3600 * hours
        lines += page(made, 120, 200)
    made.is_over = True
    return [*lines, *page(made, 120, 200), *page(made, 80, 200)]


def words(language):
    """Words of what a demo says, without addresses and what stands in mails."""
    text = re.sub(r"http\S+|gemist: .*|Missed 8 hours.*|│.*│", " ", "\n".join(told(language)))
    return set(re.findall(r"[^\W\d_]{2,}", text.lower()))


def test_no_english_is_left_in_a_dutch_demo():
    assert words(Language.ENGLISH) & words(Language.DUTCH) == THE_SAME


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_the_numbers_of_a_large_district_fit(language, width, height):
    made, _ = mailed(happenings=OF_ALL * 20, language=language)
    made.schools, made.pupils = 20, 10_000
    made.address = "http://127.0.0.1:45241"
    made.marks_per_second = 31_520.4
    made.today.registers, made.today.marks, made.today.corrections = 2_167, 59_158, 1_148
    made.today.away = set(range(4_321))
    made.standing = Counter({2: 1_227, 3: 1_112})
    made.seen = Counter({What.TAKEN_BACK: 1_234, What.CLOSED: 999})
    lines = page(made, width, height)
    assert len(lines) == height
    assert max(map(cell_len, lines)) <= width
    assert "…" not in "".join(lines[:7])
    incoming = ("registers", "marks", "marks/s", "away", "corrected")
    outcome = ("missed", "tier 3", "new", "better", "taken back")
    for line, names in zip(lines[3:5], (incoming, outcome), strict=True):
        each = [rf"\+?[\d.,]+ {re.escape(made.say.gettext(name))}" for name in names]
        assert re.fullmatch(r"\s+".join(each), line.strip())


def test_the_mail_that_is_drawn_is_one_in_dutch():
    english, dutch = mail(), mail(to="m1.2@s001.example", subject="gemist: 1 leerling wordt gemist")
    made, _ = mailed(dutch, english, language=Language.DUTCH)
    made.answer([answer()])
    narrow, wide = (words_of(page(made, width, 40)) for width in (80, 120))
    for said in (
        "maandag 1 december 2025 10:06",
        "✉ 2 mails · 1 beantwoord",
        "Aan Anneke Verzonnen, mentor m1.2 (s001)",
        "Over gemist: 1 leerling wordt gemist",
        "openen: http://127.0.0.1:45242/mails/1",
    ):
        assert said in narrow
        assert said in wide
    assert "wordt gemist (niveau 2): seintje aan mentor m1.5" in narrow
