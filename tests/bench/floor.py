"""The floor: reading a log and decoding it with msgspec, and nothing else.

No checks of fields beyond their JSON type, no position of a line that fails: less than any honest
reader of events must do.
"""

import sys
from pathlib import Path
from typing import Literal

import msgspec

_BLOCK_BYTES = 1 << 20


class Mark(msgspec.Struct, gc=False):
    pupil: str
    status: str
    reason: str | None = None
    minutes_missed: int | None = None


class Event(msgspec.Struct, gc=False):
    type: Literal["school", "enrolment", "calendar", "register", "close", "response", "erase"]
    id: str
    school: str
    recorded_at: str
    date: str | None = None
    session: int | None = None
    minutes: int | None = None
    group: str | None = None
    by: str | None = None
    default: str | None = None
    pupil: str | None = None
    marks: list[Mark] = []


def decode(path: Path) -> tuple[int, int]:
    """Events and marks of a file."""
    events = marks = 0
    decoder = msgspec.json.Decoder(Event)
    with path.open("rb") as file:
        rest = b""
        while block := file.read(_BLOCK_BYTES):
            whole, end, rest = (rest + block).rpartition(b"\n")
            for event in decoder.decode_lines(whole + end):
                events += 1
                marks += len(event.marks)
    return events, marks


if __name__ == "__main__":
    decode(Path(sys.argv[1]))
