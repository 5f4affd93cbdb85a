"""What ``gemist evaluate`` does: read, judge, and write the report."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Display

from gemist.cli.refusal import refuse
from gemist.cli.whole_logs import cut_all, read_whole
from models.events.instants import read_date
from models.fitting.judging.judge import Case, Judgement, Label, NothingToJudgeError, judge
from models.fitting.judging.logistic import Logistic, UnknownTermError
from models.fitting.judging.page import write_report
from models.fitting.judging.resampling import Progress
from models.labels import WITHIN_DAYS
from models.scorecard.document import Document
from models.scorecard.serving import Scorecard
from streams.cuts import Plan
from streams.files import UnreadableError


@dataclass(frozen=True, slots=True)
class Test:
    """By what a scorecard is judged."""

    scorecard: str
    """What the file is called."""
    files: list[str]
    pack: str
    every: int | None
    """Cut at every so many school days; None: as trained."""
    since: int | None
    """Judge by days from this date on alone."""
    seed: int


def judge_or_exit(document: Document, test: Test, out: Path) -> Judgement:
    """Judge a scorecard, and write the report into a folder."""
    gc.disable()
    try:
        judgement = _judged(document, test)
        write_report(judgement.report, out)
    except (UnreadableError, NothingToJudgeError) as error:
        refuse(str(error))
    except UnknownTermError as error:
        refuse(f"{test.scorecard}: {error}")
    except OSError as error:
        refuse(f"{error.filename or out}: {error.strerror}")
    finally:
        gc.enable()
    return judgement


def _judged(document: Document, test: Test) -> Judgement:
    label = Label(document.label.name)
    within_days = document.label.within_days if label is Label.LEFT else WITHIN_DAYS
    cuts = test.every or document.training.every
    plan = Plan(test.pack, cuts, None, within_days, Scorecard(document).scores)
    table, invented = cut_all(read_whole(test.files).by_school(), plan)
    baseline = {
        "coefficients": document.baseline.coefficients,
        "intercept": document.baseline.intercept,
    }
    case = Case(
        table,
        label,
        document.threshold.score,
        cuts,
        Logistic.from_dict(baseline),
        within_days=within_days,
        simulated=invented,
        trained_on_simulated=document.simulated,
        sha256=document.sha256,
        since=test.since,
        trained_until=read_date(document.training.last_day),
    )
    with _progress() as progress:
        return judge(case, seed=test.seed, progress=progress)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show how far the judging is, on a terminal; in a pipe nothing of it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn("judging"), BarColumn(), TimeElapsedColumn())
    with Display(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task("judge", total=1.0)
        yield lambda share: display.update(task, completed=share)
