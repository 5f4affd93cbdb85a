"""A scorecard that a command was given, or one line that says why it cannot be used."""

from contextlib import ExitStack
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from gemist.cli.refusal import refuse
from models.scorecard.file import ScorecardError, read_scorecard
from models.scorecard.serving import Scorecard

NO_SCORECARD: Final = "none"
SHIPPED: Final = "simulated"
"""Comes with the program, trained on simulated pupils (`make model`): for demonstrations only."""
SCORECARD_FILE: Final = f"FILE|{SHIPPED}"


def scorecard_or_exit(file: Path | str | None) -> Scorecard | None:
    """Read it, where there is one; ``none`` is none."""
    if file is None or str(file) == NO_SCORECARD:
        return None
    return read_or_exit(Path(file))


def read_or_exit(file: Path) -> Scorecard:
    """Read a file, or the one that comes with the program by its name."""
    try:
        with ExitStack() as stack:
            if str(file) == SHIPPED and not file.exists():
                shipped = files("config") / "scorecards" / f"{SHIPPED}.json"
                file = stack.enter_context(as_file(shipped))
            return Scorecard(read_scorecard(file))
    except ScorecardError as error:
        refuse(f"scorecard {error}")
