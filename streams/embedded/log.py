"""A node's log as a door sees it, and how a node is put together."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import time
from pathlib import Path
from time import monotonic, sleep

from config.metrics import Metrics
from config.settings import DEFAULT_RETENTION, Retention
from streams.embedded.folder import locked, make_folder
from streams.embedded.gauges import show
from streams.embedded.node import Node
from streams.embedded.received import received
from streams.embedded.retention import Nightly
from streams.embedded.store import Store, connect, make_log
from streams.embedded.writer import Writer
from streams.gateway.log import Arrival, Outcome, Received
from streams.step import Engine

MOST_WAITING_SECONDS, ASK_AGAIN_SECONDS = 1.0, 0.01
"""For what came from a school a moment ago to be worked out."""


class EmbeddedLog:
    """Keeps what comes in a node, and says what came."""

    def __init__(self, node: Node, writer: Writer, path: Path) -> None:
        self._node = node
        self._writer = writer
        self._path = path

    async def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """Keep arrivals, as `streams.gateway.log.Log` says."""
        return await self._writer.append(arrivals)

    async def received(self, school: str, date: str) -> Received:
        """Say what came in from a school on a date of its time zone.

        What came a moment ago is worked out first, for only the book can tell what is too old.
        """
        return await asyncio.to_thread(self._received, school, date)

    def unready(self) -> str | None:
        """Why nothing can be taken now; None when all is well."""
        return self._writer.trouble

    @property
    def has_untold(self) -> bool:
        """Is anything kept of which nobody was told yet what follows?"""
        return self._node.has_untold

    def _received(self, school: str, date: str) -> Received:
        limit = monotonic() + MOST_WAITING_SECONDS
        while not self._node.is_told(school) and monotonic() < limit:
            sleep(ASK_AGAIN_SECONDS)
        connection = connect(self._path, read_only=True)
        try:
            return received(connection, school, date, self._node.timezone_of(school))
        finally:
            connection.close()


@contextmanager
def running_node(
    folder: Path,
    new_engine: Callable[[], Engine],
    metrics: Metrics,
    clock: Callable[[], float],
    close_at: time | None,
    retention: Retention = DEFAULT_RETENTION,
) -> Iterator[EmbeddedLog]:
    """Serve a data folder, made where there is none: a node with its writer, until the end.

    Raises `FolderError`, and `models.page_format.UnreadablePageError` for pages that this
    program cannot read.
    """
    make_folder(folder)
    with locked(folder):
        path = make_log(folder)
        store = Store(path)
        try:
            node = Node(store, new_engine, metrics, close_at)
            node.tell_all(clock())  # what cannot be read is said before anybody is answered
            writer = Writer(node, clock, metrics, tasks=[Nightly(store, retention)])
            writer.start()
            show(node, metrics, clock)
            try:
                yield EmbeddedLog(node, writer, path)
            finally:
                writer.stop()
        finally:
            store.close()
