"""``gemist topics grow``: the topics under another prefix, with another number of partitions."""

from typing import TYPE_CHECKING, Annotated

import typer

from config.settings import Settings
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.on_kafka import Database, desk_on_kafka_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.topics import administration_or_exit, reader_or_exit

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from streams.growing import Growing, Grown
    from streams.topic_reader import TopicReader


def grow(
    to_prefix: Annotated[
        str, typer.Option(metavar="PREFIX", help="Stands before the new topics' names.")
    ],
    partitions: Annotated[
        int, typer.Option(min=1, max=1000, help="How many each of them gets, instead.")
    ],
    database: Database = None,
    file: ConfigFile = None,
) -> None:
    """Copy all topics to new ones with another number of partitions, while nobody is at work.

    The old ones stay as they are. Stop who sends, wait until nothing lags, stop workers and the
    desk, and then: docs/kafka.md.
    """
    from streams.broker_failure import BrokerUnreachableError  # noqa: PLC0415
    from streams.growing import Growing, check_that_all_rests  # noqa: PLC0415
    from streams.growing import grow as grow_topics  # noqa: PLC0415
    from streams.topic_writer import writing  # noqa: PLC0415
    from streams.topics import EVENTS, PAGES, TopicsError  # noqa: PLC0415

    settings = settings_or_exit(file).settings
    kafka = settings.kafka
    _check_prefix(to_prefix)
    desk = _desk(settings, database)
    growing = Growing(kafka.prefix, to_prefix, partitions)
    try:
        with (
            administration_or_exit(kafka) as admin,
            reader_or_exit(kafka, EVENTS, PAGES, committed=False) as (events, _),
            reader_or_exit(kafka, EVENTS, PAGES, committed=True) as (committed, _),
            writing(kafka) as writer,
        ):
            of_now = check_that_all_rests(admin, committed, growing)
            if desk is not None:
                _check_desk(desk, committed, growing, of_now)
            grown = grow_topics(admin, events, committed, writer, growing)
    except (BrokerUnreachableError, TopicsError) as error:
        refuse(str(error))
    if desk is not None:
        _move_desk(desk, growing, grown)
    typer.echo(
        f"{grown.events} events, pages of {grown.schools} schools and {grown.alerts} alerts are"
        f" in topics of {partitions} partitions; {grown.refused} events that had been refused are"
        " not"
    )
    typer.echo(f'now set kafka.prefix = "{to_prefix}" and kafka.partitions = {partitions}')
    if desk is None:
        typer.echo("a desk would read all of it again: name its database, if there is one")


def _check_prefix(to_prefix: str) -> None:
    import msgspec  # noqa: PLC0415

    from config.settings import Kafka  # noqa: PLC0415

    try:
        msgspec.convert({"prefix": to_prefix}, Kafka)
    except msgspec.ValidationError:
        refuse(f"--to-prefix {to_prefix!r}: write at most 100 of A-Z a-z 0-9 . _ -")


def _desk(settings: Settings, database: str | None) -> "Engine | None":
    named = database or settings.desk.database
    return desk_on_kafka_or_exit(settings, named) if named else None


def _check_desk(desk: "Engine", reader: "TopicReader", growing: "Growing", partitions: int) -> None:
    """Refuse while the desk has not read everything: it goes on at the end of what is copied."""
    from alerts.desk.progress import progress  # noqa: PLC0415
    from streams.notify.places import place  # noqa: PLC0415
    from streams.topics import ALERTS, EVENTS, REJECTS  # noqa: PLC0415

    for topic in (growing.prefix + name for name in (ALERTS, EVENTS, REJECTS)):
        ends = reader.ends(topic, partitions)
        for partition, end in enumerate(ends):
            with desk.connect() as connection:
                start = progress(connection, place(topic, partition))
            if any(reader.records(topic, partition, start, end)):
                refuse(
                    f"the desk has not read {topic} to its end: let gemist notify do so, and stop"
                    " it then"
                )


def _move_desk(desk: "Engine", growing: "Growing", grown: "Grown") -> None:
    """Let the desk go on after what was copied: it knows all of it."""
    from alerts.desk.progress import set_progress  # noqa: PLC0415
    from streams.notify.places import place  # noqa: PLC0415

    with desk.begin() as connection:
        set_progress(
            connection,
            {
                place(growing.to_prefix + name, partition): end
                for name, ends in grown.ends.items()
                for partition, end in enumerate(ends)
            },
        )
