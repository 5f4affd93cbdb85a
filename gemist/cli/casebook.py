"""``gemist casebook``: the cases of a node's desk."""

import typer

from gemist.cli.config import ConfigFile
from gemist.cli.data_folder import Data, trouble_said
from gemist.cli.desk import desk_or_exit

casebook = typer.Typer(
    help="The cases of a node's desk: build them again from its log.",
    no_args_is_help=True,
    add_completion=False,
)


@casebook.callback()
def _of_a_node() -> None:
    """Name the commands that there are, of which one is the first."""


@casebook.command()
def rebuild(data: Data, file: ConfigFile = None) -> None:
    """Throw all cases away, and make them again from the log's alerts and responses.

    Directory, messages and who looked at whom stay as they are. A node may serve meanwhile.
    """
    from streams.embedded.folder import log_of  # noqa: PLC0415 - takes a moment
    from streams.embedded.following import rebuild_casebook  # noqa: PLC0415

    with trouble_said(data):
        path = log_of(data)
        desk = desk_or_exit(data, file)
        try:
            cases = rebuild_casebook(path, desk)
        finally:
            desk.dispose()
    typer.echo(f"gemist: {data}: {cases:,} cases, from the log's alerts and responses")
