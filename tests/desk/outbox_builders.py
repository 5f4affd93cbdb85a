"""A desk with an outbox to send from, and messages to put into it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from smtp_server import MailServer
from sqlalchemy import Engine, func, select

from alerts.desk import outbox
from alerts.desk.channels.patience import Patience
from alerts.desk.channels.sender import Sender
from alerts.desk.database import open_desk
from alerts.desk.letter import Letter
from alerts.desk.people import Person
from alerts.desk.tables import OUTBOX
from alerts.roles import Role
from alerts.words import Language
from config.metrics import Metrics, new_metrics
from config.settings import Mail

NOW = 1_796_000_000
"""Some Monday in November 2026."""
LETTER = Letter(
    subject="3 new signals",
    plain="Good morning.\n",
    html="<p>Good morning.</p>\n",
    data={"school": "01AB", "cases": []},
)


def mentor(address: str = "m17@school.example", *, person: str = "m17") -> Person:
    return Person("01AB", person, Role.MENTOR, "Noor de Wit", address, Language.DUTCH)


def put(
    engine: Engine,
    key: str = "digest/01AB/m17/mentor/2026-11-25",
    *,
    address: str = "m17@school.example",
    letter: Letter = LETTER,
    cases: tuple[outbox.Said, ...] = (),
    now: int = NOW,
) -> bool:
    with engine.begin() as connection:
        return outbox.put(connection, key, mentor(address), "digest", letter, cases, now)


def rows(engine: Engine) -> list[dict[str, object]]:
    with engine.begin() as connection:
        found = connection.execute(select(OUTBOX).order_by(OUTBOX.c.message)).mappings()
        return [dict(row) for row in found]


def states(engine: Engine) -> list[object]:
    return [row["state"] for row in rows(engine)]


def last_due(engine: Engine) -> int:
    """When the last of what waits is due: the clock is moved to it, instead of sleeping."""
    with engine.begin() as connection:
        wanted = select(func.max(OUTBOX.c.due_at)).where(OUTBOX.c.state == "waiting")
        return int(connection.execute(wanted).scalar_one())


def rng() -> Random:
    return Random(8)


def a_desk(folder: Path) -> Iterator[Engine]:
    """A new desk in a folder, as a fixture gives it."""
    engine = open_desk(f"sqlite:///{folder / 'desk.db'}")
    yield engine
    engine.dispose()


@dataclass
class MovedClock:
    """A clock that stands still until it is moved."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


PATIENT = Patience()
HASTY = Patience(connect_seconds=0.3, answer_seconds=0.3, taken_seconds=0.3, farewell_seconds=0.3)
"""For those who never answer."""


def a_sender(
    desk: Engine, mail: Mail, clock: MovedClock | None = None, patience: Patience = PATIENT
) -> tuple[Sender, Metrics]:
    metrics = new_metrics()
    return Sender(desk, mail, clock or MovedClock(), rng(), metrics, patience), metrics


def counted(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


def clear(server: MailServer, **more: str) -> Mail:
    """Settings for a server of this machine."""
    return Mail(server=server.address, tls="none", sender="gemist@school.example", **more)


def error(desk: Engine) -> object:
    return rows(desk)[0]["error"]


def put_three(desk: Engine) -> None:
    for name in ("a", "b", "c"):
        put(desk, name, address=f"{name}@school.example")
