"""How a demo speaks a language: its words, its days and its numbers."""

from datetime import date as Date  # noqa: N812 - a type here
from functools import cache, partial
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal

from alerts.desk.catalogues import translations
from alerts.words import Language

words = partial(translations, "gemist.demo", "catalogues/{}.po")
"""Give what a language says."""

_WHOLE, _TENTHS = "#,##0", "#,##0.0"
_DAY: Final = "EEEE d MMMM y"


class Speech:
    """Speaks one language; `speech` gives it.

    >>> dutch = speech(Language.DUTCH)
    >>> dutch.gettext("day {day} of {days}").format(day=2, days=10)
    'dag 2 van 10'
    >>> dutch.day(Date(2025, 12, 1)), dutch.number(4158), dutch.tenths(1.25)
    ('maandag 1 december 2025', '4.158', '1,2')
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self.gettext = words(language).gettext
        self._ngettext = words(language).ngettext

    def many(self, one: str, several: str, count: int) -> str:
        """Count something; ``several`` is the message id's plural, and both have a ``{count}``."""
        said = self._ngettext(one, several, count)
        return said.format(count=self.number(count) if count else self.gettext("no"))

    def day(self, day: Date, pattern: str = _DAY) -> str:
        """Write a day as people do, or as a pattern of Unicode's has it."""
        return format_date(day, pattern, locale=self.language.value)

    def number(self, number: float) -> str:
        """Write a number without a fraction."""
        return format_decimal(round(number), _WHOLE, locale=self.language.value)

    def tenths(self, number: float) -> str:
        """Write a number with one digit of its fraction."""
        return format_decimal(number, _TENTHS, locale=self.language.value)


@cache
def speech(language: Language) -> Speech:
    """Give a language."""
    return Speech(language)
