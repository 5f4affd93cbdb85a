"""``gemist backup``: a copy of a node, while it serves."""

from pathlib import Path
from typing import Annotated

import typer

from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.data_folder import Data, trouble_said
from gemist.cli.refusal import refuse


def backup(
    data: Data,
    out: Annotated[Path, typer.Option("--out", metavar="DIR2", help="A folder, new or empty.")],
    file: ConfigFile = None,
) -> None:
    """Copy all that a node holds, tokens too, into a folder that `gemist serve` can be started on.

    A node that serves DIR goes on; what is in the copy is what it had at one moment. It is
    complete or not there at all. A desk that `desk.database` has elsewhere is not in it: copy that
    one first, by its own means.
    """
    from alerts.desk.database import DeskError, check_desk  # noqa: PLC0415 - takes a moment
    from streams.embedded.backup import back_up  # noqa: PLC0415
    from streams.embedded.folder import desk_of  # noqa: PLC0415

    database = settings_or_exit(file).settings.desk.database
    try:
        if not database:
            check_desk(desk_of(data, database))
    except DeskError as error:
        refuse(str(error))
    with trouble_said(data):
        copied = back_up(data, out, with_desk=not database)
    typer.echo(f"{out}: {copied.events:,} events, {copied.bytes:,} bytes")
    if database:
        typer.echo("not in it: cases and messages, which are where desk.database says", err=True)
