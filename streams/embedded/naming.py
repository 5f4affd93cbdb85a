"""Which pupils a line names, however it is written; and the line without their names."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

ERASED: Final = b"erased"
"""Stands where a pupil's id stood."""
_ESCAPED: Final = re.compile(rb"\\u00([2-7][0-9A-Fa-f])")
_WORD: Final = re.compile(rb"[A-Za-z0-9]+")
_PUPIL: Final = re.compile(rb'"pupil"\s*:\s*"([A-Za-z0-9._:-]+)"')
_FEW: Final = 8
"""So many ids are looked for one by one faster than by the words of a line."""


def unescaped(line: bytes) -> bytes:
    r"""Give a line with ASCII that was written as ``\u00XX`` as it is."""
    if b"\\u00" not in line:
        return line
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), line)


@lru_cache(maxsize=4096)
def _pattern(pupil: bytes) -> re.Pattern[bytes]:
    """An id as a word, or as some words of a longer id."""
    return re.compile(rb"(?<![A-Za-z0-9])%b(?![A-Za-z0-9])" % re.escape(pupil))


def _either(ids: Iterable[bytes]) -> re.Pattern[bytes]:
    """Any of some ids, the longest that there is; this takes a while to make."""
    longest_first = sorted(ids, key=len, reverse=True)
    either = b"|".join(map(re.escape, longest_first))
    return re.compile(rb"(?<![A-Za-z0-9])(?:%b)(?![A-Za-z0-9])" % either)


@dataclass(frozen=True, slots=True)
class Mention:
    """Pupils whom a line names, and whom it is about whose ids are made of theirs."""

    pupils: frozenset[str]
    _others: frozenset[bytes]

    def without(self, text: bytes, pupils: Collection[str]) -> bytes:
        """Put a word where some pupils' ids stand in a text of the line, or in the line."""
        text = unescaped(text)
        gone = {pupil.encode() for pupil in pupils}
        if self._others:
            return _either(gone | self._others).sub(
                lambda found: ERASED if found[0] in gone else found[0], text
            )
        for pupil in sorted(gone, key=len, reverse=True):
            text = _pattern(pupil).sub(ERASED, text)
        return text


class Names:
    r"""Some pupils' ids, to be found in lines: as a word, alone or within a longer one.

    An id is not found in the id of another pupil that the line is about.

    >>> names = Names({"p81", "p"})
    >>> sorted(names.found_in(rb'{"pupil":"p\u0038\u0031","by":"p8"}').pupils)
    ['p81']
    >>> names.found_in(b'{"id":"m:p81-b:1","pupil":"p81-b"}') is None
    True
    """

    def __init__(self, pupils: Collection[str]) -> None:
        self._ids = sorted(pupil.encode() for pupil in pupils)
        self._by_word: dict[bytes, list[bytes]] = {}
        for pupil in self._ids:
            word = max(_WORD.findall(pupil), key=len, default=b"")
            self._by_word.setdefault(word, []).append(pupil)

    def found_in(self, line: bytes) -> Mention | None:
        """Say whom a line names; None for nobody."""
        text = unescaped(line)
        asked = self._candidates(text)
        if not asked:
            return None
        others = frozenset(
            each
            for each in _PUPIL.findall(text)
            if each not in asked and any(pupil in each for pupil in asked)
        )
        if others:
            found = asked.intersection(_either(asked | others).findall(text))
        else:
            found = {pupil for pupil in asked if _pattern(pupil).search(text)}
        return Mention(frozenset(map(bytes.decode, found)), others) if found else None

    def _candidates(self, text: bytes) -> set[bytes]:
        """Ids that may stand in a text."""
        if len(self._ids) <= _FEW:
            return {pupil for pupil in self._ids if pupil in text}
        words = self._by_word.keys() & {b"", *_WORD.findall(text)}
        return {pupil for word in words for pupil in self._by_word[word] if pupil in text}
