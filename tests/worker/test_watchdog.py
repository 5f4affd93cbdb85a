"""A worker that stands still is ended; one that does something is not."""

import subprocess
import sys

from streams.worker import watchdog
from streams.worker.watchdog import FAILED_STATUS, STALLED_STATUS, Watchdog

A_WORKER_THAT_STANDS_STILL = """
import asyncio, time
from streams.worker.watchdog import watched

async def where_it_waits():
    await asyncio.sleep(30)

async def where_it_stands():
    task = asyncio.create_task(where_it_waits())
    await asyncio.sleep(0)
    time.sleep(30)

with watched(lambda: (1,), 0.2):
    asyncio.run(where_it_stands())
"""
A_WORKER_THAT_FAILS_AND_DOES_NOT_END = """
import time
from streams.worker.watchdog import end_anyway
end_anyway(RuntimeError("the step failed"), 0.2)
time.sleep(30)
"""


def test_only_who_does_nothing_for_long_is_stalled(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(watchdog, "monotonic", lambda: now[0])
    done = [(1, 1)]
    dog = Watchdog(lambda: done[0], 10.0)
    assert not dog.is_stalled()
    now[0] = 9.0
    done[0] = (2, 1)
    assert not dog.is_stalled()
    now[0] = 18.0
    assert not dog.is_stalled()
    now[0] = 19.0
    assert dog.is_stalled()


def test_a_process_that_stands_still_is_ended():
    done = run(A_WORKER_THAT_STANDS_STILL)
    assert done.returncode == STALLED_STATUS
    assert "nothing was done" in done.stderr
    assert "in where_it_stands" in done.stderr
    assert "in where_it_waits" in done.stderr


def test_a_process_that_failed_and_does_not_end_is_ended():
    done = run(A_WORKER_THAT_FAILS_AND_DOES_NOT_END)
    assert done.returncode == FAILED_STATUS
    assert "RuntimeError: the step failed" in done.stderr


def run(program):
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=25,
        check=False,
    )
