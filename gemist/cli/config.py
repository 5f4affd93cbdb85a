"""``gemist config``: the settings that hold, and where each of them was set."""

import json
from pathlib import Path
from typing import Annotated

import typer

from config.settings import Effective, SettingsError, load
from gemist.cli.refusal import refuse

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="TOML file with settings (else GEMIST_CONFIG, else gemist.toml if it is there).",
    ),
]


def settings_or_exit(file: Path | None) -> Effective:
    """Load the settings, or end the program with one line that says what is wrong with them."""
    try:
        return load(file)
    except SettingsError as error:
        refuse(str(error))


def config(
    file: ConfigFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Show the effective settings and where each comes from; secrets are hidden."""
    shown = list(settings_or_exit(file).shown())
    if as_json:
        found = {s.name: {"value": text, "origin": origin} for s, text, origin in shown}
        typer.echo(json.dumps(found, indent=2))
        return
    rows = [
        ("setting", "value", "from", "what it does"),
        *((s.name, text or '""', origin, s.description) for s, text, origin in shown),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for *cells, description in rows:
        aligned = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        typer.echo("  ".join((*aligned, description)))
