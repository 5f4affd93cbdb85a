"""What commands that stand before Kafka need at their start, or one line that says what is not."""

import logging
from typing import TYPE_CHECKING, Annotated, Final

import typer

from config.settings import Kafka, Settings, SettingsError
from gemist.cli.desk import Where, desk_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.topics import administration_or_exit

if TYPE_CHECKING:  # it takes a moment to import, and most commands do not need it
    from sqlalchemy import Engine

Database = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="URL", help="The desk's database, instead of desk.database."
    ),
]
NO_DATABASE: Final = "there is no desk: set desk.database (GEMIST_DESK__DATABASE), or --database"


def is_on_kafka(name: str) -> bool:
    """Is it the address of a log on Kafka, rather than a file's or a folder's name?"""
    return name.startswith("kafka:")


def addressed_or_exit(name: str, kafka: Kafka) -> Kafka:
    """Settings for an address, or one line that says how one is written."""
    from streams.event_topic import addressed  # noqa: PLC0415 - takes a moment

    try:
        return addressed(name, kafka)
    except SettingsError as error:
        refuse(str(error))


def desk_on_kafka_or_exit(settings: Settings, database: str | None) -> "Engine":
    """Open the desk's database, which the settings or the command name."""
    url = database or settings.desk.database
    if not url:
        refuse(NO_DATABASE)
    return desk_or_exit(Where(None, url))


def going_on_or_exit(kafka: Kafka) -> tuple[int, str]:
    """How many partitions the topics have, and the cluster's id of ``school-events``.

    Or one line that says why a worker may not go on with what is there: before it joins the
    others, who would have to take over what it cannot have.
    """
    from streams.broker_failure import BrokerUnreachableError  # noqa: PLC0415
    from streams.going_on import check  # noqa: PLC0415
    from streams.topic_reader import reading  # noqa: PLC0415
    from streams.topics import (  # noqa: PLC0415
        ALERTS,
        EVENTS,
        PAGES,
        REJECTS,
        TopicsError,
        partitions_of_all,
        topic_ids,
    )

    events = kafka.prefix + EVENTS
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # what it says, we say once
    try:
        with administration_or_exit(kafka) as admin:
            partitions = partitions_of_all(admin, kafka.prefix, EVENTS, ALERTS, REJECTS, PAGES)
            log_id = topic_ids(admin, events)[events]
        with reading(kafka, committed=True) as committed, reading(kafka, committed=False) as all_:
            check(committed, all_, kafka.prefix, partitions, log_id)
    except (BrokerUnreachableError, TopicsError) as error:
        refuse(str(error))
    return partitions, log_id


def partitions_or_exit(kafka: Kafka, *also: str) -> int:
    """How many partitions the topics have, or one line that says why they will not do.

    ``also``: topics that are needed beside those of events, alerts and rejects.
    """
    from streams.topics import (  # noqa: PLC0415
        ALERTS,
        EVENTS,
        REJECTS,
        TopicsError,
        partitions_of_all,
    )

    try:
        with administration_or_exit(kafka) as admin:
            return partitions_of_all(admin, kafka.prefix, EVENTS, ALERTS, REJECTS, *also)
    except TopicsError as error:
        refuse(str(error))
