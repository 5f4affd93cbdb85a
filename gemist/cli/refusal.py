"""How a command ends that cannot do what was asked: one line on stderr, and a status."""

from typing import Final, NoReturn

import typer

WRONG_USAGE: Final = 2


def refuse(line: str) -> NoReturn:
    """Say in one line what was wrong, and end with the status of wrong usage."""
    typer.echo(f"gemist: {line}", err=True)
    raise typer.Exit(WRONG_USAGE)
