"""Other topics with another number of partitions, in which everything goes on as it was.

A record's partition is its school modulo their number, so partitions cannot be added to topics in
use: a school's next events would come to another worker than its book. What can be done, while
nobody sends and no worker runs, is to copy everything to topics of another prefix, each school to
the partition that is its own there:

- the events, byte for byte with their keys, each school's in order. **They keep the time at which
  they arrived**, which `streams.arrival` judges senders' clocks by and retention goes by; so the
  new topic takes times from its sender until all is copied, and only then gives them itself. They
  are copied in the order of arrival, since Kafka lets go of whole stretches of a partition by the
  newest time in them. What the door refused (it is on ``rejects``) is not copied: in another
  partition it might be let in.
- the newest page of each key, and a position that says that these hold all events. Books are not
  built from the events again: retention may have removed what a book still knows, and an alert's
  version counts events, so those of a shorter log would not be heard.
- the newest message of each alert. ``rejects`` begins empty.

``rejects`` is made last, and nothing starts without it; so a copy that was cut short is no danger.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain, islice
from operator import attrgetter
from typing import Any, Final

import msgspec
from kafka.admin import ConfigResource, KafkaAdminClient
from kafka.errors import CoordinatorNotAvailableError

from models.page_format import FORMAT_VERSION, UnreadablePageError
from streams.arrival import partition_of, refusal
from streams.lag import read_lag
from streams.page_topic import PartitionPages, read_page_topic
from streams.position import KEY, Position, write_position
from streams.topic_reader import TopicReader
from streams.topic_writer import Copied, TopicWriter
from streams.topics import (
    ALERTS,
    EVENTS,
    EVENTS_OFFSET,
    PAGES,
    REJECTS,
    TOPICS,
    WORKER_NAME,
    Topic,
    TopicsError,
    create_topic,
    partition_counts,
    partitions_of_all,
)

_AT_ONCE: Final = 1000
_COORDINATOR_SECONDS: Final = (0.5, 1, 2, 4)
_SENDERS_TIME: Final = {"message.timestamp.type": "CreateTime"}


@dataclass(slots=True)
class Grown:
    """What was copied."""

    events: int = 0
    refused: int = 0
    schools: int = 0
    alerts: int = 0
    ends: dict[str, list[int]] = field(default_factory=dict)
    """By topic (its name here): the offset after what was copied, by partition."""


@dataclass(frozen=True, slots=True)
class Growing:
    """From where, and to where."""

    prefix: str
    to_prefix: str
    partitions: int


class _OfSchool(msgspec.Struct):
    school: str


def check_that_all_rests(admin: KafkaAdminClient, reader: TopicReader, growing: Growing) -> int:
    """Make sure that all events are in pages, and nobody is at work; how many partitions there are.

    ``reader`` reads what is committed. Raises `TopicsError` where something has to be done first.
    """
    if growing.to_prefix == growing.prefix:
        raise TopicsError("the new topics need another prefix than those that there are")
    partitions = partitions_of_all(admin, growing.prefix, *(topic.name for topic in TOPICS))
    there = partition_counts(admin, growing.to_prefix)
    if there:
        raise TopicsError(
            f"{growing.to_prefix + next(iter(there))} is there: choose another prefix, or delete"
            " what an earlier attempt left"
        )
    if _has_members(admin, growing.prefix + WORKER_NAME):
        raise TopicsError("a worker runs: stop all of them first")
    try:
        lags = list(read_lag(reader, growing.prefix, partitions))
    except UnreadablePageError as error:
        raise TopicsError(f"{growing.prefix + PAGES}: {error}") from error
    for lag in lags:
        if lag.oldest_ms is not None:
            raise TopicsError(
                f"partition {lag.partition} has {lag.unread} events that no page holds: stop who"
                " sends, and let a worker read to the end first (gemist topics lag)"
            )
    return partitions


def _has_members(admin: KafkaAdminClient, group: str) -> bool:
    """Ask for a group's members; the first question makes a new cluster get ready for groups."""
    for seconds in _COORDINATOR_SECONDS:
        try:
            return bool(admin.describe_groups([group])[group]["members"])
        except CoordinatorNotAvailableError:
            time.sleep(seconds)
    return bool(admin.describe_groups([group])[group]["members"])


def grow(
    admin: KafkaAdminClient,
    events: TopicReader,
    committed: TopicReader,
    writer: TopicWriter,
    growing: Growing,
) -> Grown:
    """Copy all topics, after `check_that_all_rests`.

    ``events`` reads all, ``committed`` what is committed. Raises `TopicsError` where something
    moved meanwhile, or cannot be read; `streams.broker_failure.BrokerUnreachableError`. What was
    copied until then is of no use, and has to be deleted.
    """
    partitions = check_that_all_rests(admin, committed, growing)
    rest = list(_rest(committed, growing, partitions))
    grown = Grown()
    _make(admin, growing, EVENTS, _SENDERS_TIME)
    grown.ends[EVENTS] = _copy_events(events, writer, growing, rest, grown)
    _set_arrival_time(admin, growing)
    _make(admin, growing, ALERTS)
    grown.ends[ALERTS] = _copy_alerts(committed, writer, growing, partitions, grown)
    _make(admin, growing, PAGES)
    _copy_pages(committed, writer, growing, partitions, grown)
    if list(_rest(committed, growing, partitions)) != rest:
        raise TopicsError(
            f"something was written to {growing.prefix + EVENTS} meanwhile: delete the topics"
            f" {growing.to_prefix}…, stop who sends, and begin again"
        )
    _make(admin, growing, REJECTS)
    return grown


