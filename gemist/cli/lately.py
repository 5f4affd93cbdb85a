"""How far back a command looks that tells what happened lately."""

from typing import Annotated, Final

import typer

from gemist.clock import now

_HOUR_SECONDS: Final = 3600

Hours = Annotated[
    float, typer.Option("--hours", min=0, metavar="H", help="How far back it is looked.")
]


def hours_ago(hours: float) -> float:
    """When that was, in seconds since 1970."""
    return now() - hours * _HOUR_SECONDS
