"""The engines in one process, with answers in the form of ``reference``."""

import random
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import msgspec
import pytest
from memory_topics import MemoryTopics

from alerts.alert import Alert, State
from config.metrics import new_metrics
from models.events.checks import Reject
from models.scorecard.serving import Scorecard
from streams.embedded.node import Node
from streams.embedded.store import Store, make_log
from streams.gateway.log import Arrival
from streams.head import read_head
from streams.step import Batch, Engine
from streams.tables import PUPILS, SCHOOL_DAYS, UNENROLLED, header, tables_of
from streams.worker.partition import Partition, Place

Row = tuple[str, ...]


@dataclass
class Answer:
    pupils_csv: str
    school_days_csv: str
    unenrolled_csv: str
    standing: list[Row]
    rejects: list[tuple[int, str]]
    alerts: list[Alert] = field(repr=False, default_factory=list)

    @property
    def tables(self) -> tuple[str, str, str]:
        return self.pupils_csv, self.school_days_csv, self.unenrolled_csv


def standing(alerts: Iterable[Alert]) -> list[Row]:
    """What stands, as `tests/conformance/README.md` says to find it."""
    newest: dict[str, Alert] = {}
    for alert in alerts:
        if alert.id not in newest or alert.version >= newest[alert.id].version:
            newest[alert.id] = alert
    return sorted(
        (
            alert.id,
            alert.school,
            alert.pupil or "",
            alert.group or "",
            alert.kind.value,
            str(alert.tier),
            alert.opened_on,
        )
        for alert in newest.values()
        if alert.state not in (State.CLOSED, State.WITHDRAWN)
    )


def by_subject(alerts: Iterable[Alert]) -> dict[Row, list[Alert]]:
    """Messages about each pupil or group and kind, in order."""
    found: dict[Row, list[Alert]] = {}
    for alert in alerts:
        about = alert.group if alert.pupil is None else alert.pupil
        found.setdefault((alert.school, alert.kind.value, about or ""), []).append(alert)
    return found


def by_school(alerts: Iterable[Alert]) -> dict[str, list[Alert]]:
    """Messages of each school, in order."""
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        found.setdefault(alert.school, []).append(alert)
    return found


def run(
    batches: Iterable[Sequence[bytes]],
    pack: str = "nl",
    *,
    through: str = "replay",
    scorecard: Scorecard | None = None,
) -> Answer:
    """Take batches of lines through one of `ENGINES`; then the log is over."""
    stream = ENGINES[through](pack, scorecard)
    for batch in batches:
        stream.hear(*batch)
    return stream.end()


def answer_of(engine: Engine, alerts: list[Alert], rejects: list[tuple[int, str]]) -> Answer:
    """End an engine's log; ``alerts`` and ``rejects`` are what came before."""
    tables = []
    for watch, told in engine.end():
        alerts += told
        tables.append(tables_of(watch))
    tables.sort(key=lambda each: each.school)
    return Answer(
        header(PUPILS) + "".join(each.pupils for each in tables),
        header(SCHOOL_DAYS) + "".join(each.school_days for each in tables),
        header(UNENROLLED) + "".join(each.unenrolled for each in tables),
        standing(alerts),
        sorted(rejects),
        alerts,
    )


