"""The engine in one process, with answers in the form of ``reference``."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from alerts.alert import Alert, State
from models.events.checks import Reject
from models.scorecard.serving import Scorecard
from streams.step import Batch, Engine
from streams.tables import PUPILS, SCHOOL_DAYS, UNENROLLED, header, tables_of

Row = tuple[str, ...]


@dataclass
class Answer:
    pupils_csv: str
    school_days_csv: str
    unenrolled_csv: str
    standing: list[Row]
    rejects: list[tuple[int, str]]
    alerts: list[Alert] = field(repr=False, default_factory=list)

    @property
    def tables(self) -> tuple[str, str, str]:
        return self.pupils_csv, self.school_days_csv, self.unenrolled_csv


def standing(alerts: Iterable[Alert]) -> list[Row]:
    """What stands, as `tests/conformance/README.md` says to find it."""
    newest: dict[str, Alert] = {}
    for alert in alerts:
        if alert.id not in newest or alert.version >= newest[alert.id].version:
            newest[alert.id] = alert
    return sorted(
        (
            alert.id,
            alert.school,
            alert.pupil or "",
            alert.group or "",
            alert.kind.value,
            str(alert.tier),
            alert.opened_on,
        )
        for alert in newest.values()
        if alert.state not in (State.CLOSED, State.WITHDRAWN)
    )


def by_subject(alerts: Iterable[Alert]) -> dict[Row, list[Alert]]:
    """Messages about each pupil or group and kind, in order."""
    found: dict[Row, list[Alert]] = {}
    for alert in alerts:
        about = alert.group if alert.pupil is None else alert.pupil
        found.setdefault((alert.school, alert.kind.value, about or ""), []).append(alert)
    return found


def by_school(alerts: Iterable[Alert]) -> dict[str, list[Alert]]:
    """Messages of each school, in order."""
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        found.setdefault(alert.school, []).append(alert)
    return found


def run(
    batches: Iterable[Sequence[bytes]],
    pack: str = "nl",
    *,
    live: bool = False,
    scorecard: Scorecard | None = None,
) -> Answer:
    """Take batches of lines; then the log is over."""
    engine = Engine(pack, scorecard, live=live)
    alerts: list[Alert] = []
    rejects: list[Reject] = []
    position = 1
    for batch in batches:
        step = engine.step(Batch(batch, range(position, position + len(batch))))
        position += len(batch)
        alerts += step.alerts
        rejects += step.rejects
    tables = []
    for watch, told in engine.end():
        alerts += told
        tables.append(tables_of(watch))
    tables.sort(key=lambda each: each.school)
    return Answer(
        header(PUPILS) + "".join(each.pupils for each in tables),
        header(SCHOOL_DAYS) + "".join(each.school_days for each in tables),
        header(UNENROLLED) + "".join(each.unenrolled for each in tables),
        standing(alerts),
        sorted((each.position, each.reason) for each in rejects),
        alerts,
    )


def cut(rng: random.Random, lines: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Lines in random batches, many of them of one line."""
    start = 0
    while start < len(lines):
        size = rng.choice((1, 1, 2, 3, 10, 50))
        yield lines[start : start + size]
        start += size


class Live:
    """A live engine that is told line after line, and what it has told so far."""

    def __init__(self, pack: str = "nl") -> None:
        self.engine = Engine(pack, live=True)
        self.alerts: list[Alert] = []
        self._position = 0

    def hear(self, *lines: bytes) -> list[Alert]:
        """Take lines as one batch; what is told of them."""
        start = self._position + 1
        self._position += len(lines)
        alerts = self.engine.step(Batch(lines, range(start, start + len(lines)))).alerts
        self.alerts += alerts
        return alerts

    @property
    def standing(self) -> list[Row]:
        return standing(self.alerts)
