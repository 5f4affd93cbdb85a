"""The importers, through the door that a user takes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gemist.cli.import_ import app

SAMPLE = Path(__file__).parents[1] / "data" / "edfi"


class Run:
    """One import, and what came of it."""

    def __init__(self, result, out, rejects):
        self.exit_code = result.exit_code
        self.stdout = result.stdout
        self.stderr = result.stderr
        self.out = out
        self.rejects = rejects


@pytest.fixture
def run(tmp_path):
    """Run ``gemist import``; each run writes to files of its own, or to those named."""
    count = iter(range(1_000_000))

    def run_(kind, *arguments, out=None, rejects=None):
        out = out or tmp_path / f"out{next(count)}.ndjson"
        given = [] if rejects is None else ["--rejects", str(rejects)]
        command = [kind, *map(str, arguments), "--out", str(out), *given]
        listed = rejects or out.with_name(f"{out.stem}.rejects.ndjson")
        return Run(CliRunner().invoke(app, command), out, listed)

    return run_


@pytest.fixture
def sample():
    """The excerpt of the Ed-Fi sample in this repository."""
    return sorted(SAMPLE.glob("*.xml"))
