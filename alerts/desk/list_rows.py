"""The rows of a list that a school saved as CSV, each with its line and its cells by column.

UTF-8, with or without a byte order mark; divided by semicolons, commas or tabs, whichever the
header has most of, as Excel writes it in one country or another. Columns stand in any order;
those that nobody asked for are not looked at.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 32 * 1024 * 1024
_MOST_CELL_CHARACTERS: Final = 128 * 1024
"""What `csv` reads of a cell, unless told otherwise."""
_DIVIDERS: Final = ";,\t"
_SAYS_DIVIDER: Final = "sep="
"""A first line ``sep=;`` is for Excel alone."""
_FORMULA_BEGINS: Final = "=+-@\t\r＝＋－＠"  # noqa: RUF001 - what some spreadsheets take for them
_TEXT_MARK: Final = "'"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a list; never with what stands there, which may be a name."""

    file: str
    line: int
    column: str | None
    why: str
    """And what to do about it."""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.column}: {self.why}" if self.column else f"{where}: {self.why}"


class UnreadableError(Exception):
    """A list from which no more rows can be had."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list."""

    line: int
    """On which it begins."""
    cells: dict[str, str]
    """By column, without spaces around; a missing cell at the end is an empty one."""


def rows(file: str, content: bytes, columns: Sequence[str]) -> Iterator[Row]:
    """Give the rows under the header; raises `UnreadableError` with the first that cannot be."""
    text = _decoded(file, content)
    first_line, _, rest = text.partition("\n")
    skipped = 0
    divider = None
    if first_line.strip().lower().startswith(_SAYS_DIVIDER):
        divider = first_line.strip()[len(_SAYS_DIVIDER) :][:1] or None
        text, skipped = rest, 1
    read = _read(file, text, divider or _divider(text), skipped)
    line, header = next(read, (1, []))
    places = _places(file, line, header, columns)
    for line, cells in read:
        if len(cells) > len(header) and any(cells[len(header) :]):
            why = f"{len(cells)} cells, but the header has {len(header)}; put quotes around a cell"
            raise UnreadableError(Fault(file, line, None, f"{why} that has a divider in it"))
        found = {
            column: _unmarked(cells[place]) if place < len(cells) else ""
            for column, place in places.items()
        }
        yield Row(line, found)


def written(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Write a list that a spreadsheet opens as text, and that `rows` reads as it was.

    An apostrophe goes before what a spreadsheet would take for a formula.

    >>> written(["name"], [["=1+1"], ["a,b"], ["'t Hooft"]]).splitlines()
    ['name', "'=1+1", '"a,b"', "'t Hooft"]
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([_marked(cell) for cell in cells] for cells in lines)
    return out.getvalue()


def _is_marked(cell: str) -> bool:
    """Say whether a cell would be a formula, but for apostrophes before it."""
    return cell.lstrip(_TEXT_MARK).startswith(tuple(_FORMULA_BEGINS))


def _marked(cell: str) -> str:
    return _TEXT_MARK + cell if _is_marked(cell) else cell


def _unmarked(cell: str) -> str:
    return cell.removeprefix(_TEXT_MARK) if _is_marked(cell) else cell


def _decoded(file: str, content: bytes) -> str:
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // 1024**2
        raise UnreadableError(Fault(file, 1, None, f"is larger than {most} MB; is it the list?"))
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        why = 'is not UTF-8; in Excel, save it as "CSV UTF-8"'
        raise UnreadableError(Fault(file, line, None, why)) from None


def _divider(text: str) -> str:
    """What divides the first line that says something into most cells."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DIVIDERS, key=header.count)


def _read(file: str, text: str, divider: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with the line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
    while True:
        begins = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            why = "cannot be read on from here; is a quote left open, or not doubled within a cell?"
            raise UnreadableError(Fault(file, begins, None, why)) from None
        if any(cell.strip() for cell in cells):
            yield begins, [cell.strip() for cell in cells]


def _places(file: str, line: int, header: Sequence[str], columns: Sequence[str]) -> dict[str, int]:
    names = [cell.casefold() for cell in header]
    for column in columns:
        count = names.count(column)
        if count != 1:
            why = "is there more than once" if count else "is not there"
            wanted = ",".join(columns)
            raise UnreadableError(
                Fault(file, line, column, f"{why}; the first row has to be {wanted}")
            )
    return {column: names.index(column) for column in columns}
