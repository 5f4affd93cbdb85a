"""Text that others wrote, made fit to stand in a message: one line, no tricks, not too long."""

import unicodedata
from typing import Final

MOST: Final = 60
_KEPT: Final = "\u200c\u200d"
"""Joiners, which some names are written with."""
_ISOLATE: Final = "\u2068"
_END: Final = "\u2069"


def tidy(text: str, most: int = MOST) -> str:
    r"""Make one line of a name: no control, no change of direction, cut where it is too long.

    >>> tidy("Jan\r\nBcc: all@example.org")
    'Jan Bcc: all@example.org'
    """
    text = unicodedata.normalize("NFC", text[: 4 * most])
    spaced = (
        each if each in _KEPT or unicodedata.category(each)[0] not in "CZ" else " " for each in text
    )
    said = " ".join("".join(spaced).split())
    return said if len(said) <= most else f"{said[: most - 1].rstrip()}…"


def isolated(text: str) -> str:
    """Keep a name's direction to itself, in plain text."""
    return f"{_ISOLATE}{text}{_END}"
