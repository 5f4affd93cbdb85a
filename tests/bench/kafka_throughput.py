"""How fast a worker works a history out, beside replay, a bare loop and a plain agent.

All read the same events, in turns. Each contestant has the last core, the broker the others. What
a contestant takes to start is measured by itself and taken off.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.simulator import Style
from tests.bench import replay
from tests.bench.contest import Cost, median, module, run
from tests.bench.kafka_topics import Topics, fill, forget_outcome, fresh_topics, lines_of
from tests.bench.kafka_worker import run_until_read
from tests.bench.logs import FOLDER, Log, Size, log

WORKER, REPLAY, BARE, PLAIN = "worker", "replay", "bare", "plain"
PARTITIONS = 4
PLAIN_RECORDS = 20_000
"""The plain agent is slow, and slower the more days a pattern holds: it gets the first ones."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What a contestant took, start-up taken off."""

    marks: int
    cost: Cost
    """Medians."""
    runs: list[Cost]
    start: Cost

    @property
    def marks_a_cpu_second(self) -> float:
        return self.marks / self.cost.cpu_seconds

    @property
    def marks_a_second(self) -> float:
        return self.marks / self.cost.wall_seconds


@dataclass(frozen=True, slots=True)
class Result:
    """Contestants on one log."""

    log: Log
    speeds: dict[str, Speed]


def measure(bootstrap: str, style: Style, size: Size, names: Sequence[str], repeat: int) -> Result:
    """Run each contestant ``repeat`` times on a log, and once on nothing."""
    a_log = log(style, size)
    runs: dict[str, list[Cost]] = defaultdict(list)
    with fresh_topics(bootstrap, PARTITIONS) as empty:
        starts = {name: _contestants(empty, _nothing())[name]() for name in names}
    with fresh_topics(bootstrap, PARTITIONS) as topics:
        fill(topics, lines_of(Path(a_log.path)))
        contestants = _contestants(topics, a_log)
        for turn in range(repeat):
            for name in names:
                cost = contestants[name]()
                runs[name].append(cost)
                tell(f"{style} {name} {turn + 1}/{repeat} {cost.cpu_seconds:.1f} s CPU,"
                     f" {cost.wall_seconds:.1f} s")  # fmt: skip
    marks = dict.fromkeys(names, a_log.marks) | {PLAIN: _first_marks(a_log)}
    return Result(
        a_log,
        {
            name: Speed(marks[name], _net(median(of_it), starts[name]), of_it, starts[name])
            for name, of_it in runs.items()
        },
    )


def _contestants(topics: Topics, a_log: Log) -> dict[str, Callable[[], Cost]]:
    """Each takes a log of which the topics are full, on one core."""
    core = {max(os.sched_getaffinity(0))}
    reading = [topics.bootstrap, topics.called("school-events"), str(topics.partitions)]
    plain = [topics.bootstrap, topics.prefix, str(topics.partitions)]
    most = str(min(a_log.events, PLAIN_RECORDS))

    def worker() -> Cost:
        forget_outcome(topics)
        return run_until_read(topics, a_log.events, core, FOLDER / "worker.err")

    return {
        WORKER: worker,
        REPLAY: lambda: run(replay.command(a_log, FOLDER / "replay"), FOLDER / "replay.err"),
        BARE: lambda: run(module("kafka_bare", *reading, str(a_log.events)), FOLDER / "bare.err"),
        PLAIN: lambda: run(module("kafka_plain", *plain, most), FOLDER / "plain.err"),
    }


def _nothing() -> Log:
    path = FOLDER / "empty.ndjson"
    FOLDER.mkdir(exist_ok=True)
    path.touch()
    return Log(str(path), "empty", Size(1, 1, 1), 0, 0, 0, 0, 0)


def _first_marks(a_log: Log) -> int:
    return sum(line.count(b'"status":') for line in lines_of(Path(a_log.path), PLAIN_RECORDS)
               if b'"type":"register"' in line)  # fmt: skip


def _net(cost: Cost, start: Cost) -> Cost:
    return Cost(
        cost.cpu_seconds - start.cpu_seconds,
        cost.wall_seconds - start.wall_seconds,
        cost.peak_bytes,
    )


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
