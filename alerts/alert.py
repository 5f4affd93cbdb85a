"""An alert, as told to people: the messages of ``alerts.ndjson`` (SEMANTICS.md 6 and 7)."""

from enum import StrEnum
from hashlib import sha1
from typing import Final
from uuid import NAMESPACE_URL

import msgspec
from msgspec import UNSET, UnsetType

from alerts.roles import Role
from alerts.rules import Kind
from models.events.instants import write_date
from models.scorecard.serving import Part

MOST_DATES: Final = 20
"""How many dates a reason names, the newest first."""


class State(StrEnum):
    """What became of an episode; none is final, the greatest version holds."""

    OPEN = "open"
    RAISED = "raised"
    EASED = "eased"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"

    @property
    def stands(self) -> bool:
        """Does an alert in this state stand?"""
        return self not in (State.CLOSED, State.WITHDRAWN)


Figure = int | float | None
"""A pattern's value: a quotient only where a scorecard looked at it."""
SCORECARD: Final = "scorecard"
"""The code of the reason that a score gives."""


class Why(StrEnum):
    """Reasons that are no rules: why an alert closed, and what a notice is about."""

    LEFT = "left"
    BACK = "back"
    QUIET = "quiet"
    COMMON_CAUSE = "common-cause"


class Cause(msgspec.Struct, frozen=True, gc=False):
    """One reason of an alert: a rule that holds, with what it looked at.

    Only the scorecard says ``parts``, greatest first, and ``simulated`` where it was trained on
    simulated pupils.
    """

    code: str
    revision: str
    figures: dict[str, Figure]
    dates: tuple[str, ...]
    parts: tuple[Part, ...] | UnsetType = UNSET
    simulated: bool | UnsetType = UNSET


class Alert(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message about one alert."""

    id: str
    school: str
    pupil: str | None
    group: str | None
    kind: Kind
    state: State
    tier: int
    opened_on: str
    as_of: str
    mentor: str | None
    audience: list[Role]
    score: float | None
    reasons: tuple[Cause, ...]
    replaces: str | None
    version: int


_NAMESPACE: Final = NAMESPACE_URL.bytes
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""RFC 9562: the two uppermost bits of a UUID's ninth byte are 10. (`uuid.uuid5` takes five times
as long, and a difference of a whole country's morning makes many.)"""


def alert_id(school: str, about: str | None, kind: Kind, opened_on: int) -> str:
    """Name an alert: the same episode has the same id in every engine.

    ``about`` is a pupil, a group, or None for the whole school.

    >>> alert_id("A1", None, Kind.GROUP, 739523)
    'cf3698a5-6f05-5b99-832a-c31229eb0439'
    """
    name = f"gemist/{school}/{about or ''}/{kind.value}/{write_date(opened_on)}"
    digest = sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    variant = _VARIANT[digest[16]]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


encode_alert: Final = msgspec.json.Encoder().encode
decode_alert: Final = msgspec.json.Decoder(Alert).decode
"""Raises `msgspec.DecodeError`."""
