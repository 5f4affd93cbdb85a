"""What operations can see of a partition at any time: asked whenever metrics are read.

So a number goes on to grow while nothing is done that could have changed it.
"""

from collections.abc import Callable, Collection
from functools import partial
from time import monotonic
from typing import Final

from config.metrics import Metrics
from streams.arrival import partition_of
from streams.feeds import is_silent, silence_seconds
from streams.worker.turns import Turns

_COUNT_AGAIN_SECONDS: Final = 60.0
"""Every school is looked at to count the silent ones: a few microseconds each."""


def show(
    turns: Turns, metrics: Metrics, schools: Collection[str], now: Callable[[], float]
) -> None:
    """Show a partition that was taken over; ``schools`` are those to be shown by name."""
    partition = turns.partition
    number = partition.place.number
    metrics.lag.labels(number).set_function(lambda: turns.lag_records)
    metrics.lag_seconds.labels(number).set_function(lambda: turns.lag_seconds)
    metrics.next_offset.labels(number).set_function(lambda: partition.next)
    metrics.dirty_pages.labels(number).set_function(lambda: partition.dirty_pages)
    metrics.schools.labels(number).set_function(
        lambda: len(partition.schools) + partition.unread_schools
    )
    metrics.unread_schools.labels(number).set_function(lambda: partition.unread_schools)
    metrics.silent_schools.labels(number).set_function(SilentSchools(turns, now))
    for school in schools:
        if partition_of(school.encode(), partition.place.partitions) == number:
            metrics.feed_silence_seconds.labels(school).set_function(
                partial(_silence_seconds, turns, school, now)
            )


def _silence_seconds(turns: Turns, school: str, now: Callable[[], float]) -> float:
    there = turns.partition.schools.get(school)
    return silence_seconds(there.book if there else None, now())


def hide(metrics: Metrics) -> None:
    """Show no partition any more."""
    for gauge in (
        metrics.lag,
        metrics.lag_seconds,
        metrics.next_offset,
        metrics.dirty_pages,
        metrics.schools,
        metrics.unread_schools,
        metrics.silent_schools,
        metrics.feed_silence_seconds,
    ):
        gauge.clear()


class SilentSchools:
    """Counts the schools that are silent, now and then, as long as all that came was read."""

    def __init__(self, turns: Turns, now: Callable[[], float]) -> None:
        self._turns = turns
        self._now = now
        self._counted = 0
        self._again_at = 0.0

    def __call__(self) -> int:
        """Say how many there are."""
        if self._turns.has_read_all and monotonic() >= self._again_at:
            now = self._now()
            schools = self._turns.partition.schools.values()
            self._counted = sum(is_silent(school.book, now) for school in schools)
            self._again_at = monotonic() + _COUNT_AGAIN_SECONDS
        return self._counted
