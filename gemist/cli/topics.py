"""``gemist topics``: make the topics on Kafka, and tell where they are not as they should be."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.settings import Kafka, SettingsError
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.scorecard_file import scorecard_or_exit
from gemist.clock import now
from models.events.instants import write_date

if TYPE_CHECKING:
    from kafka.admin import KafkaAdminClient

    from models.scorecard.serving import Scorecard
    from streams.page_topic import PartitionPages
    from streams.tables import SchoolTables
    from streams.topic_reader import TopicReader

# kafka-python takes a fifth of a second to import, and most commands do not need it: each command
# here imports `streams.topics` when it is called.

topics = typer.Typer(
    help="The topics on Kafka: make, check and read them.",
    no_args_is_help=True,
    add_completion=False,
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


@topics.command()
def lag(
    most_seconds: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="S",
            help="Exit status 1 if an event has waited for longer, or was lost to retention.",
        ),
    ] = None,
    file: ConfigFile = None,
) -> None:
    """Tell how far each partition's pages are behind its events; needs no running worker."""
    from models.page_format import UnreadablePageError  # noqa: PLC0415
    from streams.lag import read_lag  # noqa: PLC0415
    from streams.topics import EVENTS, PAGES  # noqa: PLC0415

    kafka = settings_or_exit(file).settings.kafka
    with reader_or_exit(kafka, EVENTS, PAGES, committed=True) as (reader, partitions):
        try:
            lags = list(read_lag(reader, kafka.prefix, partitions))
        except UnreadablePageError as error:
            refuse(f"{kafka.prefix}{PAGES}: {error}")
    at = now()
    rows = [("partition", "position", "end", "unread", "oldest, s")]
    for each in lags:
        position = "none" if each.position is None else each.position.events
        waited = f"{each.seconds(at):.0f}" if each.unread else "-"
        rows.append((str(each.partition), str(position), str(each.end), str(each.unread), waited))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)))
    lost = [each for each in lags if each.missed]
    for each in lost:
        typer.echo(
            f"gemist: partition {each.partition}: retention removed {each.missed} events before"
            " they were read",
            err=True,
        )
    waited_longest = max(each.seconds(at) for each in lags)
    if most_seconds is not None and (lost or waited_longest > most_seconds):
        raise typer.Exit(1)


@topics.command()
def dump(
    school: Annotated[
        str | None, typer.Option(metavar="SCHOOL", help="Only this school's tables.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the tables here; else pupils.csv to stdout."),
    ] = None,
    file: ConfigFile = None,
) -> None:
    """Write the tables of `gemist replay` as the pages on Kafka have them, for comparison.

    A day that nobody closed counts as closed, as it does at the end of a replay. Exit status 1:
    something could not be read.
    """
    from streams.page_topic import read_page_topic  # noqa: PLC0415
    from streams.tables import PUPILS, header, write_tables  # noqa: PLC0415
    from streams.topics import EVENTS, PAGES  # noqa: PLC0415

    settings = settings_or_exit(file).settings
    score = scorecard_or_exit(settings.scorecard)
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        refuse(f"--out {out}: is not an empty folder; name a new one")
    tables: list[SchoolTables] = []
    unreadable: list[str] = []
    with reader_or_exit(settings.kafka, EVENTS, PAGES, committed=True) as (reader, partitions):
        for pages in read_page_topic(reader, settings.kafka.prefix, partitions, school):
            _tell(_until(pages))
            unreadable += pages.unreadable
            found, lines = _dumped(pages, settings.pack, score)
            tables += found
            unreadable += lines
    if school is not None and not tables and not unreadable:
        refuse(f"--school {school}: no page is this school's")
    tables.sort(key=lambda each: each.school)
    if out is None:
        typer.echo(header(PUPILS) + "".join(each.pupils for each in tables), nl=False)
    else:
        out.mkdir(parents=True, exist_ok=True)
        write_tables(out, tables)
        typer.echo(f"{len(tables)} schools written to {out}")
    _report(unreadable)


