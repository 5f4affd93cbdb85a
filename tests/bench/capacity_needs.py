"""What schools need, worked out of measured figures: arithmetic alone.

Every rule is one function, and docs/capacity.md tells each in a sentence.
"""

import math
from dataclasses import dataclass
from typing import Final

SCHOOL_DAYS_A_YEAR: Final = 189
"""SEMANTICS.md 1: Dutch schools teach in some 189 days."""
PUPILS_A_REGISTER: Final = 25
SESSIONS: Final = 4
"""A day: assumed; two in primary schools, six to eight in secondary ones, twice as many pupils in
the former."""
FIRST_LESSON_SECONDS: Final = 600
BURST: Final = 3
"""Within the ten minutes of the first lesson, the busiest second brings so many times the mean."""
CLOSE_SECONDS: Final = 300
"""Within which the days of all schools are closed."""
RECOVERY_SECONDS: Final = 60
"""Within which all books are read back by what is left when a worker is away."""
EVENTS_DAYS: Final = 400
MESSAGES_DAYS: Final = 90
CASE_YEARS: Final = 2
"""An alert that is over is kept to the end of the next school year: two years at most."""
REPLICATION: Final = 3
PARTITIONS_A_WORKER: Final = 8
LEAST_PARTITIONS: Final = 8
SPARE: Final = 1.5
"""Of memory and disk: what is used is two thirds."""
POSTGRESQL_TO_SQLITE: Final = 2
"""Rows, indexes and what waits for its vacuum: assumed, not measured."""
MEMORY_STEP: Final = 2**29


@dataclass(frozen=True, slots=True)
class Figures:
    """Measured figures; a *pupil's day* is one pupil on one school day of `SESSIONS` sessions."""

    told_seconds: float
    """CPU for one register of 25 that comes by itself on an open day, until it is told."""
    checkpoint_seconds: float
    """CPU for the pages that this register changes."""
    close_pupil_seconds: float
    """CPU for the close of a day, for each pupil."""
    kafka_ratio: float
    """How fast a worker is, by CPU, beside the core that reads the same from a file."""
    read_back_seconds: float
    """CPU for reading a school's book back from its pages, for each pupil."""
    process_bytes: float
    """Memory of a worker that holds no book."""
    book_bytes: float
    """Memory of a book, for each pupil."""
    pages_bytes: float
    """All pages, for each pupil."""
    rewritten_bytes: float
    """Pages written in a pupil's day, each register with a checkpoint of its own."""
    line_bytes: float
    """What a school sends of a pupil's day: JSON, closes and corrections included."""
    record_bytes: float
    """The same on `school-events`: one record a batch, gzip."""
    alert_bytes: float
    """Messages of alerts of a pupil's day, as JSON."""
    node_bytes: float
    """A node's `log.db` grows by so much in a pupil's day, without pages."""
    cases: float
    """New cases in a pupil's day."""
    case_bytes: float
    messages: float
    """Messages to people in a pupil's day."""
    message_bytes: float


@dataclass(frozen=True, slots=True)
class Region:
    """Schools that one installation serves."""

    name: str
    schools: int
    pupils: int
    on_kafka: bool


REGIONS: Final = (
    Region("1 school", 1, 1_000, on_kafka=False),
    Region("40 schools", 40, 12_500, on_kafka=False),
    Region("600 schools", 600, 187_500, on_kafka=True),
    Region("a country", 8_000, 2_500_000, on_kafka=True),
)


@dataclass(frozen=True, slots=True)
class Load:
    """What comes in, and what it takes."""

    registers_a_second: float
    """In the busiest second of the first lesson."""
    peak_cores: float
    close_cpu_seconds: float
    read_back_cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Needs:
    """What a region needs; bytes are those to buy, spare room included."""

    load: Load
    workers: int
    """Processes that hold books, a core each: one, the node itself, without Kafka."""
    worker_bytes: int
    """Memory of each, one of several being away."""
    partitions: int
    close_seconds: float
    recovery_seconds: float
    brokers_bytes: float
    """Disk of all brokers together."""
    desk_bytes: float
    """The desk's database: PostgreSQL on Kafka, `desk.db` in a node."""
    node_bytes: float
    """A node's `log.db`."""
    network_in: float
    """Bytes a second from schools, in the busiest second."""
    network_brokers: float
    """Bytes a second between all parts and the brokers, then."""


