"""How far back a command looks that tells what happened lately."""

from typing import Annotated, Final

import typer

from gemist.clock import now

_HOUR_SECONDS: Final = 3600
_HOUR_MINUTES: Final = 60

Hours = Annotated[
    float, typer.Option("--hours", min=0, metavar="H", help="How far back it is looked.")
]


def hours_ago(hours: float) -> float:
    """When that was, in seconds since 1970."""
    return now() - hours * _HOUR_SECONDS


def span(hours: float) -> str:
    """Say how long that is.

    >>> span(24), span(1), span(0.25)
    ('24 hours', 'hour', '15 minutes')
    """
    if hours == 1:
        return "hour"
    return f"{hours:g} hours" if hours > 1 else f"{hours * _HOUR_MINUTES:g} minutes"
