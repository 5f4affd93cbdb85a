"""``gemist scorecard``: read a scorecard, and ask it about one pupil."""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, NoReturn

import msgspec
import typer
from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as Grid
from rich.text import Text

from alerts.words import Language
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.replay import show_progress
from gemist.cli.scorecard_file import SCORECARD_FILE, read_or_exit
from gemist.cli.scorecard_words import CARD, EXPLAIN
from models.book import NO_DATE
from models.events.instants import read_date, write_date
from models.features import FEATURES
from models.pattern_table import PatternTable
from models.score_patterns import QUOTIENTS
from models.scorecard.document import Document, Table, schema
from models.scorecard.serving import Part, Scorecard, chance_of
from models.scorecard.steps import Step, range_in_words, steps
from models.scorecard.words import may_be_null, name_of, said
from streams.cuts import Plan, cut_school
from streams.files import UnreadableError, check_readable
from streams.school_logs import read_logs

app = typer.Typer(help="Read a scorecard; ask it about one pupil.", no_args_is_help=True)

_WIDTH: Final = 100
_SMALL: Final = 0.01
_LEFT: Final = 12
_RIGHT: Final = 26
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_MOST_STEPS: Final = 6
_LEAST_TOLD: Final = 0.005
"""Points that would be written as 0.00 are no reason."""

File = Annotated[
    Path,
    typer.Argument(metavar=SCORECARD_FILE, help="A scorecard; simulated comes with the program."),
]


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of a scorecard's file, made from the types that read it."""
    typer.echo(msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode())


@app.command()
def show(
    file: File,
    most: Annotated[
        int, typer.Option(min=1, metavar="N", help="Patterns whose points are drawn.")
    ] = 12,
) -> None:
    """Print a scorecard as a person can read it: its card, and what each pattern adds."""
    document = read_or_exit(file).document
    console = _console()
    console.print(_card(document))
    weighing = sorted(document.tables, key=lambda each: -each.weight)
    console.print(
        "\nPoints that each pattern adds, those that weigh most first. 0 is a pupil with nothing"
        " to report; 0.69 points double the odds, -0.69 halve them.\n"
    )
    a_cell = _a_cell(weighing[:most])
    for table in weighing[:most]:
        console.print(_drawn(table, a_cell))
    rest = weighing[most:]
    if rest:
        names = ", ".join(each.pattern for each in rest)
        console.print(f"\n{len(rest)} more patterns weigh less: {names} (--most N draws them)")


@app.command()
def explain(
    file: File,
    logs: Annotated[
        list[str], typer.Argument(metavar="LOG…", help="Logs of events: NDJSON, .gz or .zst, or -.")
    ],
    pupil: Annotated[str, typer.Option(metavar="P", help="The pupil's id.")],
    school: Annotated[
        str | None, typer.Option(metavar="S", help="The school's, where two have such a pupil.")
    ] = None,
    on: Annotated[
        str | None, typer.Option(metavar="DATE", help="As it was known at the end of this date.")
    ] = None,
    language: Annotated[Language, typer.Option(help="English or Dutch.")] = Language.ENGLISH,
    config: ConfigFile = None,
) -> None:
    """Say one pupil's score, and why: what raises it, and what it would be without."""
    card = read_or_exit(file)
    date = NO_DATE - 1 if on is None else read_date(on)
    if date is None:
        refuse(f"--on {on}: is no date; write one as in 2026-11-24")
    plan = Plan(settings_or_exit(config).settings.pack, 1, date)
    table = _cut(logs, plan, pupil, school)
    _console().print(_explained(card, table, language))


def _console() -> Console:
    terminal = sys.stdout.isatty()
    return Console(width=None if terminal else _WIDTH, highlight=False, soft_wrap=False)


# ---- the card


def _card(document: Document) -> Panel:
    facts, threshold, label = document.training, document.threshold, document.label
    lines = Grid.grid(padding=(0, 2))
    lines.add_column(style="bold", no_wrap=True)
    lines.add_column()
    lines.add_row("foresees", label.definition)
    lines.add_row(
        "learned from",
        f"{facts.rows:,} rows of {facts.pupils:,} pupils at {facts.schools:,} schools,"
        f" {facts.first_day} to {facts.last_day}, cut at every {_ordinal(facts.every)}school day;"
        f" {facts.positives / max(facts.rows, 1):.1%} came true",
    )
    if document.simulated:
        lines.add_row("data", Text(CARD.simulated, style="bold red"))
    for each in document.evaluation:
        auc = "-" if each.auc is None else f"{each.auc:.3f}"
        tenth = each.precision_at_10_percent
        top = "-" if tenth is None else f"{tenth:.1%}"
        lines.add_row(
            f"on {each.rows_of}",
            f"AUC {auc}; of the tenth with the highest scores {top}"
            f" came true, of all {each.positives / max(each.rows, 1):.1%} ({each.rows:,} rows,"
            f" {each.first_day} to {each.last_day})",
        )
    lines.add_row("verdict", document.verdict)
    lines.add_row(
        "speaks",
        f"from a score of {threshold.score:.1%}, meant for at most"
        f" {_alerts(threshold.wished_alerts_per_mentor_week)} per mentor and week; tier 2, never 3",
    )
    lines.add_row("nothing to report", f"gives a score of {chance_of(document.intercept):.1%}")
    lines.add_row("intended use", CARD.use)
    lines.add_row("limits", CARD.limits)
    versions = ", ".join(f"{name} {number}" for name, number in facts.versions.items())
    lines.add_row("made with", f"{versions}; seed {facts.seed}")
    lines.add_row("SHA-256", document.sha256)
    title = f"Scorecard: {label.name}"
    return Panel(lines, title=title, title_align="left", border_style="dim")


