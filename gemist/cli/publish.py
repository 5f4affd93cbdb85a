"""``gemist publish``: logs in files onto Kafka, as a school's system would send them."""

from typing import Annotated, Final

import typer

from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.topics import administration_or_exit
from streams.files import UnreadableError, check_readable

_MOST_NAMED: Final = 5


def publish(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="Logs of events (.gz and .zst too), or - for stdin."),
    ],
    file: ConfigFile = None,
) -> None:
    """Send logs to school-events on Kafka, each event with its school as the key.

    To send a log again does no harm.
    """
    # Kafka's clients take a moment to import, and most commands do not need them.
    from streams.broker_failure import BrokerUnreachableError  # noqa: PLC0415
    from streams.publishing import Published  # noqa: PLC0415
    from streams.publishing import publish as publish_logs  # noqa: PLC0415
    from streams.topic_writer import writing  # noqa: PLC0415
    from streams.topics import EVENTS, TopicsError, partitions_of_all  # noqa: PLC0415

    kafka = settings_or_exit(file).settings.kafka
    published = Published()
    try:
        for name in files:
            check_readable(name)
        with administration_or_exit(kafka) as admin:
            partitions = partitions_of_all(admin, kafka.prefix, EVENTS)
        with writing(kafka) as writer:
            publish_logs(files, writer, kafka, partitions, published)
    except (BrokerUnreachableError, TopicsError, UnreadableError) as error:
        so_far = f" ({published.events:,} events were sent before)" if published.events else ""
        refuse(f"{error}{so_far}")
    typer.echo(f"{published.events:,} events are on {kafka.prefix}{EVENTS}")
    for name, line in published.homeless[:_MOST_NAMED]:
        typer.echo(f"gemist: {name} line {line} names no school: not sent", err=True)
    if len(published.homeless) > _MOST_NAMED:
        more = len(published.homeless) - _MOST_NAMED
        typer.echo(f"gemist: and {more:,} more lines like these", err=True)
    if published.homeless:
        raise typer.Exit(1)
