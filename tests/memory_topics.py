"""A partition's topics in memory: what is written is there, all of a transaction or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from alerts.alert import Alert, State
from streams.head import read_head
from streams.position import Position
from streams.step import Erased
from streams.topics import ALERTS, PAGES, REJECTS
from streams.worker.partition_log import Ends, Kept, Outgoing, Told

MUCH_LATER_MS = 4_102_444_800_000
"""When events arrive: no sender's clock is ahead of it."""


@dataclass(frozen=True)
class Record:
    offset: int
    value: bytes | None
    key: bytes | None
    timestamp: int = MUCH_LATER_MS


class MemoryTopics:
    """One partition; a `PartitionLog` for whoever holds it."""

    def __init__(self) -> None:
        self.events: list[Record] = []
        self.written: dict[str, list[Outgoing]] = {ALERTS: [], REJECTS: [], PAGES: []}

    @property
    def alerts(self) -> list[Outgoing]:
        return self.written[ALERTS]

    def send(self, *lines: bytes) -> None:
        """Send events as schools do."""
        for line in lines:
            school = read_head(line).school
            key = school.encode() if isinstance(school, str) else b"?"
            self.events.append(Record(len(self.events), line, key))

    async def write(self, records: Sequence[Outgoing]) -> Ends:
        for each in records:
            self.written[each.topic].append(each)
        return self._ends()

    async def alerts_about(self, erased: Mapping[Erased, int]) -> list[bytes]:
        told = Told(erased)
        for each in self.alerts:
            assert each.key is not None
            told.take(each.key, each.value, each.headers)
        return told.keys

    async def close(self) -> None:
        pass

    def _ends(self) -> Ends:
        return Ends(len(self.written[ALERTS]), len(self.written[REJECTS]))

    def kept(self) -> Kept:
        kept = Kept(Position(events=0, alerts=0, rejects=0), self._ends())
        for each in self.written[PAGES]:
            assert each.key is not None
            kept.take_page(each.key, each.value)
        for each in self.written[ALERTS][kept.position.alerts :]:
            assert each.key is not None
            kept.take_alert(each.key, each.value, each.headers)
        for each in self.written[REJECTS][kept.position.rejects :]:
            kept.take_reject(each.headers)
        return kept

    def messages(self) -> list[Alert]:
        """Every message, in order; a tombstone counts as what it stands for: withdrawn."""
        found: dict[str, Alert] = {}
        messages = []
        for each in self.alerts:
            assert each.key is not None
            if each.value is None:
                was = found[each.key.decode()]
                alert = msgspec.structs.replace(was, state=State.WITHDRAWN)
            else:
                alert = msgspec.json.decode(each.value, type=Alert)
            found[alert.id] = alert
            messages.append(alert)
        return messages

    def rejects(self) -> list[tuple[int, str]]:
        """Offset and reason."""
        headers = [dict(each.headers) for each in self.written[REJECTS]]
        return [(int(each["offset"]), each["reason"].decode()) for each in headers]
