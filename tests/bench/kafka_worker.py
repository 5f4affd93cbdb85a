"""``gemist worker`` as a contestant: started as a user would, watched by its own metrics."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.bench.contest import ONE_THREAD, ContestantError, Cost
from tests.bench.kafka_topics import Topics
from tests.served import free_port

_LOOK_SECONDS = 0.1
_LIMIT_SECONDS = 900.0


class Worker:
    """A worker that runs, on the cores that are given."""

    def __init__(self, topics: Topics, cores: set[int], errors: Path) -> None:
        self._port = free_port()
        self._errors = errors
        self._known: dict[str, float] = {}
        self.began = time.perf_counter()
        with errors.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gemist", "worker", "--listen", f"127.0.0.1:{self._port}"],
                env=topics.environment | ONE_THREAD,
                stderr=file,
                preexec_fn=lambda: os.sched_setaffinity(0, cores),  # noqa: PLW1509 — one thread
            )

    def counted(self) -> dict[str, float]:
        """Its metrics, by name and labels; none while it does not listen."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics") as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return {}
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def cpu_seconds(self) -> float:
        """User and system, until now."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        user, system = fields[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz") as answer:
                return answer.status == 200
        except OSError:
            return False

    def wait(self, until: Callable[[], bool]) -> float:
        """Come back when something is so: seconds since the start."""
        while not until():
            took = time.perf_counter() - self.began
            if self.process.poll() is not None or took > _LIMIT_SECONDS:
                raise ContestantError(self._errors.read_text()[-2000:])
            time.sleep(_LOOK_SECONDS)
        return time.perf_counter() - self.began

    def stop(self, wall_seconds: float) -> Cost:
        """End it as a supervisor would; pages are written before it is gone."""
        self.process.terminate()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if self.process.returncode != 0:
            raise ContestantError(self._errors.read_text()[-2000:])
        return Cost(usage.ru_utime + usage.ru_stime, wall_seconds, usage.ru_maxrss * 1024)


def read(counted: dict[str, float]) -> float:
    """How many records a worker has worked out."""
    return counted.get("gemist_records_total", 0.0)


def untold(counted: dict[str, float]) -> float:
    """How many records are before it, and schools that are not told of."""
    lags = (n for name, n in counted.items() if name.startswith("gemist_lag_records{"))
    return sum(lags)


def unread(counted: dict[str, float]) -> float:
    """Of how many schools a worker has not read back the books."""
    return sum(n for name, n in counted.items() if name.startswith("gemist_unread_schools{"))


def run_until_read(topics: Topics, records: int, cores: set[int], errors: Path) -> Cost:
    """What it takes to work out what the topics hold: wall seconds from when it was ready."""
    worker = Worker(topics, cores, errors)
    ready = worker.wait(worker.is_ready)

    def is_done() -> bool:
        counted = worker.counted()
        return read(counted) >= records and untold(counted) == 0

    return worker.stop(worker.wait(is_done) - ready)
