"""Logs in files published on ``school-events``, as a school's system would: keyed by school.

What names no school has no key and no partition, so it is not sent, and is said to whoever asked.
Everything else is sent as it stands: what is wrong with it the worker says, on ``rejects``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from config.settings import Kafka
from models.events.checks import is_id
from streams.arrival import partition_of
from streams.files import read_lines
from streams.head import read_head
from streams.topic_writer import Copied, TopicWriter
from streams.topics import EVENTS


@dataclass(slots=True)
class Published:
    """What became of some logs."""

    events: int = 0
    """Sent, and confirmed by all replicas."""
    homeless: list[tuple[str, int]] = field(default_factory=list)
    """File and line of what names no school."""


def publish(
    names: Iterable[str], writer: TopicWriter, kafka: Kafka, partitions: int, published: Published
) -> None:
    """Send the lines of logs in order, and count in ``published`` as they are confirmed.

    Raises `streams.files.UnreadableError` and `streams.broker_failure.BrokerUnreachableError`;
    what was counted until then is there, and to send it again does no harm.
    """
    for name in names:
        number = 0
        for lines in read_lines(name):
            records = _records(name, number, lines, partitions, published)
            writer.write(kafka.prefix + EVENTS, records)
            published.events += len(records)
            number += len(lines)


def _records(
    name: str, before: int, lines: Sequence[bytes], partitions: int, published: Published
) -> list[Copied]:
    records = []
    for number, line in enumerate(lines, before + 1):
        value = line.strip()
        school = read_head(value).school
        if isinstance(school, str) and is_id(school):
            key = school.encode()
            records.append(Copied(partition_of(key, partitions), key, value, None))
        elif value:
            published.homeless.append((name, number))
    return records
