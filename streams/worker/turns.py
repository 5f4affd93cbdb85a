"""When a partition's books do what: the pace of telling, of transactions and of checkpoints.

To tell a school costs about the same for one event as for a hundred. So while more waits to be
read, telling takes no more time than reading does, and a quarter of it where what is read is old:
whoever catches up after a standstill first wants to know how things are. Time in which there would
be nothing else to do is free: at a steady rate there is always something that was not read yet.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from math import nan
from time import monotonic, thread_time
from typing import Final

from config.metrics import Metrics
from streams.worker.partition import Partition
from streams.worker.partition_log import Heard, Record

BYTES_AT_ONCE: Final = 1_000_000
"""So much is worked out at once: the more, the less a record costs. About 50 ms of work."""
STEP_SECONDS: Final = 0.005
"""The event loop waits for so long at most, or for one school: a transaction needs several answers
of the broker, and each waits for the loop."""
MOST_CREDIT_SECONDS: Final = 0.02
PATIENCE_SECONDS: Final = 0.3
"""While more comes, a school is told when it has waited so long: it costs the same for one event as
for a hundred, and the loop that is busy telling keeps transactions waiting."""
TRANSACTION_SECONDS: Final = 0.2
"""Between two transactions of a partition."""
CHECKPOINT_SECONDS: Final = 2.0
MOST_DIRTY_PAGES: Final = 20_000
"""A checkpoint is made sooner where so many pages wait for one."""
OLD_SECONDS: Final = 10.0
"""What arrived so long ago is old."""
OUT_OF_TOUCH_SECONDS: Final = 30.0
"""A broker that is well answers many times a second, if only that there is nothing new."""
_SHARES: Final = {False: 1.0, True: 0.25}
"""Time of telling for a second of reading; is what is read old?"""


class Turns:
    """Takes a partition's records, and does what is due of the rest."""

    def __init__(
        self,
        partition: Partition,
        heard: Callable[[], Heard | None],
        now: Callable[[], float],
        metrics: Metrics,
    ) -> None:
        self.partition = partition
        self._heard = heard
        self._now = now
        self._metrics = metrics
        self._lock = asyncio.Lock()
        self.had = 0
        """Turns."""
        self._is_over = False
        self._credit = 0.0
        self._looked_at, self._worked_until = monotonic(), thread_time()
        self._newest_arrived_at = self._had_all_at = 0.0
        self._begun_at = now()
        self._written_at = self._checkpointed_at = monotonic()

    async def take(self, records: Sequence[Record]) -> None:
        """Take what was fetched of ``school-events``, in order."""
        for some in _portions(records):
            async with self._lock, self._over_on_failure():
                if self._is_over:
                    return
                self._take_free_time()
                begun = monotonic()
                with self._metrics.batch_seconds.time():
                    self.partition.apply(some)
                self._newest_arrived_at = some[-1].timestamp / 1000
                self._credit += (monotonic() - begun) * _SHARES[self._is_old]
                await self._do_what_is_due()
            await asyncio.sleep(0)

    async def turn(self) -> bool:
        """Do what is due, though nothing came; is there more that could be told now?"""
        async with self._lock, self._over_on_failure():
            if self._is_over:
                return False
            self._take_free_time()
            await self._do_what_is_due()
            self.had += 1
            partition = self.partition
            may_tell = (self.is_idle or self._may_tell) and not partition.is_reading_again
            return (may_tell and bool(partition.untold)) or (
                self._may_read and bool(partition.unread_schools)
            )

    async def finish(self) -> None:
        """Tell what is to be told, write all pages, and take no more."""
        async with self._lock:
            if self._is_over:
                return
            self._is_over = True
            while self.partition.tell_next():  # noqa: ASYNC110 - nothing is waited for
                await asyncio.sleep(0)
            if self._may_checkpoint:
                await self._checkpoint()

    @asynccontextmanager
    async def _over_on_failure(self) -> AsyncIterator[None]:
        """Write nothing any more if the block fails or is cancelled.

        What is in memory is then of no use: a position that was written after it would pass over
        pages that were not.
        """
        try:
            yield
        except BaseException:
            self._is_over = True
            raise

    @property
    def is_idle(self) -> bool:
        """Has all been read that there is? Nobody knows before the first fetch."""
        heard = self._heard()
        return heard is not None and self.partition.next >= heard.end

    @property
    def is_out_of_touch(self) -> bool:
        """Has all been read that there was, and the broker said nothing for long since?"""
        heard = self._heard()
        return (
            heard is not None
            and self.partition.next >= heard.end
            and self._now() >= heard.at + OUT_OF_TOUCH_SECONDS
        )

    @property
    def has_read_all(self) -> bool:
        """Are the books those of all that there is?"""
        partition = self.partition
        return self.is_idle and not partition.is_reading_again and not partition.unread_schools

    @property
    def lag_records(self) -> float:
        """How many records are not read, schools not told of, messages and rejects not written.

        NaN before the first fetch and while out of touch: nobody knows.
        """
        heard = self._heard()
        if heard is None or self.is_out_of_touch:
            return nan
        return max(0, heard.end - self.partition.next) + self.partition.unfinished

    @property
    def lag_seconds(self) -> float:
        """How old the oldest event is that is not worked out; 0 where there is none.

        When an event arrived that is not read yet nobody knows: not before the newest that was,
        and not before all had been read. While out of touch one may have come at any time.
        """
        since = [self.partition.unfinished_since or self._now()]
        heard = self._heard()
        if heard is not None and self.is_out_of_touch:
            since.append(heard.at)
        if not self.is_idle:
            since.append(max(self._newest_arrived_at, self._had_all_at) or self._begun_at)
        return max(0.0, self._now() - min(since))

    @property
    def _is_old(self) -> bool:
        return self._now() - self._newest_arrived_at > OLD_SECONDS

    @property
    def _may_checkpoint(self) -> bool:
        """Is there anything to write, and may pages be written?"""
        return self.partition.is_dirty and not self.partition.is_reading_again

    async def _do_what_is_due(self) -> None:
        self._tell()
        now = monotonic()
        is_many = self.partition.dirty_pages >= MOST_DIRTY_PAGES
        is_due = is_many or now >= self._checkpointed_at + CHECKPOINT_SECONDS
        if is_due and self._may_checkpoint:
            await self._checkpoint()
        elif self.partition.has_outgoing and now >= self._written_at + TRANSACTION_SECONDS:
            with self._metrics.transaction_seconds.time():
                told = await self.partition.write()
            self._note_written(told)

    def _take_free_time(self) -> None:
        """Telling may take the time since the last look in which this thread did nothing."""
        now, worked = monotonic(), thread_time()
        free = (now - self._looked_at) - (worked - self._worked_until)
        self._looked_at, self._worked_until = now, worked
        self._credit = max(
            self._credit, min(self._credit + free * _SHARES[self._is_old], MOST_CREDIT_SECONDS)
        )

    @property
    def _may_tell(self) -> bool:
        """Is there time to tell, while more waits to be read, and has a school waited enough?"""
        since = self.partition.untold_since
        return self._credit > 0 and (since is None or self._now() >= since + PATIENCE_SECONDS)

    @property
    def _may_read(self) -> bool:
        """Is there time to read back the books of schools of which nothing came?"""
        return self.is_idle or self._credit > 0

    def _tell(self) -> None:
        """Tell schools, and then read back the books of others, for as long as may be."""
        is_idle = self.is_idle
        if is_idle:
            self._had_all_at = self._now()
        begun = now = monotonic()
        while now < begun + STEP_SECONDS:
            may_tell = is_idle or self._may_tell
            is_told = may_tell and self.partition.tell_next()
            if not is_told and not (self._may_read and self.partition.read_next()):
                if may_tell:
                    self._credit = 0.0
                return
            before, now = now, monotonic()
            if not is_idle:
                self._credit -= now - before

    async def _checkpoint(self) -> None:
        self._metrics.checkpoint_pages.observe(self.partition.dirty_pages)
        with self._metrics.checkpoint_seconds.time():
            told = await self.partition.checkpoint()
        self._note_written(told)
        self._checkpointed_at = monotonic()

    def _note_written(self, told: Sequence[float]) -> None:
        self._written_at = monotonic()
        now = self._now()
        for arrived_at in told:
            self._metrics.mark_to_alert_seconds.observe(max(0.0, now - arrived_at))


def _portions(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """Cut records where `BYTES_AT_ONCE` are full."""
    start = size = 0
    for end, record in enumerate(records, 1):
        size += len(record.value or b"")
        if size >= BYTES_AT_ONCE or end == len(records):
            yield records[start:end]
            start, size = end, 0
