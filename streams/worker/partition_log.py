"""What a partition's books need of the topics: what is there when it is taken over, and writing.

Kafka's is `streams.worker.kafka_log`; a test has one in memory, which forgets nothing either.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from alerts.alert import Alert, decode_alert
from models.page_format import PageKey
from streams.position import KEY, Position, read_position
from streams.topics import EVENTS_OFFSET, OFFSET

Headers = Sequence[tuple[str, bytes]]


class Record(Protocol):
    """What is needed of a record of ``school-events``; ``timestamp`` is in milliseconds."""

    @property
    def offset(self) -> int: ...  # noqa: D102 - a field

    @property
    def timestamp(self) -> int: ...  # noqa: D102

    @property
    def key(self) -> bytes | None: ...  # noqa: D102

    @property
    def value(self) -> bytes | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be written."""

    topic: str
    """Without the prefix."""
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Ends:
    """The offsets that follow what this partition's topics hold."""

    alerts: int
    rejects: int


@dataclass(slots=True)
class Kept:
    """What a partition's topics held when it was taken over."""

    position: Position
    """Where its pages end; without any, the beginning of each topic."""
    ends: Ends
    pages: dict[str, dict[PageKey, bytes]] = field(default_factory=dict)
    """By school."""
    told: dict[str, Alert | None] = field(default_factory=dict)
    """The newest message of each alert that was told since; None for one that was deleted."""
    told_until: int = 0
    """The greatest offset in ``school-events`` up to which any of them knows."""
    rejected_until: int = 0
    """The offset that follows the newest event which is on ``rejects``."""

    def take_page(self, key: bytes, value: bytes | None) -> None:
        """Take a record of ``pages``.

        Raises `models.page_format.UnreadablePageError` and `msgspec.DecodeError`.
        """
        if key == KEY and value is not None:
            self.position = read_position(value)
            self.rejected_until = max(self.rejected_until, self.position.refused)
            return
        page = PageKey.read(key.decode())
        if value is None:
            self.pages.get(page.school, {}).pop(page, None)
        else:
            self.pages.setdefault(page.school, {})[page] = value

    def take_alert(self, key: bytes, value: bytes | None, headers: Headers) -> None:
        """Take a record of ``alerts`` behind the position; without our header it is no worker's."""
        until = dict(headers).get(EVENTS_OFFSET)
        if until is not None:
            self.told_until = max(self.told_until, int(until))
            self.told[key.decode()] = None if value is None else decode_alert(value)

    def take_reject(self, headers: Headers) -> None:
        """Take a record of ``rejects`` behind the position."""
        offset = dict(headers).get(OFFSET)
        if offset is not None:
            self.rejected_until = max(self.rejected_until, int(offset) + 1)


class PartitionLog(Protocol):
    """The one writer of a partition's ``alerts``, ``rejects`` and ``pages``."""

    async def write(self, records: Sequence[Outgoing]) -> Ends:
        """Write records, all or none, and come back when they can be read.

        Raises whatever says that they may not be there; then this process must end.
        """
        ...

    async def close(self) -> None:
        """Write no more."""
        ...
