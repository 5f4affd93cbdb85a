"""Ends a worker that stands still while there is something to do: its supervisor starts it again.

Faust's heartbeats come from a thread of their own, so the group does not see a stalled worker,
and nobody would take its partitions over.
"""

import asyncio
import faulthandler
import gc
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

STALLED_SECONDS: Final = 120.0
"""Well above the longest take-over of a partition."""
_LOOK_SECONDS: Final = 5.0
STALLED_STATUS: Final = 70
"""Exit status, ``EX_SOFTWARE``."""

FAILED_STATUS: Final = 1
"""Exit status of a worker that failed."""
ENDING_SECONDS: Final = 20.0
"""How long one that failed may take to leave its group and say so."""

log = logging.getLogger(__name__)


Progress = tuple[int, ...]
"""Numbers of which one is another whenever anything was done that there was to do."""


class Watchdog:
    """Compares looks at a worker."""

    def __init__(self, look: Callable[[], Progress], stalled_seconds: float) -> None:
        self._look = look
        self._stalled_seconds = stalled_seconds
        self._done: Progress = ()
        self._since = monotonic()

    def is_stalled(self) -> bool:
        """Has nothing been done for too long, though there was something to do all the time?"""
        done = self._look()
        if done != self._done:
            self._done, self._since = done, monotonic()
        return monotonic() >= self._since + self._stalled_seconds


@contextmanager
def watched(
    look: Callable[[], Progress], stalled_seconds: float = STALLED_SECONDS
) -> Iterator[None]:
    """End the process, at once and with `STALLED_STATUS`, if it stalls while this lasts."""
    over = threading.Event()
    dog = Watchdog(look, stalled_seconds)

    def watch() -> None:
        while not over.wait(min(_LOOK_SECONDS, stalled_seconds / 4)):
            if dog.is_stalled():
                log.critical(
                    "nothing was done for %.0f s, though events wait or the broker is not heard of",
                    stalled_seconds,
                )
                _say_where_it_stands()
                os._exit(STALLED_STATUS)  # whatever stands still would keep it from ending

    thread = threading.Thread(target=watch, name="watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _say_where_it_stands() -> None:
    """Write what every thread and every task waits for to stderr: code alone, no values."""
    faulthandler.dump_traceback(sys.stderr)
    for it in gc.get_objects():
        if isinstance(it, asyncio.Task) and not it.done():
            it.print_stack(file=sys.stderr)
    sys.stderr.flush()


def end_anyway(failure: BaseException, seconds: float = ENDING_SECONDS) -> None:
    """End the process, with `FAILED_STATUS`, if it is still there after so many seconds.

    An orderly end waits for others: for the client's threads, for a rebalance. One that waits for
    long after a failure keeps its partitions, for it still sends heartbeats.
    """

    def end() -> None:
        log.critical("did not end within %.0f s of a failure", seconds, exc_info=failure)
        os._exit(FAILED_STATUS)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
