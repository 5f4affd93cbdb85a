"""How far a partition's pages are: the record that every checkpoint ends with.

It stands on the topic ``pages`` beside the pages it belongs to, under a key that no page has, as
JSON, so that a person can read it.
"""

from typing import Final

import msgspec

from models.page_format import FORMAT_VERSION, UnreadablePageError

POSITION_FORMAT: Final = 1
"""Greater by one with every change that an older program would not understand; fields that are
added with a default are none."""
KEY: Final = b"position"


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where to go on, in each topic, after what the pages hold."""

    events: int
    """Offset in ``school-events`` before which every event is in its school's pages."""
    alerts: int
    """Offset in ``alerts`` after which come messages that no page knows of."""
    rejects: int
    """Offset in ``rejects`` after which come those of events that were not refused yet."""
    refused: int = 0
    """Offset in ``school-events`` before which all that is refused is on ``rejects``."""
    ahead: dict[str, int] = {}
    """Schools whose pages hold more: school → offset before which its events are in them."""
    came: tuple[tuple[str, int, int], ...] = ()
    """School, date (ordinal) and when its newest register arrived (seconds since 1970), of dates
    that nobody closed yet."""
    log: str = ""
    """The cluster's own id of the ``school-events`` whose offsets these are; empty: not known."""
    pages: int = 0
    """The greatest format version that its pages may have; 0: not said."""
    format: int = POSITION_FORMAT


class _Formats(msgspec.Struct):
    pages: int = 0
    format: int = 1


def write_position(position: Position) -> bytes:
    """Write it, as the value of a record."""
    return msgspec.json.encode(position)


def read_position(value: bytes) -> Position:
    """Read it; raises `models.page_format.UnreadablePageError`.

    That is where it is none, or where it, or a page beside it, is of a newer program.
    """
    try:
        return _read_position(value)
    except msgspec.DecodeError as error:
        raise UnreadablePageError("its position cannot be read") from error


def _read_position(value: bytes) -> Position:
    told = msgspec.json.decode(value, type=_Formats)
    for what, version, known in (
        ("position", told.format, POSITION_FORMAT),
        ("pages", told.pages, FORMAT_VERSION),
    ):
        if version > known:
            raise UnreadablePageError(
                f"{what} of format version {version}, written by a newer gemist;"
                f" this one reads up to {known}"
            )
    return msgspec.json.decode(value, type=Position)
