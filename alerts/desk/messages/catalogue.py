"""The words of messages, in each language: Babel catalogues, read from ``catalogues/*.po``.

Message ids are the English words.
"""

from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from alerts.words import Language


@cache
def words(language: Language) -> NullTranslations:
    """Load what a language says."""
    if language is Language.ENGLISH:
        return NullTranslations()
    file = files(__package__) / "catalogues" / f"{language.value}.po"
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(file.read_bytes()), locale=language.value))
    compiled.seek(0)
    return Translations(compiled)
