"""An event written anew without what it says about some pupils."""

import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from models.events.checks import load_line
from models.events.types import BY_TAG, Mark
from streams.embedded.naming import ERASED, Mention
from streams.embedded.store import EventRow

_FREE_FIELDS: Final = ("name", "reason")
"""Of an event: they may hold anything. (A mark's reason is one of a list.)"""
_LEFT_OUT: Final = ""
"""Stands for a value of a mark that was refused, and is refused as it was."""
_LONG_AGO: Final = "1970-01-01"


def without_pupils(
    line: bytes, pupils: Collection[str], mention: Mention
) -> tuple[bytes | None, int]:
    """Write an event anew without some pupils whom it mentions; how many marks of theirs went.

    None where nothing is left. Only the fields of the contract are kept, for another may hold
    anything.
    """
    event = load_line(line)
    if event.get("pupil") in pupils:
        return None, 0
    kept = contract_fields(event, BY_TAG[event["type"]])
    for name in _FREE_FIELDS:
        kept.pop(name, None)
    kept["id"] = mention.without(event["id"].encode(), pupils).decode()
    marks = event.get("marks") or []
    if marks:
        kept["marks"] = [_fields_of(mark) for mark in marks if not _is_about(mark, pupils)]
    written = _written(kept)
    if marks and mention.without(written, pupils) != written:  # a refused value names one, or `by`
        kept["marks"] = [
            {name: _value(value, pupils, mention) for name, value in mark.items()}
            if isinstance(mark, dict)
            else mark
            for mark in kept["marks"]
        ]
        written = _written(kept)
    return written, len(marks) - len(kept.get("marks") or [])


def contract_fields(event: Mapping[str, Any], of: type[msgspec.Struct]) -> dict[str, Any]:
    """An event, or a mark, without fields that its type does not have."""
    return {name: value for name, value in event.items() if name in _names(of)}


def kept_enrolment(row: EventRow) -> EventRow:
    """An enrolment of nobody, in the place of one that is gone.

    A school that once sent an enrolment enrols nobody by their marks, whoever was erased since
    (SEMANTICS.md 1): so one enrolment stays in its log.
    """
    event = load_line(row.line)
    kept = {
        "type": row.type,
        "id": ERASED.decode(),
        "school": row.school,
        "recorded_at": event["recorded_at"],
        "pupil": ERASED.decode(),
        "from": _LONG_AGO,
        "until": _LONG_AGO,
        "status": "left",
    }
    return row._replace(line=_written(kept))


def _fields_of(mark: Any) -> Any:
    """A mark without other fields; what was refused since it is no text or number is left out."""
    if not isinstance(mark, dict):
        return _LEFT_OUT
    return {
        name: value if value is None or isinstance(value, str | int) else _LEFT_OUT
        for name, value in contract_fields(mark, Mark).items()
    }


def _value(value: Any, pupils: Collection[str], mention: Mention) -> Any:
    """A mark's value; a refused one that names a pupil is left out."""
    if not isinstance(value, str):
        return value
    text = value.encode()
    return value if mention.without(text, pupils) == text else _LEFT_OUT


def _written(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _is_about(mark: Any, pupils: Collection[str]) -> bool:
    pupil = mark.get("pupil") if isinstance(mark, dict) else None
    return isinstance(pupil, str) and pupil in pupils


@lru_cache(maxsize=16)
def _names(of: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(each.encode_name for each in msgspec.structs.fields(of)) | {"type"}