def _ordinal(every: int) -> str:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(every if every < 20 else every % 10, "th")  # noqa: PLR2004
    return "" if every == 1 else f"{every}{suffix} "


# ---- shapes


def _alerts(wished: float) -> str:
    return "1 alert" if wished == 1 else f"{wished:g} alerts"


def _drawn(table: Table, a_cell: float) -> Group:
    head = Text.assemble(
        (name_of(table.pattern, Language.ENGLISH.value), "bold"),
        (f"  {table.pattern}, weight {table.weight:.2f}", "dim"),
        (f", {table.monotone}" if table.monotone else "", "dim"),
    )
    lines = Grid.grid(padding=(0, 1))
    lines.add_column(justify="right", width=16, no_wrap=True)
    lines.add_column(width=_LEFT + 1 + _RIGHT, no_wrap=True)
    lines.add_column(justify="right", no_wrap=True)
    is_whole = table.pattern not in QUOTIENTS
    for each in steps(table, most=_MOST_STEPS):
        lines.add_row(
            range_in_words(each, is_whole=is_whole), _bar(each.middle, a_cell), _told(each)
        )
    if may_be_null(table.pattern):
        missing = Step(None, None, table.missing, table.missing)
        lines.add_row("not known", _bar(table.missing, a_cell), _told(missing))
    return Group(head, Padding(lines, (0, 0, 1, 2)))


def _bar(points: float, a_cell: float) -> Text:
    """Draw points from an axis: to the left what lowers the score, to the right what raises it."""
    eighths = round(abs(points) / a_cell * 8)
    whole, rest = divmod(eighths, 8)
    bar = Text(" " * _LEFT)
    if points < 0:
        bar = Text(("█" * round(eighths / 8)).rjust(_LEFT), style="green")
    bar.append("│", style="dim")
    if points > 0:
        bar.append("█" * whole + (_EIGHTHS[rest] if rest else ""), style="red")
    return bar


def _a_cell(tables: Sequence[Table]) -> float:
    """Points that a character's width stands for, so that every bar has room."""
    points = [each for table in tables for each in (*table.values, table.missing)]
    return max(max(points, default=0) / _RIGHT, -min(points, default=0) / _LEFT, 1e-9)


def _told(step: Step) -> str:
    least, greatest = f"{step.least:+.2f}", f"{step.greatest:+.2f}"
    return greatest if least == greatest else f"{least} to {greatest}"


# ---- one pupil


def _cut(files: list[str], plan: Plan, pupil: str, school: str | None) -> PatternTable:
    """The pupil's one row."""
    gc.disable()
    try:
        for name in files:
            check_readable(name)
        with show_progress(files, "reading") as progress:
            logs = read_logs(files, progress)
    except UnreadableError as error:
        refuse(str(error))
    finally:
        gc.enable()
    found = []
    for log in logs.by_school():
        if pupil in log.pupils and school in {None, log.school}:
            table = cut_school(log, plan)
            mine = table.pupil == table.pupils.index(pupil)
            if mine.any():
                found.append(table.rows(mine))
    if not found:
        _not_there(pupil, school)
    if len(found) > 1:
        names = ", ".join(each.schools[0] for each in found)
        refuse(f"--pupil {pupil}: is at {names}; name one with --school")
    return found[0]


def _not_there(pupil: str, school: str | None) -> NoReturn:
    where = "" if school is None else f" at school {school}"
    refuse(f"--pupil {pupil}: is not enrolled{where} on the last school day by then")


def _explained(card: Scorecard, table: PatternTable, language: Language) -> Group:
    words = EXPLAIN[language]
    features = table.features()
    document, log_odds = card.document, float(card.log_odds(features)[0])
    score, parts = chance_of(log_odds), card.all_parts(features[0])
    figures = {
        name: None if value != value else value  # noqa: PLR0124 - NaN
        for name, value in zip(FEATURES, features[0].tolist(), strict=True)
    }
    reaches = score >= document.threshold.score
    head = words.score.format(
        pupil=table.pupils[table.pupil[0]],
        school=table.schools[table.school[0]],
        day=write_date(int(table.as_of[0])),
        score=_percent(score),
        label=words.labels[document.label.name].format(document.label.within_days),
    )
    lines: list[Text | Padding] = [
        Text(head, style="bold"),
        Text(
            (words.reaches if reaches else words.below).format(_percent(document.threshold.score)),
            style="red" if reaches else "green",
        ),
    ]
    if document.simulated:
        lines.append(Text(words.simulated, style="bold red"))
    lines.append(Text(words.nothing.format(_percent(chance_of(document.intercept)))))
    raising = [each for each in parts if each.points >= _LEAST_TOLD]
    lowering = [each for each in reversed(parts) if each.points <= -_LEAST_TOLD]
    for title, these in ((words.raising, raising), (words.lowering, lowering)):
        if these:
            lines.append(Text(f"\n{title}", style="bold"))
            lines.append(Padding(_reasons(these, figures, log_odds, language), (0, 0, 0, 2)))
    return Group(*lines)


def _reasons(
    parts: list[Part], figures: dict[str, float | None], log_odds: float, language: Language
) -> Grid:
    grid = Grid.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    for each in parts:
        without = EXPLAIN[language].without.format(_percent(chance_of(log_odds - each.points)))
        grid.add_row(said(each, figures, language.value), f"{each.points:+.2f}", without)
    return grid


def _percent(chance: float) -> str:
    """Say a chance with a digit behind the point, a small one with two."""
    return f"{chance:.1%}" if chance >= _SMALL else f"{chance:.2%}"
