"""An alert, as told to people: the messages of ``alerts.ndjson`` (SEMANTICS.md 6 and 7)."""

from enum import StrEnum
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from alerts.roles import Role
from alerts.rules import Kind
from models.events.instants import write_date

MOST_DATES: Final = 20
"""How many dates a reason names, the newest first."""


class State(StrEnum):
    """What became of an episode; none is final, the greatest version holds."""

    OPEN = "open"
    RAISED = "raised"
    EASED = "eased"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Why(StrEnum):
    """Reasons that are no rules: why an alert closed, and what a notice is about."""

    LEFT = "left"
    BACK = "back"
    QUIET = "quiet"
    COMMON_CAUSE = "common-cause"


class Cause(msgspec.Struct, frozen=True):
    """One reason of an alert: a rule that holds, with what it looked at."""

    code: str
    revision: str
    figures: dict[str, int | None]
    dates: tuple[str, ...]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
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

    def as_dict(self) -> dict[str, Any]:
        """Give its fields as JSON has them."""
        return dict(msgspec.to_builtins(self))


_NAMESPACE: Final[UUID] = NAMESPACE_URL


def alert_id(school: str, about: str | None, kind: Kind, opened_on: int) -> str:
    """Name an alert: the same episode has the same id in every engine.

    ``about`` is a pupil, a group, or None for the whole school.

    >>> alert_id("A1", None, Kind.GROUP, 739523)
    'cf3698a5-6f05-5b99-832a-c31229eb0439'
    """
    day = write_date(opened_on)
    return str(uuid5(_NAMESPACE, f"gemist/{school}/{about or ''}/{kind.value}/{day}"))
