"""What a door needs of the log behind it: to keep events, and to say what came in.

A log is the embedded node's (SQLite) or Kafka's topic; the door's contract suite runs on each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models.events.checks import Reject


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event as it came through a door, on one line."""

    line: bytes
    school: str
    """The event's; where it cannot be read or is not the sender's, the sender's own."""
    refused: Reject | None = None
    """Why the door refuses it; it is kept, but goes no further."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one arrival: accepted, perhaps without some of its marks, or refused."""

    accepted: bool
    rejects: tuple[Reject, ...] = ()
    """Their positions say nothing."""


@dataclass(frozen=True, slots=True)
class ReceivedReject:
    """A refused line or mark of one school, as the one who sent it may see it."""

    position: int
    arrived_at: int
    """Seconds since 1970."""
    reason: str
    field: str | None
    value: str
    event: str | None
    """The event's id, where it can be read."""


@dataclass(frozen=True, slots=True)
class Received:
    """What came in from one school on one date of its own time zone."""

    school: str
    date: str
    timezone: str
    events: dict[str, int] = field(default_factory=dict)
    """Accepted, by type; repetitions count again."""
    marks: int = 0
    rejected: int = 0
    """Refused lines and marks."""
    rejects: tuple[ReceivedReject, ...] = ()
    """The newest ones, of all that were refused."""
    last_arrived_at: int | None = None


class BusyError(Exception):
    """Too much waits to be kept: come again after some seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too much is waiting; come again in {retry_after} s")
        self.retry_after = retry_after


class UnkeptError(Exception):
    """The log cannot keep anything now; nothing was acknowledged. Says why, in a line."""

    def __init__(self, why: str, *, is_full: bool) -> None:
        super().__init__(why)
        self.is_full = is_full
        """Is there no room left, rather than something else wrong?"""


class Log(Protocol):
    """A log that a door writes to."""

    async def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """Keep arrivals, in order, and come back when they are durable: an outcome each.

        Raises `BusyError` and `UnkeptError`; then nothing of them was kept, or it does no harm
        to send them again.
        """
        ...

    async def received(self, school: str, date: str) -> Received:
        """Say what came in from a school on a date of its time zone."""
        ...

    def unready(self) -> str | None:
        """Why nothing can be taken now, in a line; None when all is well."""
        ...
