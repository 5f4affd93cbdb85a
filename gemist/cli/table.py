"""Tables of text, as commands print them for people."""

from collections.abc import Sequence

import typer


def say_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of equally many cells, the first of them the headings; columns align left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        aligned = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(aligned).rstrip())
