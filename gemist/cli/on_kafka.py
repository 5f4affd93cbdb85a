"""What commands that stand before Kafka need at their start, or one line that says what is not."""

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
