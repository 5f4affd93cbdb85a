"""The node's one writer: what many senders bring at once is kept by one transaction.

Requests wait in a queue; the writer takes all that wait, up to a bound, as one batch, so the more
there are the fewer times the disk is asked. Between batches it does what the clock asks for.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

from config.metrics import Metrics
from streams.embedded.node import Node
from streams.failure import log_failure
from streams.gateway.log import Arrival, BusyError, Outcome, UnkeptError

MOST_EVENTS: Final = 4000
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of a batch; one sender's arrivals are never parted."""
MOST_WAITING_BYTES: Final = 64 * 1024 * 1024
RETRY_SECONDS: Final = 2
"""When somebody who was told to come again should, and for how long nothing is tried after the
disk was full: memory has to be read anew each time."""
TICK_SECONDS: Final = 0.2
TELLING_SECONDS, BETWEEN_TELLING_SECONDS = 0.1, 0.05
"""While more comes in, so long at once (but one school at the least), and so long not."""
UNTOLD_SECONDS: Final = 0.3
"""While much comes in, a school's events wait so long to be told together: to tell costs about as
much for one as for a hundred."""
MUCH: Final = 8
"""So many events in a batch."""

_TELLING, _ROOM = "telling", "room"
_STOPPED: Final = "the node is being stopped"
_ENDED: Final = "the writer has ended"
_FAILED: Final = "this cannot be worked out, which is a fault of gemist's; nothing of it was kept"
_UNERASED: Final = "what was erased cannot be taken out yet, which is a fault of gemist's"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrivals: Sequence[Arrival]
    size: int
    arrived: float
    answer: asyncio.Future[list[Outcome]]
    loop: asyncio.AbstractEventLoop


