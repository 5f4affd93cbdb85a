"""Running a contestant: one process, one core, its CPU time, wall time and greatest memory."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took; CPU time is user and system, start of the interpreter included."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int


class ContestantError(Exception):
    """A contestant ended badly: its last words."""


def run(command: Sequence[str], errors: Path) -> Cost:
    """Run a command on one core and wait for it."""
    core = max(os.sched_getaffinity(0))
    with errors.open("wb") as file:
        began = time.perf_counter()
        process = subprocess.Popen(
            list(command),
            stdout=subprocess.DEVNULL,
            stderr=file,
            env=os.environ | ONE_THREAD,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 — one thread
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise ContestantError(f"{' '.join(command)}: {errors.read_text()[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024)


def median(costs: Sequence[Cost]) -> Cost:
    """Each figure's median by itself."""
    return Cost(
        statistics.median(cost.cpu_seconds for cost in costs),
        statistics.median(cost.wall_seconds for cost in costs),
        int(statistics.median(cost.peak_bytes for cost in costs)),
    )


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module of this folder."""
    return [sys.executable, "-m", f"tests.bench.{name}", *arguments]
