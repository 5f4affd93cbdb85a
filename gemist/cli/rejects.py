"""``gemist rejects``: what was refused lately, by school, reason and field."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.data_folder import NodeIfAny, trouble_said
from gemist.cli.lately import Hours, hours_ago, span
from gemist.cli.table import say_table
from gemist.cli.topics import reader_or_exit
from models.events.instants import write_instant

if TYPE_CHECKING:
    from streams.refusals import Refusals


def rejects(data: NodeIfAny = None, hours: Hours = 24, file: ConfigFile = None) -> None:
    """Tell what was refused lately, by school, reason and field; no line is shown, and no pupil.

    Of a node's folder with --data, else on Kafka. Whoever sent it sees at /v1/received of
    which event each was, and its field.
    """
    since = hours_ago(hours)
    found = _of_kafka(since, file) if data is None else _of_node(data, since)
    if not found:
        typer.echo(f"nothing was refused in the last {span(hours)}")
        return
    say_table(
        [
            ("school", "reason", "field", "refused", "last"),
            *(
                (
                    each.school,
                    each.reason,
                    each.field,
                    str(each.refused),
                    write_instant(each.last_at),
                )
                for each in found
            ),
        ]
    )


def _of_node(data: Path, since: float) -> "list[Refusals]":
    from streams.embedded.exporting import one_moment  # noqa: PLC0415 - takes a moment
    from streams.embedded.received import refused_since  # noqa: PLC0415

    with trouble_said(data), one_moment(data) as connection:
        return refused_since(connection, since)


def _of_kafka(since: float, file: Path | None) -> "list[Refusals]":
    from streams.reject_topic import refused_on_kafka  # noqa: PLC0415
    from streams.topics import REJECTS  # noqa: PLC0415

    kafka = settings_or_exit(file).settings.kafka
    with reader_or_exit(kafka, REJECTS, committed=True) as (reader, partitions):
        return refused_on_kafka(reader, kafka.prefix, partitions, since)
