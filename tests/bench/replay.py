"""``gemist replay`` as a contestant: the whole program, every school day folded."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench.logs import Log

#: Figures that common cause does not touch: there the replay must say what the others say.
_COMPARED = ("unauthorised_minutes_4w", "late_60")


def program() -> Path:
    """``gemist`` beside this interpreter."""
    return Path(sys.executable).with_name("gemist")


def exists() -> bool:
    """Can this checkout replay yet?"""
    if not program().exists():
        return False
    help_ = subprocess.run([program(), "replay", "--help"], capture_output=True, check=False)
    return help_.returncode == 0


def command(log: Log, out: Path, *options: str) -> list[str]:
    """The command that replays a log into a fresh folder."""
    shutil.rmtree(out, ignore_errors=True)
    return [
        str(program()),
        "replay",
        log.path,
        "--out",
        str(out),
        "--pack",
        "nl",
        "--scorecard",
        "none",
        *options,
    ]


def disagreements(out: Path, windows: Path) -> int:
    """Pupils for whom the replay's minutes or lateness differ from another contestant's table."""
    return len(_figures(out / "pupils.csv") ^ _figures(windows))


def _figures(table: Path) -> set[tuple[str, ...]]:
    with table.open(newline="", encoding="utf-8") as file:
        return {
            (row["school"], row["pupil"], *(row[name] for name in _COMPARED))
            for row in csv.DictReader(file)
        }
