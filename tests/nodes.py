"""Nodes in a folder: started and stopped, sent lines, and asked what stands there."""

import asyncio
import json
import sqlite3
import time as real_time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, time
from pathlib import Path

import msgspec
from engines import Row, standing

from alerts.alert import Alert
from config.metrics import Metrics, new_metrics
from config.settings import DEFAULT_RETENTION, Retention
from models.scorecard.serving import Scorecard
from streams.embedded.log import EmbeddedLog, running_node
from streams.gateway.log import Arrival, Outcome
from streams.head import read_head
from streams.step import Engine

PATIENCE_SECONDS = 20.0


class Clock:
    """A clock that stands still until it is moved; its hand is read by any thread."""

    def __init__(self, at: str | float = "2026-11-24T12:00:00+00:00") -> None:
        self.at = _seconds(at)

    def __call__(self) -> float:
        return self.at

    def move_to(self, at: str | float) -> None:
        self.at = _seconds(at)

    def move_on(self, *, days: float = 0, seconds: float = 0) -> None:
        self.at += days * 86_400 + seconds


def _seconds(at: str | float) -> float:
    return datetime.fromisoformat(at).timestamp() if isinstance(at, str) else at


@contextmanager
def node(
    folder: Path,
    clock: Clock | None = None,
    *,
    pack: str = "nl",
    scorecard: Scorecard | None = None,
    close_at: time | None = None,
    retention: Retention = DEFAULT_RETENTION,
    metrics: Metrics | None = None,
) -> Iterator[EmbeddedLog]:
    """A running node, which closes no day by itself unless it is told to."""
    with running_node(
        folder,
        lambda: Engine(pack, scorecard, live=True),
        metrics or new_metrics(),
        clock or Clock(),
        close_at,
        retention,
    ) as log:
        yield log


def arrivals(lines: Iterable[bytes], sender: str = "nobody") -> list[Arrival]:
    """Lines as a door that believes everybody would bring them; ``sender``: a school."""
    found = []
    for line in lines:
        school = read_head(line).school
        found.append(Arrival(line, school if isinstance(school, str) else sender))
    return found


def send(log: EmbeddedLog, *lines: bytes, sender: str = "nobody") -> list[Outcome]:
    """Have lines kept as one sender's, and all told that follows of them."""
    outcomes = asyncio.run(log.append(arrivals(lines, sender)))
    wait_until_told(log)
    return outcomes


def wait_until_told(log: EmbeddedLog) -> None:
    """Wait until alerts and pages are those of all that is kept."""
    wait_until(lambda: not log.has_untold, "all is told")


def send_all(log: EmbeddedLog, batches: Iterable[Sequence[bytes]]) -> None:
    """Have one batch after the other kept, and told."""
    for batch in batches:
        send(log, *batch)


def query(folder: Path, sql: str, *values: object) -> list[tuple]:
    """Ask a data folder's log, whether a node serves it or not."""
    uri = f"{(folder / 'log.db').absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        return connection.execute(sql, values).fetchall()


def change(folder: Path, sql: str) -> None:
    """Change a data folder's log behind the program's back."""
    with closing(sqlite3.connect(folder / "log.db")) as connection:
        connection.execute(sql)
        connection.commit()


def messages(folder: Path) -> list[Alert]:
    """All alert messages that are kept, in order."""
    rows = query(folder, "SELECT message FROM alert ORDER BY number")
    return [msgspec.json.decode(message, type=Alert) for (message,) in rows]


def standing_in(folder: Path) -> list[Row]:
    """What stands, by the messages that are kept."""
    return standing(messages(folder))


def events_in(folder: Path) -> list[bytes]:
    """The lines of the events that are kept, in order."""
    return [line for (line,) in query(folder, "SELECT line FROM event ORDER BY position")]


def closes(school_days: Iterable[tuple[str, str]]) -> list[bytes]:
    """A `close` of each school's last day; days are (school, date)."""
    last: dict[str, str] = {}
    for school, date in school_days:
        last[school] = max(date, last.get(school, ""))
    return [
        json.dumps(
            {
                "type": "close",
                "id": f"close-{date}",
                "school": school,
                "recorded_at": f"{date}T23:59:59Z",
                "date": date,
            }
        ).encode()
        for school, date in sorted(last.items())
    ]


def wait_until(is_so, what: str) -> None:
    """Wait for a condition, with a limit."""
    limit = real_time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert real_time.monotonic() < limit, f"{what}: not within {PATIENCE_SECONDS} s"
        real_time.sleep(0.002)


def at(seconds: float) -> str:
    """Seconds since 1970 as events have them."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
