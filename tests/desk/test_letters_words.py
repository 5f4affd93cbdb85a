"""The catalogues: every message is there in every language, and nothing else."""

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import alerts.desk.messages as package
from alerts.desk.messages.catalogue import words
from alerts.desk.messages.steps import first_steps
from alerts.rules import Kind
from alerts.words import Language

FOLDER = Path(package.__file__).parent
TRANSLATED = [each for each in Language if each is not Language.ENGLISH]


def said_in_code() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(
        FOLDER,
        method_map=[("**.py", "python"), ("**.j2", "jinja2.ext.babel_extract")],
        options_map={},
        keywords={"gettext": None, "ngettext": (1, 2), "marked": None},
    )
    return {message for _, _, message, _, _ in found}


def catalogue(language: Language):
    file = FOLDER / "catalogues" / f"{language.value}.po"
    return read_po(file.open("rb"), locale=language.value)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_and_nothing_is_left_over(language):
    found = catalogue(language)
    assert {message.id for message in found if message.id} == said_in_code()
    assert not found.obsolete
    for message in found:
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(texts), message.id
        assert not message.fuzzy, message.id
        assert not list(message.check(found)), message.id


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("tier", [1, 2, 3])
@pytest.mark.parametrize("language", Language)
def test_there_are_three_first_steps_for_everything(kind, tier, language):
    steps = [words(language).gettext(each) for each in first_steps(kind, tier)]
    assert len(set(steps)) == 3
    assert all(step.endswith((".", "?")) for step in steps)
    assert language is Language.ENGLISH or not set(steps) & set(first_steps(kind, tier))
