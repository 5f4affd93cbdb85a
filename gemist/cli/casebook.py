"""``gemist casebook``: the cases of a node's desk."""

import typer

from gemist.cli.at_the_desk import desk_opened
from gemist.cli.config import ConfigFile
from gemist.cli.data_folder import Data, trouble_said

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
        with desk_opened(data, file) as desk:
            cases = rebuild_casebook(path, desk)
    typer.echo(f"gemist: {data}: {cases:,} cases, from the log's alerts and responses")
