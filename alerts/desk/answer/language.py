"""Two languages for pages: English stands in the templates, Dutch in a catalogue beside them."""

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.desk.answer.text import isolated
from alerts.desk.messages.text import tidy
from alerts.words import Language

CATALOGUE: Final = "locale/nl/LC_MESSAGES/answer.po"


@cache
def translations(language: Language) -> NullTranslations:
    """Read the words of a language."""
    if language is Language.ENGLISH:
        return NullTranslations()
    with files("alerts.desk.answer").joinpath(CATALOGUE).open("rb") as file:
        catalogue = read_po(file, locale=language.value, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


@cache
def templates(language: Language) -> Environment:
    """Templates that speak a language; whatever is put into a page is escaped."""
    made = Environment(
        loader=PackageLoader("alerts.desk.answer", "."),
        autoescape=select_autoescape(["html.j2"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters |= {"isolated": isolated, "tidy": tidy}
    return made


def preferred(accept_language: str) -> Language:
    """Choose by a browser's ``Accept-Language``, where nothing is known of who asks.

    >>> preferred("fr, nl-BE;q=0.8, en;q=0.5"), preferred("")
    (<Language.DUTCH: 'nl'>, <Language.ENGLISH: 'en'>)
    """
    best, best_weight = Language.ENGLISH, 0.0
    for part in accept_language[:500].lower().split(","):
        name, _, weight_text = part.strip().partition(";q=")
        language = name.partition("-")[0]
        weight = _weight(weight_text)
        if language in set(Language) and weight > best_weight:
            best, best_weight = Language(language), weight
    return best


def _weight(text: str) -> float:
    try:
        return float(text or "1")
    except ValueError:
        return 0.0