def cut(rng: random.Random, lines: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Lines in random batches, many of them of one line."""
    start = 0
    while start < len(lines):
        size = rng.choice((1, 1, 2, 3, 10, 50))
        yield lines[start : start + size]
        start += size


class InMemory:
    """The core by itself, and what it has told so far."""

    is_live = False

    def __init__(self, pack: str = "nl", scorecard: Scorecard | None = None) -> None:
        self.engine = Engine(pack, scorecard, live=self.is_live)
        self.alerts: list[Alert] = []
        self.rejects: list[Reject] = []
        self._position = 0

    def hear(self, *lines: bytes) -> list[Alert]:
        start = self._position + 1
        self._position += len(lines)
        step = self.engine.step(Batch(lines, range(start, start + len(lines))))
        self.alerts += step.alerts
        self.rejects += step.rejects
        return step.alerts

    def end(self) -> Answer:
        rejects = [(each.position, each.reason) for each in self.rejects]
        return answer_of(self.engine, self.alerts, rejects)

    @property
    def standing(self) -> list[Row]:
        return standing(self.alerts)


class Replay(InMemory):
    """As a replay reads: a difference at every close."""


class Live(InMemory):
    """As a live engine does: a difference after every batch."""

    is_live = True


class Embedded:
    """The node over its SQLite log, started again after every few batches."""

    BATCHES_A_RUN = 4

    def __init__(self, pack: str = "nl", scorecard: Scorecard | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._pack, self._scorecard = pack, scorecard
        self._path = make_log(Path(self._folder.name))
        self._batches = count(1)
        self.start()

    def start(self) -> None:
        self._store = Store(self._path)
        self._node = Node(
            self._store, lambda: Engine(self._pack, self._scorecard), new_metrics(), None
        )

    @property
    def engine(self) -> Engine:
        return self._node.books(0).engine

    def hear(self, *lines: bytes) -> list[Alert]:
        if next(self._batches) % self.BATCHES_A_RUN == 0:
            self._store.close()
            self.start()
        told = len(self.alerts)
        arrivals = []
        for line in lines:
            school = read_head(line).school
            arrivals.append(Arrival(line, school if isinstance(school, str) else "?"))
        self._node.keep(arrivals, 0)
        self._node.tell_all(0)
        return self.alerts[told:]

    @property
    def alerts(self) -> list[Alert]:
        rows = self._store.connection.execute("SELECT message FROM alert ORDER BY number")
        return [msgspec.json.decode(message, type=Alert) for (message,) in rows]

    @property
    def standing(self) -> list[Row]:
        return standing(self.alerts)

    def end(self) -> Answer:
        rows = self._store.connection.execute("SELECT position + 1, reason FROM reject")
        answer = answer_of(self.engine, self.alerts, rows.fetchall())
        self._store.close()
        self._folder.cleanup()
        return answer


class InPartition:
    """A worker's partition over topics in memory, killed after every few batches.

    Whatever it was killed over: before its last messages were written, after them, or after a
    checkpoint.
    """

    BATCHES_A_RUN = 3

    def __init__(self, pack: str = "nl", scorecard: Scorecard | None = None) -> None:
        self.topics = self.new_topics()
        self._pack, self._scorecard = pack, scorecard
        self._batches = count(1)
        self.start()

    def new_topics(self) -> MemoryTopics:
        return MemoryTopics()

    def start(self) -> None:
        """Take the partition over, as another process does after a crash."""
        self.partition = Partition(
            Place(0, 1, ""),
            self.topics.kept(),
            lambda: Engine(self._pack, self._scorecard),
            self.topics,
            new_metrics(),
        )
        self.partition.apply(self.topics.events[self.partition.next :])

    @property
    def engine(self) -> Engine:
        return self.partition._engine

    def hear(self, *lines: bytes) -> list[Alert]:
        told = len(self.topics.alerts)
        self.topics.send(*lines)
        turn = next(self._batches)
        if turn % self.BATCHES_A_RUN == 0:
            self.start()
        self.partition.apply(self.topics.events[self.partition.next :])
        while self.partition.tell_next():
            pass
        if turn % (2 * self.BATCHES_A_RUN) == 1:
            self.start()  # before anything was written
            while self.partition.tell_next():
                pass
        self.topics.run(self.partition.checkpoint() if turn % 4 == 0 else self.partition.write())
        return self.topics.messages()[told:]

    @property
    def alerts(self) -> list[Alert]:
        return self.topics.messages()

    @property
    def standing(self) -> list[Row]:
        return standing(self.alerts)

    def end(self) -> Answer:
        self.topics.close_all()
        while self.partition.read_next():
            pass
        rejects = [(offset + 1, reason) for offset, reason in self.topics.rejects()]
        return answer_of(self.engine, self.alerts, rejects)


class OnKafka(InPartition):
    """The same on a real broker, where each start fences the one before."""

    BATCHES_A_RUN = 10

    def new_topics(self) -> MemoryTopics:
        from kafka_engine import KafkaTopics  # noqa: PLC0415 - only where a broker is wanted

        return KafkaTopics()


IN_PROCESS = ("replay", "live", "embedded", "partition")
ENGINES: dict[str, type[Replay | Live | Embedded | InPartition]] = {
    "replay": Replay,
    "live": Live,
    "embedded": Embedded,
    "partition": InPartition,
    "kafka": OnKafka,
}
_KAFKA = pytest.param("kafka", marks=pytest.mark.kafka)
EVERY_ENGINE = (*IN_PROCESS, _KAFKA)
LIVE_ENGINES = ("live", "embedded", "partition", _KAFKA)
