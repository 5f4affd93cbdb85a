"""A producer with a thread and an event loop of its own, which takes records from any thread.

It is idempotent, waits for all replicas, and tries again by itself for as long as it runs. Whoever
asked is told after `DELIVERY_SECONDS` that nothing is certain; what was sent may still arrive, and
does no harm when it comes again. While anything is overdue, nothing more is taken.
"""

import asyncio
import logging
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from config.settings import Kafka
from streams.broker import for_aiokafka
from streams.failure import log_failure
from streams.gateway.log import BusyError, UnkeptError

DELIVERY_SECONDS: Final = 10.0
"""How long a sender waits for Kafka's confirmation."""
MOST_WAITING_BYTES: Final = 64 * 1024 * 1024
RETRY_SECONDS: Final = 2
LINGER_MILLISECONDS: Final = 3
"""So long a batch waits for company; what is sent meanwhile to the same partition joins it."""
BATCH_BYTES: Final = 256 * 1024
STOP_SECONDS: Final = 5.0

_UNCONFIRMED: Final = "Kafka has not confirmed what was sent"
_RESTARTING: Final = "the way to Kafka is being made anew"
_ENDED: Final = "the way to Kafka is closed"

log = logging.getLogger(__name__)
_T = TypeVar("_T")
Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record, on its way."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: Headers = ()


class Sending:
    """Sends records; `start` before the first, `stop` after the last."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="kafka", daemon=True)
        self._producer: Any = None
        self._restarting: asyncio.Task[None] | None = None
        self._overdue: set[asyncio.Future[Any]] = set()
        self._waiting_bytes = 0
        self._is_over = False
        self.confirmed: dict[tuple[str, int], int] = {}
        """By topic and partition: the offset after the newest record that Kafka confirmed."""

    def start(self) -> None:
        """Connect; raises `UnkeptError` where no broker answers."""
        self._thread.start()
        try:
            self._within(self._connect()).result()
        except KafkaError as error:
            self._end()
            raise UnkeptError(f"no way to Kafka: {type(error).__name__}", is_full=False) from error

    def stop(self) -> None:
        """Wait a little for what is under way, and end."""
        if not self._is_over:
            self._within(self._disconnect()).result()
            self._end()

    @property
    def trouble(self) -> str | None:
        """Why nothing can be sent now; None while all is well."""
        if self._is_over:
            return _ENDED
        if self._restarting is not None:
            return _RESTARTING
        return _UNCONFIRMED if self._overdue else None

    async def send(self, records: Sequence[Outgoing], timestamp_ms: int) -> None:
        """Send records, in order; comes back when Kafka has confirmed them all.

        ``timestamp_ms``: since 1970; it holds where a topic does not take the broker's own.
        Raises `BusyError` and `UnkeptError`.
        """
        if (why := self.trouble) is not None:
            raise UnkeptError(why, is_full=False)
        await asyncio.wrap_future(self._within(self._send(records, timestamp_ms)))

    # ---- the thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _within(self, work: Coroutine[Any, Any, _T]) -> Future[_T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _end(self) -> None:
        self._is_over = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _connect(self) -> None:
        producer = AIOKafkaProducer(
            **for_aiokafka(self._kafka),
            enable_idempotence=True,
            acks="all",
            compression_type="gzip",
            linger_ms=LINGER_MILLISECONDS,
            max_batch_size=BATCH_BYTES,
            request_timeout_ms=int(DELIVERY_SECONDS * 1000),
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def _disconnect(self) -> None:
        if self._restarting is not None:
            self._restarting.cancel()
        if self._producer is not None:
            await self._let_go(self._producer)

    async def _let_go(self, producer: Any) -> None:
        try:
            await asyncio.wait_for(producer.stop(), STOP_SECONDS)
        except (KafkaError, TimeoutError) as error:
            log_failure("what was under way to Kafka is not confirmed", error)

    async def _send(self, records: Sequence[Outgoing], timestamp_ms: int) -> None:
        size = sum(len(each.value) for each in records)
        if self._waiting_bytes and self._waiting_bytes + size > MOST_WAITING_BYTES:
            raise BusyError(RETRY_SECONDS)
        self._waiting_bytes += size
        sent: list[asyncio.Future[Any]] = []
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                for each in records:
                    sent.append(await self._put(each, timestamp_ms))  # noqa: PERF401 - each counts
                for done in await asyncio.gather(*map(asyncio.shield, sent)):
                    place = done.topic, done.partition
                    self.confirmed[place] = max(done.offset + 1, self.confirmed.get(place, 0))
        except TimeoutError as error:
            self._note_overdue(sent)
            raise UnkeptError(_UNCONFIRMED, is_full=False) from error
        except KafkaError as error:
            self._note_failure(error)
            raise UnkeptError(
                f"Kafka does not take it: {type(error).__name__}", is_full=False
            ) from error
        finally:
            self._release(size, sent)

    async def _put(self, each: Outgoing, timestamp_ms: int) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = await self._producer.send(
            each.topic, each.value, each.key, each.partition, timestamp_ms, each.headers
        )
        return future

    def _release(self, size: int, sent: Sequence[asyncio.Future[Any]]) -> None:
        """Count bytes as waiting until Kafka has confirmed the last of them, or will not."""
        left = {each for each in sent if not each.done()}
        if not left:
            self._waiting_bytes -= size
            return

        def one_less(done: asyncio.Future[Any]) -> None:
            left.discard(done)
            if not left:
                self._waiting_bytes -= size

        for each in tuple(left):
            each.add_done_callback(one_less)

    def _note_overdue(self, sent: Sequence[asyncio.Future[Any]]) -> None:
        late = {each for each in sent if not each.done()}
        if late and not self._overdue:
            log.error("%s for %s s", _UNCONFIRMED, DELIVERY_SECONDS)
        for each in late - self._overdue:
            self._overdue.add(each)
            each.add_done_callback(self._note_done)

    def _note_done(self, done: asyncio.Future[Any]) -> None:
        self._overdue.discard(done)
        if not done.cancelled() and done.exception() is None and not self._overdue:
            log.warning("Kafka has confirmed what was overdue")

    def _note_failure(self, error: KafkaError) -> None:
        """Make the producer anew after what it does not mend itself."""
        if error.retriable or self._restarting is not None:
            return
        log_failure("Kafka does not take what was sent", error)
        self._restarting = self._loop.create_task(self._restart(self._producer))

    async def _restart(self, failed: Any) -> None:
        await self._let_go(failed)
        while True:
            try:
                await self._connect()
            except KafkaError as error:
                log_failure("no way to Kafka", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._restarting = None
                return
