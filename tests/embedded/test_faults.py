"""The disk fails, the power goes and gemist is at fault, at any moment: nothing is lost of what
was acknowledged, nothing is counted twice, and what stands is right."""

import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from unittest import mock

import builders
import engines
import faults
import msgspec
import nodes
import samples
from hypothesis import given

from alerts.alert import Alert, State
from config.metrics import new_metrics
from streams.embedded.node import Node
from streams.embedded.store import make_log
from streams.gateway.log import UnkeptError
from streams.head import read_head
from streams.school import School
from streams.step import Engine

FAULTS = (0.0, 0.0, 0.3, 0.3, 0.6)
"""A node's share of steps in which something fails."""


MOST_TRIES = 20


class FaultError(Exception):
    """One of gemist's own."""


class Broken:
    """A node in a folder that is told to fail, and goes on."""

    def __init__(self, folder: Path, rng: random.Random, pack: str, schools: int) -> None:
        self.acknowledged: list[bytes] = []
        self.faults = 0
        self._path = make_log(folder)
        self._rng, self._pack, self._schools = rng, pack, schools
        self.start()

    def start(self) -> None:
        self.store, self.connection = faults.faulty_store(self._path, self._rng)
        self.node = Node(self.store, lambda: Engine(self._pack), new_metrics(), None)

    def start_again(self) -> None:
        self.faults += self.connection.faults
        self.store.close()
        self.start()

    def events(self) -> list[bytes]:
        rows = self.connection.real.execute("SELECT line FROM event ORDER BY position")
        return [line for (line,) in rows]

    def alerts(self) -> list[Alert]:
        rows = self.connection.real.execute("SELECT message FROM alert ORDER BY number")
        return [msgspec.json.decode(message, type=Alert) for (message,) in rows]

    def position(self) -> int:
        found = self.connection.real.execute(
            "SELECT value FROM progress WHERE name = 'next position'"
        ).fetchone()
        return 0 if found is None else found[0]

    def keep(self, lines: Sequence[bytes]) -> None:
        """Have lines kept, however often it takes."""
        arrivals = nodes.arrivals(lines)
        start = self.position()
        for _ in range(MOST_TRIES):
            try:
                self.node.keep(arrivals, 0)
            except UnkeptError as error:
                last = f"{error} {error.__cause__!r}"
                assert self.position() == start
                continue
            except (faults.Crash, FaultError):
                self.start_again()
                if self.position() == start:
                    continue
            break
        else:
            raise AssertionError(f"it is never kept: {last}")
        assert self.position() == start + len(lines)
        self.acknowledged += lines

    def tell(self) -> None:
        """Tell of some schools, or of all."""
        with suppress(UnkeptError, FaultError):
            for _ in range(self._rng.choice((0, 1, 1, 2, 10))):
                try:
                    self.node.tell_next(0)
                except faults.Crash:
                    self.start_again()

    def run(self, batches: Iterator[Sequence[bytes]]) -> None:
        share = self._rng.choice(FAULTS)
        for batch in batches:
            if self._rng.random() < share:
                self.connection.countdown = self._rng.randrange(25)
            with faults_of_gemist(self._rng, share / 8):
                self.keep(batch)
                self.tell()
            if self._rng.random() < share / 5:
                self.start_again()
        self.start_again()
        self.node.tell_all(0)


def broken_run(seed: int, batches: Sequence[Sequence[bytes]], pack: str) -> "Outcome":
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        broken = Broken(Path(folder), rng, pack, 2)
        broken.run(iter(batches))
        engine = broken.node.books(0).engine
        versions = {name: school.book.version for name, school in engine.schools.items()}
        rejects = broken.connection.real.execute("SELECT position + 1, reason FROM reject")
        found = Outcome(
            broken.acknowledged,
            broken.events(),
            versions,
            engines.answer_of(engine, broken.alerts(), rejects.fetchall()),
            broken.faults,
        )
        broken.store.close()
        return found


class Outcome(msgspec.Struct):
    acknowledged: list[bytes]
    kept: list[bytes]
    versions: dict[str, int]
    answer: engines.Answer
    faults: int


def faults_of_gemist(rng: random.Random, share: float):
    """Have what is applied or told fail now and then."""

    def sometimes(method):
        def called(*arguments, **others):
            if rng.random() < share:
                raise FaultError
            found = method(*arguments, **others)
            if rng.random() < share:
                raise FaultError
            return found

        return called

    return mock.patch.multiple(
        School,
        publish=sometimes(School.publish),
        take=sometimes(School.take),
        take_registers=sometimes(School.take_registers),
    )


def last_told(alerts: list[Alert]) -> dict[str, tuple]:
    """By alert that stands, what has to be said again when it changes."""
    newest: dict[str, Alert] = {}
    for alert in alerts:
        if alert.id not in newest or alert.version >= newest[alert.id].version:
            newest[alert.id] = alert
    return {
        each.id: (each.state, each.tier, each.group, each.mentor)
        for each in newest.values()
        if each.state not in (State.CLOSED, State.WITHDRAWN)
    }


def log_of(seed: int, shape: str, schools: int) -> list[bytes]:
    return builders.random_log(
        random.Random(seed), schools=schools, shape=samples.SHAPES[shape], pupils=6, dates=16
    )


@samples.some(0.4)
@given(seed=samples.SEEDS, shape=samples.SHAPE_NAMES)
def test_whatever_fails_nothing_is_lost_or_counted_twice(seed: int, shape: str) -> None:
    rng = random.Random(seed)
    lines = log_of(seed, shape, rng.randint(1, 3))
    pack = rng.choice(samples.PACKS)
    batches = list(engines.cut(rng, lines))
    found = broken_run(seed, batches, pack)
    never = engines.run(batches, pack, through="live")
    assert found.acknowledged == lines
    assert found.answer.tables == never.tables
    assert found.answer.standing == engines.run([lines], pack).standing == never.standing
    assert last_told(found.answer.alerts) == last_told(never.alerts)
    if b'"erase"' not in b"".join(lines):
        assert found.answer.rejects == never.rejects
        rejected = {at for at, reason in never.rejects if reason != "too old"}
        kept = [
            line for at, line in enumerate(lines, 1) if at not in rejected or line in found.kept
        ]
        assert found.kept == kept
        of_school = Counter(read_head(line).school for line in found.kept)
        assert found.versions == of_school


@samples.some(0.1)
@given(seed=samples.SEEDS)
def test_whatever_fails_long_logs_are_told_as_ever(seed: int) -> None:
    rng = random.Random(seed)
    lines = builders.random_long_log(rng, too_old=0)
    batches = [lines[at : at + 400] for at in range(0, len(lines), 400)]
    found = broken_run(seed, batches, "nl")
    assert found.acknowledged == lines
    assert found.answer.standing == engines.run(batches, through="live").standing
