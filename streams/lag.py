"""How far the pages are behind the events, as anybody can read it from the topics."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from streams.position import KEY, Position, read_position
from streams.topic_reader import TopicReader
from streams.topics import EVENTS, PAGES

_FIRST_LOOK: Final = 16
"""A checkpoint ends with the position, so it is nearly always among the newest few records."""


@dataclass(frozen=True, slots=True)
class Lag:
    """What a partition's pages do not hold yet."""

    partition: int
    position: Position | None
    """None: no worker has ended a checkpoint of it."""
    begin: int
    """Offset of the oldest event that there still is."""
    end: int
    """Offset that follows the newest event."""
    oldest_ms: int | None
    """When the first event arrived that no page holds (since 1970); None where there is none."""

    @property
    def unread(self) -> int:
        """How many offsets there are from that event to the end."""
        return max(0, self.end - self.first_unread)

    @property
    def first_unread(self) -> int:
        """Offset of the first event that no page holds, of those that there still are."""
        return max(self.begin, 0 if self.position is None else self.position.events)

    @property
    def missed(self) -> int:
        """How many events retention removed before a worker read them."""
        return 0 if self.position is None else max(0, self.begin - self.position.events)

    def seconds(self, now: float) -> float:
        """How long the first of them has waited."""
        return 0.0 if self.oldest_ms is None else max(0.0, now - self.oldest_ms / 1000)


def read_lag(reader: TopicReader, prefix: str, partitions: int) -> Iterator[Lag]:
    """Say of each partition how far its pages are; ``reader`` reads what is committed.

    Raises `streams.broker_failure.BrokerUnreachableError`, and `msgspec.DecodeError` where the
    record of a position is none.
    """
    events = prefix + EVENTS
    begins, ends = reader.begins(events, partitions), reader.ends(events, partitions)
    for partition, position in enumerate(read_positions(reader, prefix, partitions)):
        lag = Lag(partition, position, begins[partition], ends[partition], None)
        oldest_ms = _arrived_ms(reader, events, partition, lag.first_unread, lag.end)
        yield Lag(partition, position, lag.begin, lag.end, oldest_ms)


def read_positions(reader: TopicReader, prefix: str, partitions: int) -> Iterator[Position | None]:
    """Give the newest position of each partition, read from the end of its pages backwards."""
    pages = prefix + PAGES
    begins, ends = reader.begins(pages, partitions), reader.ends(pages, partitions)
    for partition in range(partitions):
        yield _newest_position(reader, pages, partition, begins[partition], ends[partition])


def _newest_position(
    reader: TopicReader, pages: str, partition: int, begin: int, end: int
) -> Position | None:
    look, until = _FIRST_LOOK, end
    while until > begin:
        start = max(begin, until - look)
        newest = None
        for records in reader.records(pages, partition, start, until):
            for record in records:
                if record.key == KEY:
                    newest = record.value
        if newest is not None:
            return read_position(newest)
        look, until = look * 8, start
    return None


def _arrived_ms(
    reader: TopicReader, events: str, partition: int, offset: int, end: int
) -> int | None:
    for records in reader.records(events, partition, offset, end):
        arrived: int = records[0].timestamp
        return arrived
    return None
