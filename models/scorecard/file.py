"""A scorecard's file: read strictly, written one way only.

The checksum is of the content as the types have understood it. So a file that was changed in any
way that means something does not load, and one that was only laid out anew does.
"""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec

from models.events.instants import read_date
from models.features import FEATURES
from models.scorecard.document import FORMAT, Content, Document, Table

_MOST_BYTES: Final = 16 << 20


class ScorecardError(Exception):
    """A file that is no scorecard to be trusted: one line that says why."""


def canonical(content: Content) -> bytes:
    """Write the content, without its checksum, as the bytes of which the checksum is taken.

    JSON as Python writes it: UTF-8, keys sorted, no white space, numbers in their shortest form.
    """
    fields = msgspec.to_builtins(content)
    fields.pop("sha256", None)
    text = json.dumps(
        fields, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode()


def sealed(content: Content) -> Document:
    """Check the content and add its checksum.

    Raises
    ------
    ScorecardError
        The content breaks a rule that the loader would refuse it for.
    """
    try:
        checksum = sha256(canonical(content)).hexdigest()
    except ValueError as error:
        raise ScorecardError(f"cannot be written: {_one_line(str(error))}") from error
    return _understood(msgspec.to_builtins(content) | {"sha256": checksum})


def written(document: Document) -> bytes:
    """A file's bytes, laid out to be read: one line a table's list."""
    fields = msgspec.to_builtins(document)
    tables = fields.pop("tables")
    text = json.dumps({**fields, "tables": []}, ensure_ascii=False, allow_nan=False, indent=2)
    lines = ",\n    ".join(json.dumps(each, ensure_ascii=False, allow_nan=False) for each in tables)
    if lines:
        text = text.removesuffix("[]\n}") + f"[\n    {lines}\n  ]\n}}"
    return text.encode() + b"\n"


def read_scorecard(file: Path) -> Document:
    """Read a file.

    Raises
    ------
    ScorecardError
        It cannot be read, or is not to be trusted.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ScorecardError(f"{file}: {error.strerror}") from error
    try:
        return parse_scorecard(data)
    except ScorecardError as error:
        raise ScorecardError(f"{file}: {error}") from error


def parse_scorecard(data: bytes) -> Document:
    """Understand a file's bytes.

    Raises
    ------
    ScorecardError
        They are not to be trusted.
    """
    if len(data) > _MOST_BYTES:
        raise ScorecardError("is too long to be a scorecard")
    try:
        fields = json.loads(
            data.decode(), object_pairs_hook=_without_repetition, parse_constant=_no_number
        )
    except UnicodeDecodeError as error:
        raise ScorecardError("is not UTF-8") from error
    except RecursionError as error:
        raise ScorecardError("is nested too deep") from error
    except ValueError as error:
        raise ScorecardError(f"is not JSON: {_one_line(str(error))}") from error
    return _understood(fields)


def _understood(fields: Any) -> Document:
    _check_format(fields)
    try:
        document = msgspec.convert(fields, Document)
    except UnicodeEncodeError as error:  # a lone surrogate
        raise ScorecardError("is not UTF-8") from error
    except (msgspec.ValidationError, OverflowError) as error:
        raise ScorecardError(f"is no scorecard: {_one_line(str(error))}") from error
    _check_days(document)
    _check_tables(document.tables)
    try:
        checksum = sha256(canonical(document)).hexdigest()
    except UnicodeEncodeError as error:  # a lone surrogate
        raise ScorecardError("is not UTF-8") from error
    if checksum != document.sha256:
        raise ScorecardError("was changed: its content does not have the SHA-256 that it names")
    return document


def _check_format(fields: Any) -> None:
    if not isinstance(fields, dict):
        raise ScorecardError("is no scorecard: not a JSON object")
    told = fields.get("format")
    if type(told) is int and told > FORMAT:
        raise ScorecardError(f"has a newer format than {FORMAT}: update the program to read it")


def _check_days(document: Document) -> None:
    spans = [(document.training.first_day, document.training.last_day)]
    spans += [(each.first_day, each.last_day) for each in document.evaluation]
    for first, last in spans:
        for day in (first, last):
            if read_date(day) is None:
                raise ScorecardError(f"is no scorecard: {_one_line(day)} is no date")
        if first > last:
            raise ScorecardError(f"is no scorecard: {first} is after {last}")


def _check_tables(tables: Sequence[Table]) -> None:
    seen = set()
    for table in tables:
        name = table.pattern
        if name not in FEATURES:
            raise ScorecardError(f"has a pattern that is not known here: {_one_line(name)}")
        if name in seen:
            raise ScorecardError(f"has the pattern {name} twice")
        seen.add(name)
        if not _ascends(table.edges, strictly=True):
            raise ScorecardError(f"has edges out of order: {name}")
        if len(table.values) != len(table.edges) + 1:
            raise ScorecardError(f"has not one value more than edges: {name}")
        values = table.values if table.monotone != "falling" else table.values[::-1]
        if table.monotone is not None and not _ascends(values, strictly=False):
            raise ScorecardError(f"breaks its promise that points are {table.monotone}: {name}")


def _ascends(values: Iterable[float], *, strictly: bool) -> bool:
    return all(one < next_ or (one == next_ and not strictly) for one, next_ in pairwise(values))


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key is given twice")
    return fields


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _one_line(text: str) -> str:
    line = "".join(each if each.isprintable() else "?" for each in text)
    return line if len(line) <= 200 else f"{line[:200]}…"  # noqa: PLR2004 - a line