def load(region: Region, figures: Figures) -> Load:
    """The morning's peak, the close of the day, and a start from nothing."""
    slower = figures.kafka_ratio if region.on_kafka else 1
    registers = region.pupils / PUPILS_A_REGISTER / FIRST_LESSON_SECONDS * BURST
    register_seconds = (figures.told_seconds + figures.checkpoint_seconds) / slower
    return Load(
        registers_a_second=registers,
        peak_cores=registers * register_seconds,
        close_cpu_seconds=region.pupils * figures.close_pupil_seconds / slower,
        read_back_cpu_seconds=region.pupils * figures.read_back_seconds,
    )


def workers(needed: Load, *, on_kafka: bool) -> int:
    """As many as the greatest of the three asks for, and on Kafka one more, to be away."""
    cores = max(
        needed.peak_cores,
        needed.close_cpu_seconds / CLOSE_SECONDS,
        needed.read_back_cpu_seconds / RECOVERY_SECONDS,
    )
    return math.ceil(cores) + 1 if on_kafka else 1


def partitions(of_workers: int) -> int:
    """Several times as many as there will ever be workers, in steps of eight."""
    return max(LEAST_PARTITIONS, PARTITIONS_A_WORKER * of_workers)


def worker_bytes(region: Region, figures: Figures, of_workers: int) -> int:
    """Memory of each, in steps of half a GiB."""
    left = max(1, of_workers - 1)
    held = figures.process_bytes + region.pupils * figures.book_bytes / left
    return math.ceil(held * SPARE / MEMORY_STEP) * MEMORY_STEP


def kept_days(days: int) -> float:
    """School days among so many days."""
    return days / 365 * SCHOOL_DAYS_A_YEAR


def brokers_bytes(region: Region, figures: Figures) -> float:
    """Events for 400 days, pages with a day of older ones, alerts of two years; three times."""
    events = kept_days(EVENTS_DAYS) * figures.record_bytes
    pages = figures.pages_bytes + figures.rewritten_bytes
    alerts = CASE_YEARS * SCHOOL_DAYS_A_YEAR * figures.alert_bytes
    return region.pupils * (events + pages + alerts) * REPLICATION * SPARE


def desk_bytes(region: Region, figures: Figures) -> float:
    """Cases of two years, and the text of messages of ninety days."""
    cases = CASE_YEARS * SCHOOL_DAYS_A_YEAR * figures.cases * figures.case_bytes
    messages = kept_days(MESSAGES_DAYS) * figures.messages * figures.message_bytes
    greater = POSTGRESQL_TO_SQLITE if region.on_kafka else 1
    return region.pupils * (cases + messages) * greater * SPARE


def node_bytes(region: Region, figures: Figures) -> float:
    """Events for 400 days, pages, and as much room again: its file is written anew at night."""
    events = kept_days(EVENTS_DAYS) * figures.node_bytes
    return region.pupils * (events + figures.pages_bytes) * 2 * SPARE


def needs(region: Region, figures: Figures) -> Needs:
    """All that a region needs."""
    needed = load(region, figures)
    count = workers(needed, on_kafka=region.on_kafka)
    left = max(1, count - 1)
    of_a_register = PUPILS_A_REGISTER / SESSIONS
    sent = needed.registers_a_second * figures.line_bytes * of_a_register
    kept = needed.registers_a_second * figures.record_bytes * of_a_register
    readers = 2  # worker and notify
    return Needs(
        load=needed,
        workers=count,
        worker_bytes=worker_bytes(region, figures, count),
        partitions=partitions(count) if region.on_kafka else 0,
        close_seconds=needed.close_cpu_seconds / left,
        recovery_seconds=needed.read_back_cpu_seconds / left,
        brokers_bytes=brokers_bytes(region, figures) if region.on_kafka else 0,
        desk_bytes=desk_bytes(region, figures),
        node_bytes=0 if region.on_kafka else node_bytes(region, figures),
        network_in=sent,
        network_brokers=kept * (REPLICATION + readers) if region.on_kafka else 0,
    )
