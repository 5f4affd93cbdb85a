"""``gemist token``: who may send for which schools."""

from pathlib import Path
from typing import Annotated, Final

import typer

from gemist.cli.data_folder import Data, trouble_said
from gemist.cli.refusal import refuse
from gemist.clock import now
from models.events.checks import is_id
from models.events.instants import write_instant

token = typer.Typer(
    help="Tokens of a node's HTTP door: create, list and revoke.",
    no_args_is_help=True,
    add_completion=False,
)

_MOST_NOTE_CHARACTERS: Final = 200

MadeData = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="The node's data folder; made if need be.")
]


@token.command()
def create(
    data: MadeData,
    school: Annotated[
        list[str],
        typer.Option("--school", metavar="S", help="A school it is for; may be given again."),
    ],
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="Who has it, for the list.")
    ] = "",
) -> None:
    """Make a token, and print it and nothing else. It cannot be shown again."""
    from streams.embedded import tokens  # noqa: PLC0415 - takes a moment, and is not always needed

    for each in school:
        if not is_id(each):
            refuse(f"--school {each!r}: a school's id is 1 to 64 of A-Z a-z 0-9 . _ : -")
    if len(note) > _MOST_NOTE_CHARACTERS or not note.isprintable():
        refuse(f"--note: at most {_MOST_NOTE_CHARACTERS} printable characters on one line")
    with trouble_said(data):
        typer.echo(tokens.create(data, school, note, int(now())))


@token.command("list")
def list_(data: Data) -> None:
    """List all tokens, revoked ones too; their secrets are not kept."""
    from streams.embedded import tokens  # noqa: PLC0415

    with trouble_said(data):
        found = tokens.listed(data)
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
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for *cells, last in rows:
        aligned = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        typer.echo("  ".join((*aligned, last)).rstrip())


@token.command()
def revoke(
    data: Data,
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `gemist token list` shows it.")],
) -> None:
    """Take a token back; a running node refuses it from now on."""
    from streams.embedded import tokens  # noqa: PLC0415

    with trouble_said(data):
        was_there = tokens.revoke(data, id_, int(now()))
    if not was_there:
        refuse(f"{data}: no token {id_!r}; `gemist token list` shows those there are")
