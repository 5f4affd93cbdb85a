"""``gemist casebook``: the cases of a desk."""

from pathlib import Path

import typer

from gemist.cli.at_the_desk import at_the_desk, desk_opened
from gemist.cli.config import ConfigFile
from gemist.cli.data_folder import trouble_said
from gemist.cli.desk import DatabaseIfAny, DataIfAny, Where, where_or_exit
from gemist.cli.lately import Hours, hours_ago, span
from gemist.cli.table import say_table
from models.events.instants import write_instant

casebook = typer.Typer(
    help="The cases of a desk: count what is new, and build them again from its log.",
    no_args_is_help=True,
    add_completion=False,
)


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


@casebook.command()
def opened(
    data: DataIfAny = None,
    database: DatabaseIfAny = None,
    hours: Hours = 24,
    file: ConfigFile = None,
) -> None:
    """Tell how many cases were opened lately, by school, kind and tier; no pupil is named."""
    from alerts.desk.casebook.reading import opened_since  # noqa: PLC0415 - takes a moment

    with at_the_desk(where_or_exit(data, database, file)) as connection:
        found = opened_since(connection, int(hours_ago(hours)))
    if not found:
        typer.echo(f"no case was opened in the last {span(hours)}")
        return
    say_table(
        [
            ("school", "kind", "tier", "cases", "last"),
            *(
                (
                    each.school,
                    each.kind,
                    str(each.tier),
                    str(each.cases),
                    write_instant(each.last_at),
                )
                for each in found
            ),
        ]
    )


def _of_a_node(where: Where, data: Path) -> int:
    from streams.embedded.folder import log_of  # noqa: PLC0415 - takes a moment
    from streams.embedded.following import rebuild_casebook  # noqa: PLC0415
    from streams.embedded.store import connect  # noqa: PLC0415

    with trouble_said(data):
        path = log_of(data)
        connect(path, read_only=True).close()  # before the desk is brought to today's form
        with desk_opened(where) as desk:
            return rebuild_casebook(path, desk)
