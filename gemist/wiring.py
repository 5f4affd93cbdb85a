"""A node, its desk and its door, put together, and the same on Kafka: nothing is decided here."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from litestar import Litestar
from sqlalchemy import Engine

from alerts.desk.answer.desk import AnswerDesk
from alerts.desk.answer.links import Links
from alerts.desk.channels.sender import Sender
from alerts.desk.database import check_desk, open_desk, secret
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
from streams.gateway.health import health
from streams.kafka_door.log import KafkaLog
from streams.kafka_door.recorders import nobody_known
from streams.kafka_door.tokens import DeskTokens
from streams.notify.alone import LoneDesk
from streams.notify.following import KafkaFollowing
from streams.notify.lease import lease_of
from streams.step import Engine as BookEngine


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
    check_desk(desk_of(folder, settings.desk.database))  # before the log is written
    with (
        running_node(
            folder,
            lambda: BookEngine(settings.pack, scorecard),
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
        links = _links(engine, settings)
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


@contextmanager
def gateway_on_kafka(
    settings: Settings,
    partitions: int,
    desk: Engine,
    metrics: Metrics,
    clock: Callable[[], float],
) -> Iterator[Litestar]:
    """Stand before Kafka until the end; what comes back is the door, to be served.

    ``desk``: the database that `notify_on_kafka` feeds. Raises `streams.gateway.log.UnkeptError`
    where no broker answers, and `sqlalchemy.exc.SQLAlchemyError`.
    """
    links = _links(desk, settings)
    log = KafkaLog(settings.kafka, partitions, desk, metrics, clock)
    tokens = DeskTokens(desk)
    log.start()
    try:
        tokens.start()
        try:
            answers = AnswerDesk(desk, links, settings.desk, clock, nobody_known)
            yield build_gateway(log, tokens, settings.gateway, metrics, clock, answers)
        finally:
            tokens.close()
    finally:
        log.stop()


@contextmanager
def notify_on_kafka(
    settings: Settings,
    partitions: int,
    desk: Engine,
    metrics: Metrics,
    clock: Callable[[], float],
) -> Iterator[Litestar]:
    """Have a desk at work on Kafka until the end; what comes back says how it does.

    Raises `kafka.errors.KafkaError`, `sqlalchemy.exc.SQLAlchemyError`, and
    `config.settings.SettingsError` where messages can never go out by the settings.
    """
    links = _links(desk, settings)
    sender = Sender(desk, settings.mail, clock, random.SystemRandom(), metrics)
    with closing(KafkaFollowing(settings.kafka, partitions, desk)) as follow, lease_of(desk) as one:
        lone = LoneDesk(
            desk,
            settings,
            follow,
            sender.send_due,
            links.link if settings.desk.address else None,
            clock,
            metrics,
            lease=one,
        )
        with at_work(lone):
            yield Litestar(
                route_handlers=health(metrics.registry, lambda: lone.trouble),
                openapi_config=None,
                logging_config=None,
            )


def _links(desk: Engine, settings: Settings) -> Links:
    with desk.begin() as connection:
        return Links(secret(connection, "links"), settings.desk.address)
