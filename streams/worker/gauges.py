"""What operations can see of a partition at any time: asked whenever metrics are read.

So a number goes on to grow while nothing is done that could have changed it.
"""

from collections.abc import Callable, Iterable
from functools import partial

from config.metrics import Metrics
from models.book import Book
from streams.arrival import partition_of
from streams.feeds import SilentSchools, silence_seconds
from streams.worker.turns import Turns


def show(turns: Turns, metrics: Metrics, now: Callable[[], float]) -> None:
    """Show a partition that was taken over."""
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
    metrics.silent_schools.labels(number).set_function(SilentSchools(partial(_books, turns), now))
    for school in metrics.named:
        if partition_of(school.encode(), partition.place.partitions) == number:
            metrics.feed_silence_seconds.labels(school).set_function(
                partial(_silence_seconds, turns, school, now)
            )


def _books(turns: Turns) -> Iterable[Book] | None:
    if not turns.has_read_all:
        return None
    return [school.book for school in list(turns.partition.schools.values())]


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
