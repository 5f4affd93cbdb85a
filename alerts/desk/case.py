"""A case: an alert's life at the desk, with what was told of it and what was done."""

from dataclasses import dataclass, field
from enum import StrEnum

from alerts.alert import Alert
from alerts.alert import State as AlertState
from alerts.rules import Kind
from models.events.types import Action


class CaseState(StrEnum):
    """DESIGN.md section 7: what becomes of a case by what is told of it and what is done."""

    NEW = "new"
    SEEN = "seen"
    IN_HAND = "in_hand"
    RESTING = "resting"
    DONE = "done"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Done:
    """One response of the school's log."""

    event: str
    action: Action
    until: str | None
    by: str | None
    recorded_at: int
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands, with its newest message."""

    case: int
    """Its number in this casebook; other casebooks of the same log may number it otherwise."""
    school: str
    pupil: str | None
    group: str | None
    mentor: str | None
    kind: Kind
    state: CaseState
    alert_state: AlertState
    tier: int
    """Of the newest message."""
    highest_tier: int
    opened_on: str
    as_of: str
    first_told_at: int
    new_since: int | None
    """When it became new, or new again by a rise; None while it is not new."""
    resting_until: str | None
    passed_on_at: int | None
    """When a person first said `referred` or `reported`."""
    newest: Alert
    done: tuple[Done, ...] = field(default=())
    """Oldest first."""
