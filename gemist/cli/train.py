"""``gemist train``: a scorecard from a school system's own history."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.refusal import refuse
from models.events.instants import read_date
from models.labels import WITHIN_DAYS
from streams.cuts import Plan

GREATEST_SEED = 2**32 - 1


class LabelName(StrEnum):
    """What is to be foreseen."""

    ABSENCE = "absence"
    LEFT = "left"


def train(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="Logs of events: NDJSON, .gz or .zst, or - (stdin)."),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The scorecard, scorecard.json say.")],
    label: Annotated[
        LabelName, typer.Option(help="What to foresee: much absence, or leaving early.")
    ] = LabelName.ABSENCE,
    within_days: Annotated[
        int | None,
        typer.Option(min=1, max=1000, metavar="N", help="For left: calendar days ahead (40)."),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Cut at every N-th school day of a school; not given: about once a week.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Look at nothing that was recorded after this date."),
    ] = None,
    alerts_per_mentor_week: Annotated[
        float, typer.Option(min=0.001, metavar="X", help="How many alerts a mentor shall get.")
    ] = 1.0,
    seed: Annotated[
        int, typer.Option(min=0, max=GREATEST_SEED, help="The same seed gives the same file.")
    ] = 0,
    simulated: Annotated[
        bool,
        typer.Option("--simulated", help="Mark it: the pupils are invented (seen by itself too)."),
    ] = False,
    file: ConfigFile = None,
) -> None:
    """Train a scorecard, judge it on later rows, and write it to a file that a person can read.

    The last line says whether it is worth having on these data. A scorecard trained on simulated
    pupils says nothing about real ones.
    """
    if within_days is not None and label is not LabelName.LEFT:
        refuse("--within-days: is for --label left")
    last = None if until is None else read_date(until)
    if until is not None and last is None:
        refuse(f"--until {until}: is no date; write one as in 2026-11-24")
    if out.is_dir():
        refuse(f"--out {out}: is a folder; name a file")
    plan = Plan(settings_or_exit(file).settings.pack, every or 0, None, within_days or WITHIN_DAYS)
    # scikit-learn takes longer to import than all other commands need together.
    from gemist.cli.training import Wishes, train_or_exit  # noqa: PLC0415

    wishes = Wishes(label, alerts_per_mentor_week, seed, simulated=simulated)
    for line in train_or_exit(files, plan, last, wishes, out):
        typer.echo(line)
