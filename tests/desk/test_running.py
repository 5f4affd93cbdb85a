"""The desk at work: each part goes on whatever becomes of the others, and it ends at once."""

import asyncio
import threading
import time
from pathlib import Path

import nodes

from alerts.desk.database import open_desk
from config.metrics import new_metrics
from config.settings import Settings
from streams.desk.running import DeskAtWork, at_work


def desk_that(folder: Path, follow, send_due, metrics=None) -> DeskAtWork:
    engine = open_desk(f"sqlite:///{folder / 'desk.db'}")
    clock = nodes.Clock()
    return DeskAtWork(engine, Settings(), follow, send_due, None, clock, metrics or new_metrics())


def test_a_server_that_never_answers_keeps_nothing_else_waiting_and_is_not_waited_for(tmp_path):
    followed, begun = threading.Event(), threading.Event()

    def follow(_: float) -> bool:
        if begun.is_set():
            followed.set()
        return False

    async def send_due() -> int:
        begun.set()
        await asyncio.Event().wait()
        return 0

    with at_work(desk_that(tmp_path, follow, send_due)):
        assert begun.wait(nodes.PATIENCE_SECONDS)
        assert followed.wait(nodes.PATIENCE_SECONDS)
        ending = time.monotonic()
    assert time.monotonic() - ending < 5


def test_what_fails_is_counted_by_its_part_and_the_others_go_on(tmp_path):
    sent = threading.Event()
    metrics = new_metrics()

    def follow(_: float) -> bool:
        raise OSError("no log")

    async def send_due() -> int:
        sent.set()
        return 0

    with at_work(desk_that(tmp_path, follow, send_due, metrics)):
        assert sent.wait(nodes.PATIENCE_SECONDS)
        nodes.wait_until(
            lambda: metrics.desk_failures.labels("following")._value.get() >= 1, "it is counted"
        )
    assert metrics.desk_failures.labels("composing")._value.get() == 0
