"""A scorecard that a command was given, or one line that says why it cannot be used."""

from pathlib import Path

from gemist.cli.refusal import refuse
from models.scorecard.file import ScorecardError, read_scorecard
from models.scorecard.serving import Scorecard

NO_SCORECARD = "none"


def scorecard_or_exit(file: Path | str | None) -> Scorecard | None:
    """Read it, where there is one; ``none`` is none."""
    if file is None or str(file) == NO_SCORECARD:
        return None
    try:
        return Scorecard(read_scorecard(Path(file)))
    except ScorecardError as error:
        refuse(f"scorecard {error}")
