"""The desk at work: follows a log, makes messages whose time has come, and sends them.

A thread of its own with an event loop of its own: a mail server that does not answer delays no
register, and a desk that fails delays no alert.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine

from alerts.desk import outbox
from alerts.desk.casebook.erasing import leave_nothing_erased
from alerts.desk.casebook.reading import school_facts, schools
from alerts.desk.forgetting import nightly
from alerts.desk.messages.composing import AT_ONCE, DIGEST, Link, compose
from config.metrics import Metrics
from config.settings import Settings
from streams.failure import log_failure

TICK_SECONDS: Final = 1.0
"""Between two looks whether there is anything to do."""
RETRY_SECONDS: Final = 5.0
"""After something failed."""

log = logging.getLogger(__name__)


class DeskAtWork:
    """Does what is due, once; `at_work` does it again and again."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        follow: Callable[[float], bool],
        send_due: Callable[[], Awaitable[int]],
        link: Link | None,
        clock: Callable[[], float],
        metrics: Metrics,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._follow = follow
        self._send_due = send_due
        self._link = link
        self._clock = clock
        self._metrics = metrics

    def follow(self) -> None:
        """Take all that is new in the log."""
        while self._follow(self._clock()):
            pass

    def compose(self) -> int:
        """Make the messages of all schools that are due; says how many."""
        made = 0
        now = self._clock()
        with self._engine.begin() as connection:
            outbox.take_back_stale(connection, int(now), (DIGEST, AT_ONCE))
            known = schools(connection)
        for school in known:
            with self._engine.begin() as connection:
                facts = school_facts(connection, school)
                if facts is not None:
                    made += compose(connection, facts, self._settings.desk, int(now), self._link)
        return made

    def forget(self) -> None:
        """Leave no byte of who was erased, and at night nothing that is too old."""
        leave_nothing_erased(self._engine)
        nightly(self._engine, self._settings.retention, self._clock())

    def do(self) -> bool:
        """Do all that is due but sending, each part whatever becomes of the others; did all go?"""
        went = True
        parts = {"following": self.follow, "composing": self.compose, "forgetting": self.forget}
        for name, part in parts.items():
            try:
                part()
            except Exception as error:  # noqa: BLE001 - the others go on, and this is tried again
                went = self._note(name, error)
        return went

    async def send(self) -> bool:
        """Send what is due; did that go?"""
        try:
            await self._send_due()
        except Exception as error:  # noqa: BLE001 - it is tried again
            return self._note("sending", error)
        return True

    def _note(self, name: str, error: Exception) -> bool:
        self._metrics.desk_failures.labels(name).inc()
        log_failure(f"the desk's {name} fails", error)
        return False


@contextmanager
def at_work(desk: DeskAtWork) -> Iterator[None]:
    """Have a desk do what is due, in a thread, for as long as this lasts.

    Sending has a task of its own: a server that is slow keeps nobody from being told by another
    way, and is not waited for at the end.
    """
    over = asyncio.Event()
    began: Future[asyncio.AbstractEventLoop] = Future()

    async def do() -> bool:
        return desk.do()

    async def work() -> None:
        began.set_result(asyncio.get_running_loop())
        tasks = [asyncio.create_task(_again_and_again(each)) for each in (do, desk.send)]
        await over.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(work()), name="desk", daemon=True)
    thread.start()
    loop = began.result()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


async def _again_and_again(do: Callable[[], Awaitable[bool]]) -> None:
    while True:
        went = await do()
        await asyncio.sleep(TICK_SECONDS if went else RETRY_SECONDS)
