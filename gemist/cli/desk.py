"""The desk that a command looks into or changes: a data folder's, or a database's."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gemist.cli.config import settings_or_exit
from gemist.cli.refusal import refuse

if TYPE_CHECKING:  # it takes a moment to import, and most commands do not need it
    from sqlalchemy import Engine

DataIfAny = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="The node's data folder; none: see --database."),
]
DatabaseIfAny = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="The desk's database where the log is Kafka; else desk.database.",
    ),
]


@dataclass(frozen=True, slots=True)
class Where:
    """Which desk a command is about: a data folder's, or a database's."""

    data: Path | None
    url: str

    def __str__(self) -> str:
        """Name it, without a password."""
        return "the desk" if self.data is None else str(self.data)


def where_or_exit(data: Path | None, database: str | None, config: Path | None) -> Where:
    """Say which desk is meant, or in one line why nobody can know."""
    if data is not None and database is not None:
        refuse("--data is a node's, --database a desk's on Kafka: give one of them")
    url = database or settings_or_exit(config).settings.desk.database
    if data is None:
        if not url:
            refuse("say where: --data DIR, --database URL, or the setting desk.database")
        return Where(None, url)
    from streams.embedded.folder import desk_of  # noqa: PLC0415 - takes a moment

    if not url and not data.is_dir():
        refuse(f"{data}: there is no such data folder")
    return Where(data, desk_of(data, url))


def desk_or_exit(where: Where) -> "Engine":
    """Open a desk, made if need be, or say in one line why that cannot be."""
    from alerts.desk.database import DeskError, open_desk  # noqa: PLC0415 - takes a moment

    try:
        return open_desk(where.url)
    except DeskError as error:
        refuse(str(error))
