"""What a message calls a pupil by where a name would say too much: two letters of it."""

import unicodedata
from typing import Final

_PARTICLES: Final = frozenset(
    [
        *("van", "von", "den", "der", "de", "het", "ten", "ter", "te", "d", "t", "s"),
        *("in", "op", "aan", "bij", "uit", "onder", "over", "tot", "voor", "af", "av"),
        *("du", "des", "del", "della", "di", "da", "dos", "das", "do", "la", "le", "les"),
        *("el", "al", "bin", "ibn", "bint", "ait", "aït", "ou", "y", "e", "i"),
        *("und", "zu", "zum", "zur", "vom"),
    ]
)
"""Words within a name that no name is filed under: a surname begins after them."""
_APOSTROPHES: Final = "'`\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}"
_MOST_MARKS: Final = 3
"""On one letter; more of them are no writing, and run over the line above."""
_NOTHING: Final = "?"


def initials(name: str) -> str:
    """Give the first letter of the given name and of the surname.

    A name may be of any script and length. Of one word there is one letter; of one without a
    letter or digit, a question mark.

    >>> initials("Anna van den Berg"), initials("Berg, Anna van den"), initials("Sukarno")
    ('A. B.', 'A. B.', 'S.')
    >>> initials("Jan-Willem 't Hooft-de Boer"), initials("de Vries"), initials("محمد علي")
    ('J. H.', 'V.', 'م. ع.')
    """
    surname, comma, given = name.partition(",")
    words = f"{given} {surname}".split() if comma else name.split()
    letters = [(word, letter) for word in words if (letter := _letter(word))]
    while len(letters) > 1 and _is_particle(letters[0][0]):
        del letters[0]
    if not letters:
        return _NOTHING
    (_, first), *rest = letters
    found = [first, _of_surname(rest)] if rest else [first]
    return " ".join(f"{letter}." for letter in found)


def _of_surname(letters: list[tuple[str, str]]) -> str:
    """That of the word after the first particles, else of the last word."""
    words = iter(letters)
    for word, _ in words:
        if _is_particle(word):
            return next(
                (letter for word, letter in words if not _is_particle(word)), letters[-1][1]
            )
    return letters[-1][1]


def _is_particle(word: str) -> bool:
    """Say whether no name is filed under a word: never of one that begins with a capital."""
    return word.strip(_APOSTROPHES) in _PARTICLES


def _letter(word: str) -> str:
    """The first letter or digit of a word with the marks on it, or nothing."""
    if word.startswith(("IJ", "ĳ", "Ĳ")):
        return "IJ"
    for place, char in enumerate(word):
        if char.isalnum():
            after = place + 1
            while after < len(word) and unicodedata.category(word[after]).startswith("M"):
                after += 1
            marks = word[place + 1 : min(after, place + 1 + _MOST_MARKS)]
            return (char.upper() if len(char.upper()) == 1 else char) + marks
    return ""