@topics.command()
def acls(
    part: Annotated[
        list[str] | None,
        typer.Option("--part", metavar="PART", help="Only this one's; may be given again."),
    ] = None,
    principal: Annotated[
        str, typer.Option(help="As whom a part signs in; {part} is its name.")
    ] = "User:gemist-{part}",
    apply: Annotated[
        bool,
        typer.Option("--apply", help="Give leave on the broker; needs Alter on its cluster."),
    ] = False,
    file: ConfigFile = None,
) -> None:
    """List what each part has to be allowed on Kafka, and no more, as calls of kafka-acls.

    Parts: worker, gateway, notify, sender, administrator, auditor, mover.
    """
    from streams import access  # noqa: PLC0415

    kafka = settings_or_exit(file).settings.kafka
    unknown = sorted({*(part or ())} - {*access.Part})
    if unknown:
        refuse(f"--part {unknown[0]}: no such part; there are {', '.join(access.Part)}")
    parts = [access.Part(each) for each in part] if part else list(access.Part)
    given = list(access.leaves(kafka.prefix, parts))
    if not apply:
        for leave in given:
            typer.echo(leave.command(principal, kafka.bootstrap))
        return
    with administration_or_exit(kafka) as admin:
        access.apply(admin, given, principal)
    typer.echo(f"{len(given)} leaves given to {len(parts)} parts")


def _dumped(
    pages: "PartitionPages", pack: str, scorecard: "Scorecard | None"
) -> "tuple[list[SchoolTables], list[str]]":
    """Tables of a partition's schools, and a line for each school that cannot be read."""
    from models.page_format import UnreadablePageError  # noqa: PLC0415
    from streams.page_topic import dump as dump_school  # noqa: PLC0415

    tables, unreadable = [], []
    for name in sorted(pages.schools):
        try:
            dumped = dump_school(name, pages.schools[name], pack, scorecard)
        except UnreadablePageError as error:
            unreadable.append(f"school {name}: {error}")
            continue
        tables.append(dumped.tables)
        if dumped.open_day is not None:
            _tell(f"school {name}: {write_date(dumped.open_day)} is open, and counts as closed")
        if dumped.by_others:
            _tell(f"school {name}: was worked out by other rules or another scorecard than today's")
    return tables, unreadable


def _until(pages: "PartitionPages") -> str:
    schools = f"partition {pages.partition}: {len(pages.schools)} schools"
    if pages.position is None:
        return f"{schools}, no position: nothing says how many events their pages hold"
    return f"{schools}, all events before offset {pages.position.events}"


def _tell(line: str) -> None:
    typer.echo(f"gemist: {line}", err=True)


@contextmanager
def administration_or_exit(kafka: Kafka) -> "Iterator[KafkaAdminClient]":
    """Talk to the broker, or end the program with one line that says that there is none."""
    from streams.broker_failure import BrokerUnreachableError  # noqa: PLC0415
    from streams.topics import administration  # noqa: PLC0415

    warn_of_plain_text(kafka)
    try:
        with administration(kafka) as admin:
            yield admin
    except (BrokerUnreachableError, SettingsError) as error:
        refuse(str(error))


@contextmanager
def reader_or_exit(
    kafka: Kafka, *topics: str, committed: bool
) -> "Iterator[tuple[TopicReader, int]]":
    """Read these topics, which have so many partitions; or end the program with one line."""
    from streams.broker_failure import BrokerUnreachableError  # noqa: PLC0415
    from streams.topic_reader import reading  # noqa: PLC0415
    from streams.topics import TopicsError, partitions_of_all  # noqa: PLC0415

    logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # what it says, we say once
    try:
        with administration_or_exit(kafka) as admin:
            partitions = partitions_of_all(admin, kafka.prefix, *topics)
        with reading(kafka, committed=committed) as reader:
            yield reader, partitions
    except (BrokerUnreachableError, TopicsError) as error:
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