class Writer:
    """A thread that gives a node what comes, and the time."""

    def __init__(
        self,
        node: Node,
        clock: Callable[[], float],
        metrics: Metrics,
        tasks: Sequence[Callable[[float], None]] = (),
    ) -> None:
        self._node = node
        self._clock = clock
        self._metrics = metrics
        self._tasks = tasks
        self._gathered: WeakKeyDictionary[asyncio.AbstractEventLoop, list[_Waiting]] = (
            WeakKeyDictionary()
        )
        self._queue: queue.SimpleQueue[list[_Waiting] | None] = queue.SimpleQueue()
        self._waiting_bytes = 0
        self._bytes_lock = threading.Lock()
        self._failing: dict[str, tuple[str, float]] = {}
        """What is due and fails: why, and when to try it again."""
        self._unkept: UnkeptError | None = None
        self._try_again_at = 0.0
        self._ticked_at = 0.0
        self._told_at = 0.0
        self._is_much = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._is_over = False
        self._has_ended = False

    def start(self) -> None:
        """Begin to take arrivals."""
        self._thread.start()

    def stop(self) -> None:
        """Keep what waits, and end."""
        self._is_over = True
        self._queue.put(None)
        self._thread.join()

    @property
    def trouble(self) -> str | None:
        """Why nothing can be kept now; None while all is well."""
        if not self._thread.is_alive():
            return _ENDED
        if self._unkept is not None:
            return str(self._unkept)
        return next((why for why, _ in list(self._failing.values())), None)

    async def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """Keep arrivals; raises `BusyError` and `UnkeptError`."""
        size = sum(len(each.line) for each in arrivals)
        if self._is_over:
            raise UnkeptError(_STOPPED, is_full=False)
        with self._bytes_lock:
            if self._waiting_bytes and self._waiting_bytes + size > MOST_WAITING_BYTES:
                raise BusyError(RETRY_SECONDS)
            self._waiting_bytes += size
        loop = asyncio.get_running_loop()
        waiting = _Waiting(arrivals, size, self._clock(), loop.create_future(), loop)
        gathered = self._gathered.setdefault(loop, [])
        if not gathered:  # what else is ready comes first: the thread is woken once for all of it
            loop.call_soon(self._hand_over, gathered)
        gathered.append(waiting)
        return await waiting.answer

    def _hand_over(self, gathered: list[_Waiting]) -> None:
        self._queue.put(gathered.copy())
        gathered.clear()
        if self._has_ended:
            self._turn_away()

    # ---- the thread

    def _run(self) -> None:
        batch: list[_Waiting] = []
        is_last = False
        try:
            while not is_last:
                batch, is_last = self._next_batch()
                self._is_much = sum(len(each.arrivals) for each in batch) >= MUCH
                if batch:
                    self._keep(batch)
                    with self._bytes_lock:
                        self._waiting_bytes -= sum(each.size for each in batch)
                self._tell()
                self._do_what_is_due()
        except BaseException as error:  # noqa: BLE001 - `trouble` says so, and nobody waits in vain
            log_failure("the writer has ended", error)
            _answer(batch, UnkeptError(_ENDED, is_full=False))
        finally:
            self._has_ended = self._is_over = True
            self._turn_away()

    def _turn_away(self) -> None:
        """Answer whoever came when there was no writer any more."""
        with suppress(queue.Empty):
            while True:
                waiting = self._queue.get_nowait()
                if waiting is not None:
                    _answer(waiting, UnkeptError(_STOPPED, is_full=False))

    def _tell(self) -> None:
        """Tell what follows, school by school, in turns with what comes in."""
        begun = time.monotonic()
        if begun < self._told_at + BETWEEN_TELLING_SECONDS:
            return
        while self._may_try(_TELLING) and self._is_to_be_told:
            self._try(_TELLING, self._tell_next, is_proof=True)
            self._told_at = time.monotonic()
            if self._told_at > begun + TELLING_SECONDS and not self._queue.empty():
                break

    def _tell_next(self) -> None:
        arrived_at = self._node.tell_next(self._clock())
        if arrived_at is not None:
            waited = max(0.0, self._clock() - arrived_at)
            self._metrics.mark_to_alert_seconds.observe(waited)

    @property
    def _is_to_be_told(self) -> bool:
        """Is there a school whose turn it is?"""
        if not self._is_much:
            return self._node.has_untold
        return self._node.untold_seconds(self._clock()) >= UNTOLD_SECONDS

    def _next_batch(self) -> tuple[list[_Waiting], bool]:
        """All that waits, up to a bound; and whether nothing will follow."""
        batch: list[_Waiting] = []
        events = size = 0
        while events < MOST_EVENTS and size < MOST_BYTES:
            try:
                waiting = self._queue.get_nowait() if batch else self._queue.get(timeout=self._wait)
            except queue.Empty:
                return batch, False
            if waiting is None:
                return batch, True
            batch += waiting
            events += sum(len(each.arrivals) for each in waiting)
            size += sum(each.size for each in waiting)
        return batch, False

    def _keep(self, batch: list[_Waiting]) -> None:
        """Have a batch kept, and answer whoever waits for it."""
        if self._unkept is not None and self._rests:
            _answer(batch, self._unkept)
            return
        arrivals = [arrival for each in batch for arrival in each.arrivals]
        try:
            outcomes = self._node.keep(arrivals, self._clock())
        except UnkeptError as error:
            self._cannot_keep(error)
            _answer(batch, error)
        except Exception as error:  # noqa: BLE001 - whatever one sender's events do, others go on
            if len(batch) > 1:
                for each in batch:
                    self._keep([each])
                return
            log_failure("a request cannot be kept", error)
            _answer(batch, UnkeptError(_FAILED, is_full=False))
        else:
            self._acknowledge(batch, outcomes)

    def _acknowledge(self, batch: list[_Waiting], outcomes: list[Outcome]) -> None:
        """Answer whoever waits for what is kept; what is erased is gone before that is said."""
        try:
            while self._node.is_erasing:
                self._tell_next()
            self._node.leave_nothing_erased()
        except UnkeptError as error:
            self._cannot_keep(error)
            _answer(batch, error)
        except Exception as error:  # noqa: BLE001 - it is kept: nothing is to be kept again
            log_failure("what was erased cannot be taken out", error)
            _answer(batch, UnkeptError(_UNERASED, is_full=False))
        else:
            self._is_well()
            kept = self._clock()
            for each in batch:
                self._metrics.arrival_to_kept_seconds.observe(max(0.0, kept - each.arrived))
            _answer(batch, outcomes)

    def _do_what_is_due(self) -> None:
        """Do what the clock asks for, if some time has passed."""
        if time.monotonic() - self._ticked_at < TICK_SECONDS:
            return
        self._ticked_at = time.monotonic()
        now = self._clock()
        if self._unkept is not None:
            self._try(_ROOM, lambda: self._node.see_if_it_keeps(now), is_proof=True)
        self._try("closing", lambda: self._node.close_due_days(now))
        for number, task in enumerate(self._tasks):
            self._try(f"task {number}", partial(task, now))
        self._try("erasing", self._node.leave_nothing_erased)

    def _try(self, name: str, task: Callable[[], object], *, is_proof: bool = False) -> None:
        """Do something for which nobody waits: where it fails, it stays due.

        ``is_proof``: does it show that the log can be written?
        """
        if not self._may_try(name):
            return
        try:
            task()
        except UnkeptError as error:
            self._cannot_keep(error)
        except Exception as error:  # noqa: BLE001 - what is due stays due, and arrivals go on
            why = f"{name} fails: {type(error).__name__}"
            self._failing[name] = why, time.monotonic() + RETRY_SECONDS
            log_failure(f"{name} fails", error)
        else:
            self._failing.pop(name, None)
            if is_proof:
                self._is_well()

    @property
    def _wait(self) -> float:
        """How many seconds nothing but an arrival is due."""
        if not self._may_try(_TELLING) or not self._node.has_untold:
            return TICK_SECONDS
        return max(0.0, self._told_at + BETWEEN_TELLING_SECONDS - time.monotonic())

    def _may_try(self, name: str) -> bool:
        """Is it time to try something, perhaps again after it failed?"""
        _, again_at = self._failing.get(name, ("", 0.0))
        return not self._rests and time.monotonic() >= again_at

    @property
    def _rests(self) -> bool:
        """Could something not be kept a moment ago, so that nothing is tried yet?"""
        return self._unkept is not None and time.monotonic() < self._try_again_at

    def _cannot_keep(self, error: UnkeptError) -> None:
        if self._unkept is None:
            log.error("nothing can be kept: %s", error)
        self._unkept = error
        self._try_again_at = time.monotonic() + RETRY_SECONDS

    def _is_well(self) -> None:
        if self._unkept is not None:
            log.warning("what comes is kept again")
        self._unkept = None


def _answer(batch: list[_Waiting], answer: list[Outcome] | UnkeptError) -> None:
    """Give everybody of a batch the outcomes of their own arrivals, or why there are none."""
    start = 0
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[list[Outcome]], Any]]] = {}
    for each in batch:
        end = start + len(each.arrivals)
        given = answer if isinstance(answer, UnkeptError) else answer[start:end]
        by_loop.setdefault(each.loop, []).append((each.answer, given))
        start = end
    for loop, answers in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: who asked has gone
            loop.call_soon_threadsafe(_set, answers)


def _set(answers: list[tuple[asyncio.Future[list[Outcome]], Any]]) -> None:
    for future, given in answers:
        if future.done():
            continue  # who asked has gone
        if isinstance(given, UnkeptError):
            future.set_exception(given)
        else:
            future.set_result(given)
