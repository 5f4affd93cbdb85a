"""What ``gemist train`` does: read, fit, write, and say what came of it."""

import gc
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Display

from gemist.cli.refusal import refuse
from gemist.cli.train import LabelName
from gemist.cli.whole_logs import cut_all, read_whole
from models.fitting.fit import Progress
from models.fitting.thresholds import trade_off_lines
from models.fitting.training import NothingToLearnError, Options, Trained, train
from models.labels import AHEAD_DAYS
from models.pattern_table import PatternTable
from models.scorecard.document import Figures
from models.scorecard.file import written
from streams.cuts import Plan
from streams.files import UnreadableError
from streams.known_until import known_until
from streams.school_logs import Logs, SchoolLog

_DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of a scorecard."""

    label: LabelName
    alerts_per_mentor_week: float
    seed: int
    simulated: bool
    """Are the pupils invented, whatever the logs say?"""


def train_or_exit(
    files: list[str], plan: Plan, until: int | None, wishes: Wishes, out: Path
) -> list[str]:
    """Train on what was recorded until a date, write the file, and give the lines to be said."""
    gc.disable()
    try:
        table, invented, plan = _read(files, plan, until)
        options = Options(
            wishes.label.value,
            plan.within_days if wishes.label is LabelName.LEFT else AHEAD_DAYS,
            plan.every,
            wishes.alerts_per_mentor_week,
            wishes.seed,
            wishes.simulated or invented,
        )
        with _progress() as progress:
            trained = train(table, options, progress)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(written(trained.document))
    except (UnreadableError, NothingToLearnError) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"{error.filename or out}: {error.strerror}")
    finally:
        gc.enable()
    return _told(trained, out)


def _read(files: list[str], plan: Plan, until: int | None) -> tuple[PatternTable, bool, Plan]:
    """Read and cut, about once a week where nobody said how often."""
    logs = read_whole(files)
    if not plan.every:
        plan = replace(plan, every=_about_a_week(_known(logs, until)))
    return *cut_all(_known(logs, until), plan), plan


def _known(logs: Logs, until: int | None) -> Iterator[SchoolLog]:
    """Each school's log, as it was at the end of a date."""
    for log in logs.by_school():
        yield log if until is None else known_until(log, until)


def _about_a_week(logs: Iterable[SchoolLog]) -> int:
    """How many school days a school has in a week: of a course with ten due dates, one."""
    counts = []
    for log in logs:
        days = np.unique(log.registers.date)
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
