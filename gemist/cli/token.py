"""``gemist token``: who may send for which schools."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gemist.cli.at_the_desk import desk_opened
from gemist.cli.config import ConfigFile
from gemist.cli.data_folder import trouble_said
from gemist.cli.desk import DatabaseIfAny, DataIfAny, where_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.table import say_table
from gemist.clock import now
from models.events.checks import is_id
from models.events.instants import write_instant

if TYPE_CHECKING:
    from streams.gateway.tokens import Token

token = typer.Typer(
    help="Tokens of the HTTP door, a node's or a gateway's: create, list and revoke.",
    no_args_is_help=True,
    add_completion=False,
)

_MOST_NOTE_CHARACTERS: Final = 200

MadeData = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="The node's data folder; made if need be."),
]


@token.command()
def create(
    school: Annotated[
        list[str],
        typer.Option("--school", metavar="S", help="A school it is for; may be given again."),
    ],
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="Who has it, for the list.")
    ] = "",
    data: MadeData = None,
    database: DatabaseIfAny = None,
    file: ConfigFile = None,
) -> None:
    """Make a token, and print it and nothing else. It cannot be shown again."""
    for each in school:
        if not is_id(each):
            refuse(f"--school {each!r}: a school's id is 1 to 64 of A-Z a-z 0-9 . _ : -")
    if len(note) > _MOST_NOTE_CHARACTERS or not note.isprintable():
        refuse(f"--note: at most {_MOST_NOTE_CHARACTERS} printable characters on one line")
    if data is not None:
        from streams.embedded import tokens as node  # noqa: PLC0415 - takes a moment

        with trouble_said(data):
            typer.echo(node.create(data, school, note, int(now())))
        return
    from streams.kafka_door import tokens  # noqa: PLC0415

    with desk_opened(where_or_exit(None, database, file)) as desk:
        typer.echo(tokens.create(desk, school, note, int(now())))


@token.command("list")
def list_(data: DataIfAny = None, database: DatabaseIfAny = None, file: ConfigFile = None) -> None:
    """List all tokens, revoked ones too; their secrets are not kept."""
    found = _listed(data, database, file)
    rows = [
        ("id", "schools", "created", "revoked", "note"),
        *(
            (
                each.id,
                " ".join(each.schools),
                write_instant(each.created_at),
                "-" if each.revoked_at is None else write_instant(each.revoked_at),
                each.note,
            )
            for each in found
        ),
    ]
    say_table(rows)


@token.command()
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `gemist token list` shows it.")],
    data: DataIfAny = None,
    database: DatabaseIfAny = None,
    file: ConfigFile = None,
) -> None:
    """Take a token back; a running node refuses it from now on, a gateway within a second."""
    if data is not None:
        from streams.embedded import tokens as node  # noqa: PLC0415 - takes a moment

        with trouble_said(data):
            was_there = node.revoke(data, id_, int(now()))
    else:
        from streams.kafka_door import tokens  # noqa: PLC0415

        with desk_opened(where_or_exit(None, database, file)) as desk:
            was_there = tokens.revoke(desk, id_, int(now()))
    if not was_there:
        refuse(f"{data or 'the desk'}: no token {id_!r}; `gemist token list` shows those there are")


def _listed(data: Path | None, database: str | None, file: Path | None) -> "list[Token]":
    if data is not None:
        from streams.embedded import tokens as node  # noqa: PLC0415 - takes a moment

        with trouble_said(data):
            return node.listed(data)
    from streams.kafka_door import tokens  # noqa: PLC0415

    with desk_opened(where_or_exit(None, database, file)) as desk:
        return tokens.listed(desk)
