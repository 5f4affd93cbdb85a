"""What operations can see of a node at any time: asked whenever metrics are read.

A node has no partitions: it shows itself as one, 0, so that the same alarms and dashboards do for
it as for a worker. Books are asked from another thread than the one that writes them, as
`Node.timezone_of` does: what is told may be a moment old.
"""

from collections.abc import Callable, Iterable
from functools import partial
from math import nan
from typing import Final

from config.metrics import Metrics
from models.book import Book
from streams.embedded.node import Node
from streams.feeds import SilentSchools, silence_seconds

_ALL: Final = "0"


def show(node: Node, metrics: Metrics, now: Callable[[], float]) -> None:
    """Show a node whose books were read."""
    metrics.lag_seconds.labels(_ALL).set_function(partial(_lag_seconds, node, now))
    metrics.schools.labels(_ALL).set_function(lambda: len(node.schools or ()))
    metrics.silent_schools.labels(_ALL).set_function(SilentSchools(partial(_books, node), now))
    for school in metrics.named:
        metrics.feed_silence_seconds.labels(school).set_function(
            partial(_silence_seconds, node, school, now)
        )


def _lag_seconds(node: Node, now: Callable[[], float]) -> float:
    return nan if node.schools is None else max(0.0, node.untold_seconds(now()))


def _books(node: Node) -> Iterable[Book] | None:
    schools = node.schools
    return None if schools is None else [each.book for each in list(schools.values())]


def _silence_seconds(node: Node, school: str, now: Callable[[], float]) -> float:
    schools = node.schools
    if schools is None:
        return nan
    there = schools.get(school)
    return silence_seconds(there.book if there else None, now())
