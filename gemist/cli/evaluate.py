"""``gemist evaluate``: is a scorecard worth having on these data, or are rules alone enough?"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Display

from config.packs import PACK_NAMES
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.replay import show_progress
from gemist.cli.scorecard_file import read_or_exit
from gemist.cli.train import GREATEST_SEED
from models.events.instants import read_date
from models.fitting.judging.judge import Case, Judgement, Label, NothingToJudgeError, judge
from models.fitting.judging.logistic import Logistic, UnknownTermError
from models.fitting.judging.page import write_report
from models.fitting.judging.resampling import Progress
from models.labels import WITHIN_DAYS
from models.pattern_table import PatternTable, joined_tables
from models.scorecard.document import Document
from models.scorecard.serving import Scorecard
from streams.cuts import Plan, cut_school
from streams.files import UnreadableError, check_readable
from streams.known_until import is_simulated
from streams.school_logs import read_logs

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
    gc.disable()
    try:
        judgement = _judged(document, files, pack, every, first, seed)
        write_report(judgement.report, out)
    except (UnreadableError, NothingToJudgeError) as error:
        refuse(str(error))
    except UnknownTermError as error:
        refuse(f"{scorecard}: {error}")
    except OSError as error:
        refuse(f"{error.filename or out}: {error.strerror}")
    finally:
        gc.enable()
    for line in (*judgement.report["warnings"], f"written to {out}", judgement.sentence):
        typer.echo(line)
    if require_better and not judgement.is_worth_it:
        raise typer.Exit(RULES_ALONE)


def _judged(
    document: Document,
    files: list[str],
    pack: str,
    every: int | None,
    since: int | None,
    seed: int,
) -> Judgement:
    label = Label(document.label.name)
    within_days = document.label.within_days if label is Label.LEFT else WITHIN_DAYS
    cuts = every or document.training.every
    plan = Plan(pack, cuts, None, within_days, Scorecard(document).scores)
    table, invented = _read(files, plan)
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
        since=since,
        trained_until=read_date(document.training.last_day),
    )
    with _progress() as progress:
        return judge(case, seed=seed, progress=progress)


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


def _read(files: list[str], plan: Plan) -> tuple[PatternTable, bool]:
    for name in files:
        check_readable(name)
    with show_progress(files, "reading") as progress:
        logs = read_logs(files, progress)
    tables, invented = [], False
    for log in logs.by_school():
        invented |= is_simulated(log)
        tables.append(cut_school(log, plan))
    return joined_tables(tables), invented