def _rest(reader: TopicReader, growing: Growing, partitions: int) -> Iterator[tuple[int, int]]:
    """From which offset to before which there are events, by partition."""
    topic = growing.prefix + EVENTS
    yield from zip(reader.begins(topic, partitions), reader.ends(topic, partitions), strict=True)


def _make(
    admin: KafkaAdminClient, growing: Growing, name: str, other: Mapping[str, str] | None = None
) -> None:
    topic = next(topic for topic in TOPICS if topic.name == name)
    settings = {**topic.settings, **(other or {})}
    create_topic(admin, Topic(name, settings), growing.to_prefix, growing.partitions)


def _set_arrival_time(admin: KafkaAdminClient, growing: Growing) -> None:
    key = "message.timestamp.type"
    wanted = next(topic for topic in TOPICS if topic.name == EVENTS).settings[key]
    admin.alter_configs([ConfigResource("TOPIC", growing.to_prefix + EVENTS, {key: wanted})])


def _copy_events(
    reader: TopicReader,
    writer: TopicWriter,
    growing: Growing,
    rest: list[tuple[int, int]],
    grown: Grown,
) -> list[int]:
    ends = [0] * growing.partitions
    read = reader.side_by_side(growing.prefix + EVENTS, dict(enumerate(rest)))
    in_order = merge(*map(chain.from_iterable, read), key=attrgetter("timestamp"))
    while portion := list(islice(in_order, _AT_ONCE)):
        copied = [
            _copy(record, partition_of(record.key, growing.partitions), record.headers)
            for record in portion
            if not _is_refused(record, len(rest))
        ]
        writer.write(growing.to_prefix + EVENTS, copied)
        for each in copied:
            ends[each.partition] += 1
        grown.events += len(copied)
        grown.refused += len(portion) - len(copied)
    return ends


def _is_refused(record: Any, partitions: int) -> bool:
    return record.key is None or bool(
        refusal(record.key, record.value, record.partition, partitions, record.timestamp)
    )


def _copy(record: Any, partition: int, headers: Any) -> Copied:
    return Copied(partition, record.key, record.value, record.timestamp, tuple(headers))


def _copy_alerts(
    reader: TopicReader, writer: TopicWriter, growing: Growing, partitions: int, grown: Grown
) -> list[int]:
    """Copy the newest message of each alert, as one that follows all events."""
    ends = [0] * growing.partitions
    for records in reader.whole(growing.prefix + ALERTS, partitions):
        newest: dict[bytes, Any] = {}
        for record in records:
            newest.pop(record.key, None)
            if record.value is not None:
                newest[record.key] = record
        copied = []
        for record in newest.values():
            school = msgspec.json.decode(record.value, type=_OfSchool).school
            there = partition_of(school.encode(), growing.partitions)
            end = str(grown.ends[EVENTS][there]).encode()
            headers = [*(each for each in record.headers if each[0] != EVENTS_OFFSET)]
            copied.append(_copy(record, there, [*headers, (EVENTS_OFFSET, end)]))
            ends[there] += 1
        _write_in_portions(writer, growing.to_prefix + ALERTS, copied)
        grown.alerts += len(copied)
    return ends


def _copy_pages(
    reader: TopicReader, writer: TopicWriter, growing: Growing, partitions: int, grown: Grown
) -> None:
    """Copy the newest pages, then a position for each partition."""
    topic = growing.to_prefix + PAGES
    came: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    for pages in read_page_topic(reader, growing.prefix, partitions):
        if pages.unreadable:
            raise TopicsError(f"{growing.prefix + PAGES}: {pages.unreadable[0]}")
        for each in () if pages.position is None else pages.position.came:
            came[partition_of(each[0].encode(), growing.partitions)].append(each)
        _write_in_portions(writer, topic, _pages(pages, growing.partitions))
        grown.schools += len(pages.schools)
    positions = [
        Position(
            events=grown.ends[EVENTS][partition],
            alerts=grown.ends[ALERTS][partition],
            rejects=0,
            came=tuple(came[partition]),
            pages=FORMAT_VERSION,
        )
        for partition in range(growing.partitions)
    ]
    copied = [
        Copied(partition, KEY, write_position(position), None)
        for partition, position in enumerate(positions)
    ]
    writer.write(topic, copied)


def _write_in_portions(writer: TopicWriter, topic: str, records: list[Copied]) -> None:
    for start in range(0, len(records), _AT_ONCE):
        writer.write(topic, records[start : start + _AT_ONCE])


def _pages(pages: PartitionPages, partitions: int) -> list[Copied]:
    return [
        Copied(partition_of(school.encode(), partitions), str(key).encode(), page, None)
        for school, of_school in pages.schools.items()
        for key, page in of_school.items()
    ]
