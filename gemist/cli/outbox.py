"""``gemist outbox``: messages to people that have not gone out."""

from typing import Annotated

import typer

from gemist.cli.at_the_desk import at_the_desk
from gemist.cli.config import ConfigFile
from gemist.cli.desk import DatabaseIfAny, DataIfAny, where_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.table import say_table
from gemist.clock import now
from models.events.instants import write_instant

outbox = typer.Typer(
    help="Messages that wait to go out or were given up: list and retry.",
    no_args_is_help=True,
    add_completion=False,
)


@outbox.command("list")
def list_(
    data: DataIfAny = None,
    database: DatabaseIfAny = None,
    file: ConfigFile = None,
    dead: Annotated[bool, typer.Option("--dead", help="Only those that were given up.")] = False,
    schools: Annotated[
        bool, typer.Option("--schools", help="With each message's school, to know whom to tell.")
    ] = False,
) -> None:
    """List what has not gone out, and why; no person and no pupil is named."""
    from alerts.desk.outbox import listed  # noqa: PLC0415 - takes a moment

    with at_the_desk(where_or_exit(data, database, file)) as connection:
        found = listed(connection, only_dead=dead)
    rows: list[tuple[str, ...]] = [
        ("id", "state", "created", "tries", "next", "what", "role", "error"),
        *(
            (
                str(each.message),
                each.state.value,
                write_instant(each.created_at),
                str(each.tries),
                write_instant(each.due_at) if each.state == "waiting" else "-",
                each.what,
                each.role,
                each.error or "-",
            )
            for each in found
        ),
    ]
    if schools:
        column = ("school", *(each.school for each in found))
        rows = [(row[0], school, *row[1:]) for row, school in zip(rows, column, strict=True)]
    say_table(rows)


@outbox.command()
def retry(
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="ID", help="As `gemist outbox list` shows them.")
    ] = None,
    data: DataIfAny = None,
    database: DatabaseIfAny = None,
    file: ConfigFile = None,
    all_: Annotated[bool, typer.Option("--all", help="All that have not gone out.")] = False,
) -> None:
    """Let messages go out now, as if they had never failed; a running node sends them."""
    from alerts.desk.outbox import retry as try_again  # noqa: PLC0415

    if bool(ids) == all_:
        refuse("say which messages by their ids, or --all")
    with at_the_desk(where_or_exit(data, database, file)) as connection:
        again = try_again(connection, ids or None, int(now()))
        unknown = sorted({*(ids or ())} - {*again})
        if unknown:
            first = ", ".join(map(str, unknown))
            refuse(f"no message {first} waits or was given up; `gemist outbox list` shows them")
    typer.echo(f"{len(again)} {'message is' if len(again) == 1 else 'messages are'} due now")
