"""``gemist train``: a scorecard from a school system's own history."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Display

from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.replay import show_progress
from models.events.instants import read_date
from models.fitting.fit import Progress
from models.fitting.thresholds import trade_off_lines
from models.fitting.training import NothingToLearnError, Options, Trained
from models.fitting.training import train as train_on
from models.labels import WITHIN_DAYS
from models.pattern_table import PatternTable, joined_tables
from models.scorecard.document import Figures
from models.scorecard.file import written
from streams.cuts import Plan, cut_school
from streams.files import UnreadableError, check_readable
from streams.known_until import is_simulated, known_until
from streams.school_logs import Logs, read_logs

_DAYS_AHEAD_OF_ABSENCE = 40
_DAYS_OF_A_WEEK = 7
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
    gc.disable()
    try:
        table, invented, plan = _read(files, plan, last)
        options = Options(
            label.value,
            plan.within_days if label is LabelName.LEFT else _DAYS_AHEAD_OF_ABSENCE,
            plan.every,
            alerts_per_mentor_week,
            seed,
            simulated or invented,
        )
        with _progress() as progress:
            trained = train_on(table, options, progress)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(written(trained.document))
    except (UnreadableError, NothingToLearnError) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"{error.filename or out}: {error.strerror}")
    finally:
        gc.enable()
    for line in _told(trained, out):
        typer.echo(line)


def _read(files: list[str], plan: Plan, until: int | None) -> tuple[PatternTable, bool, Plan]:
    """Read and cut, about once a week where nobody said how often."""
    for name in files:
        check_readable(name)
    with show_progress(files, "reading") as progress:
        logs = read_logs(files, progress)
    if not plan.every:
        plan = replace(plan, every=_about_a_week(logs, until))
    tables, invented = [], False
    for log in logs.by_school():
        known = log if until is None else known_until(log, until)
        invented |= is_simulated(known)
        tables.append(cut_school(known, plan))
    return joined_tables(tables), invented, plan


def _about_a_week(logs: Logs, until: int | None) -> int:
    """How many school days a school has in a week: of a course with ten due dates, one."""
    counts = []
    for log in logs.by_school():
        days = np.unique((log if until is None else known_until(log, until)).registers.date)
        if len(days):
            weeks = (int(days[-1]) - int(days[0]) + 1) / _DAYS_OF_A_WEEK
            counts.append(len(days) / max(weeks, 1.0))
    return max(1, round(median(counts))) if counts else 1


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show what is being done, on a terminal; in a pipe nothing of it."""
    if not sys.stderr.isatty():
        yield lambda _what, _share: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Display(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task("training", total=1.0)
        yield lambda what, share: display.update(task, description=what, completed=share)


def _told(trained: Trained, out: Path) -> list[str]:
    document = trained.document
    facts, threshold = document.training, document.threshold
    share = facts.positives / facts.rows
    lines = [
        f"{facts.rows:,} rows of {facts.pupils:,} pupils at {facts.schools:,} schools",
        f"{facts.first_day} to {facts.last_day}: {share:.1%} have the label {document.label.name}",
        f"{len(document.tables)} patterns weigh; written to {out} ({document.sha256[:12]})",
        f"threshold {threshold.score:.3f}; what others would have meant, on rows held out:",
        *(f"  {line}" for line in trade_off_lines(threshold.trade_off)),
        *map(_figures, document.evaluation),
    ]
    if document.simulated:
        lines.append("trained on simulated pupils: it says nothing about real ones")
    return [*lines, document.verdict]


def _figures(figures: Figures) -> str:
    return (
        f"{figures.rows_of}: AUC {figures.auc:.3f}, of the top tenth"
        f" {figures.precision_at_10_percent:.1%} come true ({figures.rows:,} rows)"
    )
