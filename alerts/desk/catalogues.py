"""Babel catalogues of the desk's rooms. Message ids are the English words."""

from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from alerts.words import Language


@cache
def translations(package: str, path: str, language: Language) -> NullTranslations:
    """Read what a language says of a package; ``path`` has a ``{}`` for the language."""
    if language is Language.ENGLISH:
        return NullTranslations()
    file = files(package) / path.format(language.value)
    catalogue = read_po(BytesIO(file.read_bytes()), locale=language.value, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
