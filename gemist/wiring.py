"""A node, its desk and its door, put together: nothing is decided here."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from litestar import Litestar

from alerts.desk.answer.desk import AnswerDesk
from alerts.desk.answer.links import Links
from alerts.desk.channels.sender import Sender
from alerts.desk.database import open_desk, secret
from config.metrics import Metrics
from config.settings import Settings
from models.scorecard.serving import Scorecard
from streams.desk.running import DeskAtWork, at_work
from streams.embedded.folder import desk_of, log_of
from streams.embedded.following import Following
from streams.embedded.log import running_node
from streams.embedded.recorders import Recorders
from streams.embedded.tokens import NodeTokens
from streams.gateway.app import build_gateway
from streams.step import Engine


@contextmanager
def node_with_door(
    folder: Path,
    settings: Settings,
    scorecard: Scorecard | None,
    metrics: Metrics,
    clock: Callable[[], float],
) -> Iterator[Litestar]:
    """Run a node on a data folder until the end; what comes back is its door, to be served.

    Raises what `streams.embedded.log.running_node` does, `alerts.desk.database.DeskError`, and
    `config.settings.SettingsError` where messages can never go out by the settings.
    """
    with (
        running_node(
            folder,
            lambda: Engine(settings.pack, scorecard),
            metrics,
            clock,
            settings.close_at,
            settings.retention,
        ) as log,
        closing(NodeTokens(folder)) as tokens,
        _desk(folder, settings, metrics, clock) as answers,
    ):
        yield build_gateway(log, tokens, settings.gateway, metrics, clock, answers)


@contextmanager
def _desk(
    folder: Path, settings: Settings, metrics: Metrics, clock: Callable[[], float]
) -> Iterator[AnswerDesk]:
    """Have a node's desk at work; what comes back takes answers."""
    engine = open_desk(desk_of(folder, settings.desk.database))
    try:
        with engine.begin() as connection:
            links = Links(secret(connection, "links"), settings.desk.address)
        sender = Sender(engine, settings.mail, clock, random.SystemRandom(), metrics)
        with closing(Following(log_of(folder), engine)) as follow:
            desk = DeskAtWork(
                engine,
                settings,
                follow,
                sender.send_due,
                links.link if settings.desk.address else None,
                clock,
                metrics,
            )
            with at_work(desk):
                yield AnswerDesk(engine, links, settings.desk, clock, Recorders(log_of(folder)))
    finally:
        engine.dispose()
