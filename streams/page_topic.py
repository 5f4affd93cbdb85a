"""The pages on Kafka, read as a whole by a command: every school as its partition's worker left it.

A worker that has crashed, or runs, leaves the topic with what its checkpoints committed, and each
partition's `Position` says how many events that is. So what is read here is what a replay of the
events up to those positions gives.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from alerts.pages import read_watch
from alerts.watch import Watch
from models.page_format import PageKey, UnreadablePageError
from models.scorecard.serving import Scorecard
from streams.position import KEY, Position, read_position
from streams.school import School
from streams.tables import SchoolTables, tables_of
from streams.topic_reader import TopicReader
from streams.topics import PAGES


@dataclass(slots=True)
class PartitionPages:
    """What stands on one partition of ``pages``: the newest record of each key."""

    partition: int
    position: Position | None = None
    """None: no worker has ended a checkpoint of it, or the record cannot be read."""
    schools: dict[str, dict[PageKey, bytes]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    """A line for each record that is neither a page nor a position."""


@dataclass(frozen=True, slots=True)
class Dumped:
    """A school's tables, and what whoever compares them has to know."""

    tables: SchoolTables
    open_day: int | None
    """The day (ordinal) that nobody has closed, and that counts as closed in the tables."""
    by_others: bool
    """Worked out by other rules or another scorecard than those of today, and so worked out anew
    for the tables."""


def read_page_topic(
    reader: TopicReader, prefix: str, partitions: int, school: str | None = None
) -> Iterator[PartitionPages]:
    """Read the pages, a partition at a time; of one school only, where one is named.

    ``reader`` reads what is committed. Raises `streams.broker_failure.BrokerUnreachableError`.
    """
    for partition, records in enumerate(reader.whole(prefix + PAGES, partitions)):
        newest: dict[bytes | None, bytes] = {}
        for record in records:
            if record.value is None:
                newest.pop(record.key, None)
            elif school is None or record.key == KEY or _is_of(record.key, school):
                newest[record.key] = record.value
        yield sorted_pages(partition, newest)


def dump(
    school: str, pages: dict[PageKey, bytes], default_pack: str, scorecard: Scorecard | None
) -> Dumped:
    """Build a school from its pages, and write its tables as a replay does at the end of a log.

    Raises `models.page_format.UnreadablePageError`.
    """
    watch = read_watch(school, pages, default_pack, scorecard)
    by_others = watch.episodes_written is None
    open_day = _open_day(watch)
    if by_others or open_day is not None:
        ending = School(school, default_pack, scorecard, live=False)
        ending.watch = watch
        ending.end()
    return Dumped(tables_of(watch), open_day, by_others)


def _open_day(watch: Watch) -> int | None:
    days = watch.book.days
    last = int(days[-1]) if len(days) else 0
    return last if last > watch.newest_closed else None


def _is_of(key: bytes | None, school: str) -> bool:
    return key is not None and key.startswith(f"{school}/".encode())


def sorted_pages(partition: int, newest: Mapping[bytes | None, bytes]) -> PartitionPages:
    """Sort the newest record of each key by school; what cannot be read is named."""
    found = PartitionPages(partition)
    for key, value in newest.items():
        if key == KEY:
            try:
                found.position = read_position(value)
            except UnreadablePageError as error:
                found.unreadable.append(f"partition {partition}: {error}")
            continue
        try:
            page = PageKey.read((key or b"").decode())
        except (UnreadablePageError, UnicodeDecodeError):
            found.unreadable.append(f"partition {partition}: a record whose key is no page's")
        else:
            found.schools.setdefault(page.school, {})[page] = value
    return found
