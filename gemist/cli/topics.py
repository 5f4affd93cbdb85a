"""``gemist topics``: make the topics on Kafka, and tell where they are not as they should be."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from config.settings import Kafka, SettingsError
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.refusal import refuse

if TYPE_CHECKING:
    from kafka.admin import KafkaAdminClient

# kafka-python takes a fifth of a second to import, and most commands do not need it: each command
# here imports `streams.topics` when it is called.

topics = typer.Typer(
    help="The topics on Kafka: create and check.", no_args_is_help=True, add_completion=False
)

Partitions = Annotated[
    int | None,
    typer.Option("--partitions", min=1, max=1000, help="Instead of kafka.partitions."),
]


@topics.command()
def create(partitions: Partitions = None, file: ConfigFile = None) -> None:
    """Make the topics that are not there; never changes one that is (exit status 1: differs)."""
    from streams import topics as kafka_topics  # noqa: PLC0415

    kafka = settings_or_exit(file).settings.kafka
    with administration_or_exit(kafka) as admin:
        wanted = partitions or kafka.partitions
        made = kafka_topics.create(admin, kafka.prefix, wanted)
        for topic in kafka_topics.TOPICS:
            name = topic.called(kafka.prefix)
            typer.echo(f"{name}: {'created' if name in made else 'was there'}")
        _report(kafka_topics.differences(admin, kafka.prefix, wanted))


@topics.command()
def check(partitions: Partitions = None, file: ConfigFile = None) -> None:
    """Tell where the topics differ from what they should be (exit status 1: somewhere)."""
    from streams import topics as kafka_topics  # noqa: PLC0415

    kafka = settings_or_exit(file).settings.kafka
    with administration_or_exit(kafka) as admin:
        wanted = partitions or kafka.partitions
        _report(kafka_topics.differences(admin, kafka.prefix, wanted))
    typer.echo(f"{len(kafka_topics.TOPICS)} topics of {wanted} partitions are as they should be")


@contextmanager
def administration_or_exit(kafka: Kafka) -> "Iterator[KafkaAdminClient]":
    """Talk to the broker, or end the program with one line that says that there is none."""
    from streams import topics as kafka_topics  # noqa: PLC0415

    warn_of_plain_text(kafka)
    try:
        with kafka_topics.administration(kafka) as admin:
            yield admin
    except (kafka_topics.BrokerUnreachableError, SettingsError) as error:
        refuse(str(error))


def warn_of_plain_text(kafka: Kafka) -> None:
    """Say on stderr if pupils' marks go to other machines as anybody on the way can read them."""
    from streams.broker import hosts_in_the_clear  # noqa: PLC0415

    hosts = hosts_in_the_clear(kafka)
    if hosts:
        typer.echo(
            f"gemist: warning: everything goes to {', '.join(hosts)} in plain text:"
            " kafka.security is PLAINTEXT",
            err=True,
        )


def _report(differences: list[str]) -> None:
    if differences:
        for line in differences:
            typer.echo(f"gemist: {line}", err=True)
        raise typer.Exit(1)
