"""Two languages for pages: English stands in the templates, Dutch in a catalogue beside them."""

from functools import cache, partial
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.desk import catalogues
from alerts.desk.answer.text import isolated
from alerts.desk.messages.text import tidy
from alerts.words import Language

CATALOGUE: Final = "locale/{}/LC_MESSAGES/answer.po"


translations = partial(catalogues.translations, "alerts.desk.answer", CATALOGUE)
"""Give the words of a language."""


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
