"""As much of an event as a live door reads: whose it is, which, and when it was recorded.

Doors refuse by what they read here, and the event is applied as `models.events.checks` reads it;
so the two must never read two different schools in one line. What is quick to read is read by
msgspec; a line that only the slow way can read is read in the slow way.
"""

from typing import Any, Final

import msgspec

from models.events.checks import read_line

CLOCK_SECONDS: Final = 600
"""SEMANTICS.md 1: how far ahead of its arrival an event may say that it was recorded."""


class Head(msgspec.Struct, gc=False):
    """The fields as they came: anything, or None."""

    school: Any = None
    recorded_at: Any = None
    id: Any = None


_decode: Final = msgspec.json.Decoder(Head).decode
_NOTHING: Final = Head()


def read_head(line: bytes) -> Head:
    """Read the head of an event; an empty one where the line is no object that can be read.

    >>> read_head(b'{"type":"close","id":"k1","school":"01AB"}').school
    '01AB'
    >>> read_head(b"[]")
    Head(school=None, recorded_at=None, id=None)
    """
    try:
        return _decode(line)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        event, _ = read_line(line, 0)
    return _NOTHING if event is None else Head(event.school, event.recorded_at, event.id)


def is_clock_ahead(recorded: int, arrived_ms: int) -> bool:
    """Say whether an event was recorded (in seconds) too long after it arrived (in milliseconds).

    Both are since 1970. Such a clock would win every tie for years.
    """
    return recorded * 1000 - arrived_ms > CLOCK_SECONDS * 1000
