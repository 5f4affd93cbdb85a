"""``gemist casebook``: the cases of a desk."""

from pathlib import Path

import typer

from gemist.cli.at_the_desk import at_the_desk, desk_opened
from gemist.cli.config import ConfigFile
from gemist.cli.data_folder import trouble_said
from gemist.cli.desk import DatabaseIfAny, DataIfAny, Where, where_or_exit

casebook = typer.Typer(
    help="The cases of a desk: build them again from its log.",
    no_args_is_help=True,
    add_completion=False,
)


@casebook.callback()
def _of_a_desk() -> None:
    """Name the commands that there are, of which one is the first."""


@casebook.command()
def rebuild(
    data: DataIfAny = None, database: DatabaseIfAny = None, file: ConfigFile = None
) -> None:
    """Throw all cases away, and make them again from the log's alerts and responses.

    Directory, messages and who looked at whom stay as they are. A node may serve meanwhile. Where
    the log is Kafka, alerts and responses are those that the desk has taken from it.
    """
    where = where_or_exit(data, database, file)
    if where.data is None:
        from alerts.desk.casebook.rebuilding import rebuild_from_itself  # noqa: PLC0415

        with at_the_desk(where) as connection:
            cases = rebuild_from_itself(connection)
    else:
        cases = _of_a_node(where, where.data)
    typer.echo(f"gemist: {where}: {cases:,} cases, from the log's alerts and responses")


def _of_a_node(where: Where, data: Path) -> int:
    from streams.embedded.folder import log_of  # noqa: PLC0415 - takes a moment
    from streams.embedded.following import rebuild_casebook  # noqa: PLC0415
    from streams.embedded.store import connect  # noqa: PLC0415

    with trouble_said(data):
        path = log_of(data)
        connect(path, read_only=True).close()  # before the desk is brought to today's form
        with desk_opened(where) as desk:
            return rebuild_casebook(path, desk)
