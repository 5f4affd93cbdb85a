"""``gemist silent``: which schools have stopped to send."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.data_folder import NodeIfAny, trouble_said
from gemist.cli.table import say_table
from gemist.cli.topics import reader_or_exit
from gemist.clock import now
from models.events.instants import write_date, write_instant

if TYPE_CHECKING:
    from streams.page_topic import PartitionPages


def silent(data: NodeIfAny = None, file: ConfigFile = None) -> None:
    """Tell which schools sent no register for a whole day on which one was to be expected.

    By the pages of a node's folder with --data, else by those on Kafka; needs nothing that runs.
    Exit status 1: something could not be read.
    """
    from models.page_format import UnreadablePageError  # noqa: PLC0415 - takes a moment
    from models.pages import read_book  # noqa: PLC0415
    from streams.feeds import missed_days  # noqa: PLC0415

    rows: list[tuple[str, ...]] = []
    unreadable: list[str] = []
    schools, at = 0, now()
    with _of_kafka(file) if data is None else _of_node(data) as parts:
        for pages in parts:
            unreadable += pages.unreadable
            schools += len(pages.schools)
            for school, of_it in pages.schools.items():
                try:
                    book = read_book(school, of_it)
                except UnreadablePageError as error:
                    unreadable.append(f"school {school}: {error}")
                    continue
                days = missed_days(book, at)
                if days:
                    newest = write_date(int(book.days[-1]))
                    rows.append((school, newest, write_instant(book.newest_said_at), str(days)))
    if rows:
        say_table([("school", "newest day", "recorded at", "days missed"), *sorted(rows)])
    typer.echo(f"{len(rows)} of {schools} schools are silent")
    for line in unreadable:
        typer.echo(f"gemist: {line}", err=True)
    if unreadable:
        raise typer.Exit(1)


@contextmanager
def _of_node(data: Path) -> "Iterator[Iterator[PartitionPages]]":
    from streams.embedded.exporting import one_moment, pages  # noqa: PLC0415 - takes a moment
    from streams.page_topic import sorted_pages  # noqa: PLC0415

    with trouble_said(data), one_moment(data) as connection:
        yield iter([sorted_pages(0, pages(connection))])


@contextmanager
def _of_kafka(file: Path | None) -> "Iterator[Iterator[PartitionPages]]":
    from streams.page_topic import read_page_topic  # noqa: PLC0415 - takes a moment
    from streams.topics import PAGES  # noqa: PLC0415

    kafka = settings_or_exit(file).settings.kafka
    with reader_or_exit(kafka, PAGES, committed=True) as (reader, partitions):
        yield read_page_topic(reader, kafka.prefix, partitions)
