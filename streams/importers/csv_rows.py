"""The rows of a CSV file, each with the line on which it begins."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from streams.importers.refusal import Unusable
from streams.importers.source import reading

DELIMITERS = ";,\t|"
"""Tried on the header; of those that divide it equally often the first."""

_ASCII = '\r\n;,"|\t'


class Rows:
    """A header and the rows under it. Blank lines are nothing; an empty file has no header."""

    def __init__(self, path: Path, encoding: str, delimiter: str | None) -> None:
        self._path = path
        self._encoding = encoding
        self._delimiter = delimiter
        self.header: list[str] | None = None
        try:
            is_ascii = _ASCII.encode(encoding.removesuffix("-sig")) == _ASCII.encode()
        except LookupError:
            raise Unusable(f"encoding {encoding!r}: not known (utf-8, cp1252 …)") from None
        if not is_ascii:
            raise Unusable(f"encoding {encoding!r}: a list must be saved as utf-8 or cp1252")

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Give every row after the header: the line it begins on, and its cells."""
        with reading(self._path) as source:
            text = self._text(source)
            first = next((line for line in text if line.strip()), None)
            if first is None:
                return
            reader = csv.reader(
                _again(first, text),
                delimiter=self._delimiter or _sniffed(first),
                strict=True,
            )
            before = self._line - 1
            skipped = before
            while True:
                begins = reader.line_num + 1 + skipped
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise Unusable(
                        f"{self._path}:{begins}: not CSV ({error}); is a quote left open here?"
                    ) from None
                if not any(cell.strip() for cell in cells):
                    continue
                if self.header is None:
                    self.header = [cell.strip() for cell in cells]
                else:
                    yield begins, cells

    def _text(self, source: BinaryIO) -> Iterator[str]:
        self._line = 0
        encoding = self._encoding
        for raw in source:
            self._line += 1
            line = raw.removeprefix(codecs.BOM_UTF8) if self._line == 1 else raw
            try:
                yield line.decode(encoding.removesuffix("-sig"))
            except UnicodeDecodeError as error:
                raise Unusable(
                    f"{self._path}:{self._line}: byte {line[error.start]:#04x} is not {encoding}"
                    " (--encoding cp1252 is what Excel writes in Western Europe)"
                ) from None


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _sniffed(header: str) -> str:
    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader([header], delimiter=delimiter)))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=cells)
