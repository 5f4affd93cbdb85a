"""``gemist evaluate``: is a scorecard worth having on these data, or are rules alone enough?"""

from pathlib import Path
from typing import Annotated

import typer

from config.packs import PACK_NAMES
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.scorecard_file import read_or_exit
from gemist.cli.train import GREATEST_SEED
from models.events.instants import read_date

RULES_ALONE = 1
"""Exit status where a better one was required."""


def evaluate(
    scorecard: Annotated[Path, typer.Argument(metavar="SCORECARD.json", help="Or simulated.")],
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="Logs of events: NDJSON, .gz or .zst, or - (stdin)."),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="A folder that is new or empty.")],
    require_better: Annotated[
        bool, typer.Option("--require-better", help="Exit status 1 if rules alone are advised.")
    ] = False,
    every: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Cut at every N-th school day [default: as trained]."
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Judge by days from this date on alone.")
    ] = None,
    pack: Annotated[
        str | None,
        typer.Option(metavar="|".join(PACK_NAMES), help="Rules; a school's own pack goes before."),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=GREATEST_SEED, help="Of the drawings for intervals.")
    ] = 0,
    file: ConfigFile = None,
) -> None:
    """Judge a scorecard on logs that it was not trained on, against five baselines.

    Writes report.html, for people, and report.json into DIR: both, or none. Neither holds a
    pupil's id. The last line says: worth it on these data, or rules alone.
    """
    pack = pack or settings_or_exit(file).settings.pack
    if pack not in PACK_NAMES:
        refuse(f"--pack {pack}: no such pack; write {', '.join(PACK_NAMES)}")
    first = None if since is None else read_date(since)
    if since is not None and first is None:
        refuse(f"--since {since}: is no date; write one as in 2026-11-24")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        refuse(f"--out {out}: is not an empty folder; name a new one")
    document = read_or_exit(scorecard).document
    # scikit-learn takes longer to import than all other commands need together.
    from gemist.cli.judging import Test, judge_or_exit  # noqa: PLC0415

    judgement = judge_or_exit(document, Test(str(scorecard), files, pack, every, first, seed), out)
    for line in (*judgement.report["warnings"], f"written to {out}", judgement.sentence):
        typer.echo(line)
    if require_better and not judgement.is_worth_it:
        raise typer.Exit(RULES_ALONE)
