"""``gemist patterns``: what pupils' marks looked like on each day, as a table."""

import gc
from pathlib import Path
from typing import Annotated, Final

import typer

from config.packs import PACK_NAMES
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.scorecard_file import SCORECARD_FILE, scorecard_or_exit
from gemist.cli.whole_logs import read_whole
from models.dictionary import dictionary
from models.events.instants import read_date
from models.labels import WITHIN_DAYS
from models.pattern_table import PatternTable, joined_tables
from streams.cuts import Plan, cut_school
from streams.files import UnreadableError

_SUFFIXES: Final = (".parquet", ".csv")


def _print_dictionary(asked: bool) -> None:
    if asked:
        typer.echo(dictionary(), nl=False)
        raise typer.Exit


def patterns(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="Logs of events: NDJSON, .gz or .zst, or - (stdin)."),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="A .parquet or .csv file.")],
    every: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Cut at every N-th school day; not given: at each."),
    ] = None,
    on: Annotated[
        str | None, typer.Option(metavar="DATE", help="Cut once, at the end of this date.")
    ] = None,
    pack: Annotated[
        str | None,
        typer.Option(metavar="|".join(PACK_NAMES), help="Rules; a school's own pack goes before."),
    ] = None,
    scorecard: Annotated[
        Path | None, typer.Option(metavar=SCORECARD_FILE, help="A scorecard, to give scores.")
    ] = None,
    within_days: Annotated[
        int,
        typer.Option(min=1, max=1000, metavar="N", help="For label_left: calendar days ahead."),
    ] = WITHIN_DAYS,
    _: Annotated[
        bool,
        typer.Option(
            "--dictionary",
            help="Say what each column means, and nothing else.",
            is_eager=True,
            callback=_print_dictionary,
        ),
    ] = False,
    file: ConfigFile = None,
) -> None:
    """Write a table of patterns: a row a pupil enrolled on a cut day.

    With the tiers of the rules, and, where the log reaches far enough, what came of the pupil. A
    row sees what was recorded by the end of its date, and nothing else.
    """
    pack = pack or settings_or_exit(file).settings.pack
    if pack not in PACK_NAMES:
        refuse(f"--pack {pack}: no such pack; write {', '.join(PACK_NAMES)}")
    if out.suffix not in _SUFFIXES:
        refuse(f"--out {out}: name a {' or '.join(_SUFFIXES)} file")
    if every is not None and on is not None:
        refuse("--every and --on: give one of them")
    card = scorecard_or_exit(scorecard)
    score = None if card is None else card.scores
    plan = Plan(pack, every or 1, _date(on), within_days, score)
    gc.disable()  # a log makes many objects, and no cycles among them
    try:
        table = tables_of(files, plan)
        out.parent.mkdir(parents=True, exist_ok=True)
        table.write(out)
    except UnreadableError as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"{error.filename or out}: {error.strerror}")
    finally:
        gc.enable()
    typer.echo(f"{len(table):,} rows of {len(table.schools):,} schools written to {out}")


def _date(on: str | None) -> int | None:
    date = None if on is None else read_date(on)
    if on is not None and date is None:
        refuse(f"--on {on}: is no date; write one as in 2026-11-24")
    return date


def tables_of(files: list[str], plan: Plan) -> PatternTable:
    """Read logs and cut each school; what is refused is counted on stderr.

    Raises
    ------
    UnreadableError
        A file cannot be read.
    """
    logs = read_whole(files)
    if logs.rejects:
        typer.echo(f"gemist: {len(logs.rejects):,} lines or marks were refused", err=True)
    return joined_tables([cut_school(log, plan) for log in logs.by_school()])
