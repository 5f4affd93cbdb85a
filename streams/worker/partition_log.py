"""What a partition's books need of the topics: what is there when it is taken over, and writing.

Kafka's is `streams.worker.kafka_log`; a test has one in memory, which forgets nothing either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from alerts.alert import Alert, decode_alert
from models.page_format import PageKey, check_version
from streams.position import KEY, Position, read_position
from streams.step import Erased
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


@dataclass(frozen=True, slots=True)
class Heard:
    """What a broker last said of a partition of ``school-events``."""

    end: int
    """The offset that follows the newest record."""
    at: float
    """When, in seconds since 1970."""


class _About(msgspec.Struct):
    """As much of an alert as says about whom it is."""

    school: str
    pupil: str | None


_decode_about: Final = msgspec.json.Decoder(_About).decode


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
    has_position: bool = False
    """Did anybody ever write down where its pages end?"""
    first_told: int | None = None
    """The least offset in ``school-events`` up to which any of them knows."""
    told_until: int = 0
    """The greatest offset in ``school-events`` up to which any of them knows."""
    rejected_until: int = 0
    """The offset that follows the newest event which is on ``rejects``."""

    def take_page(self, key: bytes, value: bytes | None) -> None:
        """Take a record of ``pages``.

        Raises `models.page_format.UnreadablePageError` and `msgspec.DecodeError`.
        """
        if key == KEY and value is not None:
            self.position, self.has_position = read_position(value), True
            self.rejected_until = max(self.rejected_until, self.position.refused)
            return
        page = PageKey.read(key.decode())
        if value is None:
            self.pages.get(page.school, {}).pop(page, None)
        else:
            check_version(page, value)  # before anything of the partition is written
            self.pages.setdefault(page.school, {})[page] = value

    def take_alert(self, key: bytes, value: bytes | None, headers: Headers) -> None:
        """Take a record of ``alerts`` behind the position; without our header it is no worker's."""
        until = dict(headers).get(EVENTS_OFFSET)
        if until is not None:
            offset = int(until)
            self.first_told = offset if self.first_told is None else min(self.first_told, offset)
            self.told_until = max(self.told_until, offset)
            self.told[key.decode()] = None if value is None else decode_alert(value)

    def take_reject(self, headers: Headers) -> None:
        """Take a record of ``rejects`` behind the position."""
        offset = dict(headers).get(OFFSET)
        if offset is not None:
            self.rejected_until = max(self.rejected_until, int(offset) + 1)


class Told:
    """Gathers which of the alerts that are read in order were told about erased pupils.

    ``erased``: pupils with the offset of the event by which each was erased. What was told after it
    is about what came after it, and stays.
    """

    def __init__(self, erased: Mapping[Erased, int]) -> None:
        self._erased = erased
        self._keys: dict[bytes, None] = {}

    @property
    def keys(self) -> list[bytes]:
        """Keys of those that were not deleted since."""
        return list(self._keys)

    def take(self, key: bytes, value: bytes | None, headers: Headers) -> None:
        """Take a record of ``alerts``; raises `msgspec.DecodeError` where it is no alert."""
        self._keys.pop(key, None)
        if value is None:
            return
        alert = _decode_about(value)
        erased_at = self._erased.get((alert.school, alert.pupil), -1)
        if int(dict(headers).get(EVENTS_OFFSET, 0)) <= erased_at:
            self._keys[key] = None


class PartitionLog(Protocol):
    """The one writer of a partition's ``alerts``, ``rejects`` and ``pages``."""

    async def write(self, records: Sequence[Outgoing]) -> Ends:
        """Write records, all or none, and come back when they can be read.

        Raises whatever says that they may not be there; then this process must end.
        """
        ...

    async def alerts_about(self, erased: Mapping[Erased, int]) -> list[bytes]:
        """Give the keys of what was told about pupils before an event; see `Told`."""
        ...

    async def close(self) -> None:
        """Write no more."""
        ...
