"""``kafka://``: the events on Kafka as a log that replay reads, a partition after the other.

Whatever the door of a live engine refuses is refused here too, by the key, the partition and the
timestamp of its record. So a replay of the topic and the worker's alerts can be compared. A
school is in one partition, so the order of partitions says nothing about it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from config.settings import Kafka, SettingsError
from models.events.checks import VALUE_BEGINNING, Reject
from streams.arrival import refusal
from streams.files import FILE_SHIFT, Progress
from streams.replay import Portion
from streams.topic_reader import TopicReader
from streams.topics import EVENTS

SCHEME: Final = "kafka://"
_ADDRESS: Final = re.compile(
    r"([^\s:,/@]+:\d{1,5}(?:,[^\s:,/@]+:\d{1,5})*)(?:/([A-Za-z0-9._-]{0,100}))?"
)


def addressed(name: str, kafka: Kafka) -> Kafka:
    """Settings for an address; the way there and the password are still those of the settings.

    Raises `SettingsError` for what is no address.

    >>> addressed("kafka://a:1,b:2/trial.", Kafka()).prefix
    'trial.'
    >>> addressed("kafka://", Kafka(prefix="set.")).prefix
    'set.'
    """
    if name == SCHEME:
        return kafka
    found = _ADDRESS.fullmatch(name.removeprefix(SCHEME))
    if found is None:  # what stands there may hold a password, so it is not repeated
        raise SettingsError("write kafka://HOST:PORT/PREFIX, or kafka:// for what settings say")
    return msgspec.structs.replace(kafka, bootstrap=found[1], prefix=found[2] or "")


class EventTopic:
    """The events up to where they end now."""

    def __init__(self, reader: TopicReader, kafka: Kafka, partitions: int) -> None:
        self._reader = reader
        self._topic = kafka.prefix + EVENTS
        self._begins = reader.begins(self._topic, partitions)
        self._ends = reader.ends(self._topic, partitions)
        self.names = [
            f"{SCHEME}{kafka.bootstrap}/{self._topic}/{partition}"
            for partition in range(partitions)
        ]
        """One for each partition, as ``rejects.ndjson`` names it; offsets are its lines."""

    def read(self, names: Sequence[str], progress: Progress) -> Iterator[Portion]:
        """Read all partitions; raises `streams.broker_failure.BrokerUnreachableError`."""
        bounds = zip(self._begins, self._ends, strict=True)
        for partition, (begin, end) in enumerate(bounds):
            for records in self._reader.records(self._topic, partition, begin, end):
                yield _portion(records, partition, len(names))
                progress(sum(len(record.value or b"") for record in records))


def _portion(records: Sequence[Any], partition: int, partitions: int) -> Portion:
    lines, positions, refused = [], [], []
    for record in records:
        position = (partition << FILE_SHIFT) + record.offset
        value = record.value
        reason = refusal(record.key, value, partition, partitions, record.timestamp)
        if reason is None:
            lines.append(value)
            positions.append(position)
        else:
            beginning = (value or b"")[:VALUE_BEGINNING].decode("utf-8", "replace")
            refused.append(Reject(position, reason, None, beginning))
    return Portion(lines, positions, refused)
