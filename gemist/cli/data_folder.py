"""The data folder that a command is about, and the one line that ends it where it cannot."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gemist.cli.refusal import refuse

Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="The node's data folder.")]
NodeIfAny = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="A node's data folder; none: Kafka, where the settings say that it is.",
    ),
]


@contextmanager
def trouble_said(data: Path) -> Iterator[None]:
    """End the program with one line where a data folder cannot be used as it has to be."""
    from streams.embedded.folder import FolderError  # noqa: PLC0415 - not needed by most commands

    try:
        yield
    except FolderError as error:
        refuse(str(error))
    except sqlite3.Error as error:
        refuse(f"{data}: {error}")
