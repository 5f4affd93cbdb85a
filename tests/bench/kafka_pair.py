"""Two workers beside one: how much sooner the same events are worked out."""

import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from models.simulator import Style
from streams.arrival import partition_of
from tests.bench.kafka_throughput import tell
from tests.bench.kafka_topics import Topics, fill, fresh_topics, lines_of, school_of
from tests.bench.kafka_worker import Worker, read, untold
from tests.bench.logs import FOLDER, Size, log

PARTITIONS = 8
COUNTS = (1, 2)


@dataclass(frozen=True, slots=True)
class Pair:
    """Seconds from when the first event was sent until the last was told of, and CPU seconds."""

    marks: int
    wall_seconds: dict[int, float]
    cpu_seconds: dict[int, float]
    """Of all workers; both by how many they were."""
    greatest_share: float
    """Of the events, in the partitions of one of two workers."""

    @property
    def speedup(self) -> float:
        return self.wall_seconds[1] / self.wall_seconds[2]


def measure(bootstrap: str, size: Size) -> Pair:
    """Start workers, wait until they share the partitions, and only then send."""
    a_log = log(Style.LISTED, size)
    lines = list(lines_of(Path(a_log.path)))
    wall: dict[int, float] = {}
    cpu: dict[int, float] = {}
    for count in COUNTS:
        with fresh_topics(bootstrap, PARTITIONS) as topics:
            wall[count], cpu[count] = _run(topics, lines, count)
            tell(f"{count} workers: {wall[count]:.1f} s, {cpu[count]:.1f} s CPU")
    of_worker = Counter(partition_of(school_of(line), PARTITIONS) % 2 for line in lines)
    return Pair(a_log.marks, wall, cpu, max(of_worker.values()) / len(lines))


def _run(topics: Topics, lines: list[bytes], count: int) -> tuple[float, float]:
    cores = os.sched_getaffinity(0)
    workers = [Worker(topics, cores, FOLDER / f"worker-{each}.err") for each in range(count)]
    for worker in workers:
        worker.wait(lambda worker=worker: _partitions(worker) == PARTITIONS // count)
    before = sum(worker.cpu_seconds() for worker in workers)
    began = time.perf_counter()
    sent = fill(topics, lines)

    def are_done() -> bool:
        counted = [worker.counted() for worker in workers]
        return sum(map(read, counted)) >= sent and not any(map(untold, counted))

    workers[0].wait(are_done)
    took = time.perf_counter() - began
    spent = sum(worker.cpu_seconds() for worker in workers) - before
    for worker in workers:
        worker.stop(took)
    return took, spent


def _partitions(worker: Worker) -> int:
    """How many partitions a worker holds, once it is ready."""
    lags = (name for name in worker.counted() if name.startswith("gemist_lag_records{"))
    return sum(1 for _ in lags) if worker.is_ready() else 0
