"""The events as a JSON Schema, for whoever writes them: made from the types that read them.

It says what one event looks like. What needs a calendar or a clock it does not say: whether a
date exists, whether a zone does, whether a register lies in the future (SEMANTICS.md 1). And it
knows no half measures: of a register with one bad mark the others are taken all the same.
"""

from typing import Any, Final

import msgspec

from models.events.types import EVENT_TYPES, Event

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
IDENTITY: Final = "urn:gemist:school-event"

# What holds between fields, which a type cannot say.
_EXCEPTIONS_NEED_SESSIONS: Final = {
    "if": {"properties": {"reporting": {"const": "exceptions"}}, "required": ["reporting"]},
    "then": {
        "properties": {"sessions_per_day": {"type": "integer"}},
        "required": ["sessions_per_day"],
    },
}
_SNOOZE_NEEDS_UNTIL: Final = {
    "if": {"properties": {"action": {"const": "snooze"}}},
    "then": {"properties": {"until": {"type": "string"}}, "required": ["until"]},
}


def schema() -> dict[str, Any]:
    """Make the JSON Schema (draft 2020-12) of one event.

    >>> sorted(schema()["$defs"])[:4]
    ['Action', 'Calendar', 'Close', 'Default']
    """
    made = msgspec.json.schema(Event)
    definitions: dict[str, Any] = made["$defs"]
    definitions["School"] |= _EXCEPTIONS_NEED_SESSIONS
    definitions["Response"] |= _until_counts_with_some_actions(definitions["Response"])
    return {
        "$schema": DIALECT,
        "$id": IDENTITY,
        "title": "School event",
        "description": "One line of a school's log, told apart by `type`. Unknown fields are"
        " ignored; a field that may be missing may also be null, which is the same.",
        "oneOf": [{"$ref": f"#/$defs/{each.__name__}"} for each in EVENT_TYPES],
        "$defs": definitions,
    }


def _until_counts_with_some_actions(response: dict[str, Any]) -> dict[str, Any]:
    """Check ``until`` with ``snooze`` and ``reported``; with others it is an unknown field."""
    properties = response["properties"]
    until = properties["until"]
    counts = {
        "if": {"properties": {"action": {"enum": ["snooze", "reported"]}}},
        "then": {"properties": {"until": until}},
    }
    description = "a date; counts with snooze, which needs it, and with reported"
    return {
        "properties": properties | {"until": {"description": description, "default": None}},
        "allOf": [counts, _SNOOZE_NEEDS_UNTIL],
    }
