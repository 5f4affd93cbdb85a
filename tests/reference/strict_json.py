"""JSON as SEMANTICS.md 1 wants it: strict, and never an exception but ``ValueError``."""

import json
from collections.abc import Iterable

MAX_NESTING = 512  # ours: the text names no limit, but a line must never end the program
LONGEST_INTEGER = 20  # characters: what is longer is in no field's range


def parse(line: bytes) -> object:
    """The value a line holds; ``ValueError`` where it is no strict JSON."""
    text = line.decode("utf-8")
    if text.startswith("\ufeff"):
        raise ValueError("byte order mark")
    if text.count("{") + text.count("[") > MAX_NESTING and _nesting(text) > MAX_NESTING:
        raise ValueError("nested too deeply")
    value: object = json.loads(
        text,
        parse_int=_integer,
        parse_constant=_refuse,
        object_pairs_hook=_object,
    )
    _refuse_lone_surrogates([value])
    return value


def _integer(digits: str) -> object:
    """An int; one too long for any field becomes a float, which no field takes."""
    return int(digits) if len(digits) <= LONGEST_INTEGER else float("inf")


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of a key given twice the last counts; yet all of it has to be strict."""
    for key, value in pairs:
        _refuse_lone_surrogates([key, value])
    return dict(pairs)


def _refuse_lone_surrogates(values: Iterable[object]) -> None:
    """Strings and what arrays hold; objects were looked at when they were made."""
    for value in values:
        if isinstance(value, list):
            _refuse_lone_surrogates(value)
        elif isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError("lone surrogate")


def _nesting(text: str) -> int:
    """The greatest depth of brackets outside strings."""
    depth = deepest = 0
    in_string = escaped = False
    for letter in text:
        if escaped:
            escaped = False
        elif in_string:
            escaped = letter == "\\"
            in_string = letter != '"'
        elif letter == '"':
            in_string = True
        elif letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]}":
            depth -= 1
    return deepest
