"""``gemist show``: what a replay found, or what stands on Kafka, as a table for people."""

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alerts.alert import Alert
from alerts.history import History, ended, histories, most_urgent_first
from alerts.rules import Kind
from alerts.words import Language, days_in_words, reasons
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.on_kafka import addressed_or_exit, is_on_kafka
from gemist.cli.refusal import refuse
from gemist.cli.topics import reader_or_exit

_PIPE_WIDTH: Final = 100
_MOST_DATES: Final = 8
_INTENSIVE: Final = 3


@dataclass(frozen=True, slots=True)
class _Headings:
    """The words around the table in one language."""

    counted: str
    counted_alerts: str
    no_alerts: str
    missed: str
    left: str
    back: str
    notices: str
    nothing: str
    more: str
    columns: tuple[str, ...]
    kinds: dict[Kind, str]
    whole_school: str
    legend: tuple[str, ...]


_HEADINGS: Final = {
    Language.ENGLISH: _Headings(
        counted="{schools} schools with {pupils} pupils, up to {day}",
        counted_alerts="Alerts of {schools} schools, up to {day}",
        no_alerts="No alert is on Kafka.",
        missed="Missed now: ask where they were, and what they need (pupils: {})",
        left="Left while they were missed: ask where they learn now (pupils: {})",
        back="Were missed, and are back: say hello (pupils: {})",
        notices="So many were away that one pupil's absence says little (times: {})",
        nothing="Nobody is missed.",
        more="… and {} more (--most N shows more of them)",
        columns=("pupil\nschool", "kind", "since", "why"),
        kinds={
            Kind.ATTENDANCE: "attendance",
            Kind.UNAUTHORISED: "unauthorised",
            Kind.SILENCE: "silence",
            Kind.GROUP: "group",
        },
        whole_school="everyone",
        legend=(
            "tier 2: the mentor asks, and makes a plan with pupil and parents",
            "tier 3: the care team too, for a place to learn that fits",
        ),
    ),
    Language.DUTCH: _Headings(
        counted="{schools} scholen met {pupils} leerlingen, tot en met {day}",
        counted_alerts="Meldingen van {schools} scholen, tot en met {day}",
        no_alerts="Er staat geen melding op Kafka.",
        missed="Nu gemist: vraag waar ze waren, en wat ze nodig hebben (leerlingen: {})",
        left="Vertrokken terwijl ze werden gemist: vraag waar ze nu leren (leerlingen: {})",
        back="Werden gemist, en zijn er weer: zeg even hallo (leerlingen: {})",
        notices="Zo veel waren er weg dat het over één leerling weinig zegt (keer: {})",
        nothing="Niemand wordt gemist.",
        more="… en nog {} (--most N toont er meer)",
        columns=("leerling\nschool", "soort", "sinds", "waarom"),
        kinds={
            Kind.ATTENDANCE: "aanwezigheid",
            Kind.UNAUTHORISED: "ongeoorloofd",
            Kind.SILENCE: "stilte",
            Kind.GROUP: "groep",
        },
        whole_school="iedereen",
        legend=(
            "tier 2: de mentor vraagt, en maakt een plan met leerling en ouders",
            "tier 3: ook het zorgteam, voor een passende plek om te leren",
        ),
    ),
}


def show(
    source: Annotated[
        str,
        typer.Argument(
            metavar="DIR",
            help="What gemist replay --out DIR has written; or kafka://, what stands on Kafka"
            " (kafka://HOST:PORT/PREFIX elsewhere than the settings say).",
        ),
    ],
    language: Annotated[Language, typer.Option(help="Language of the words.")] = Language.ENGLISH,
    most: Annotated[
        int, typer.Option(min=1, metavar="N", help="Rows of each part of the table.")
    ] = 20,
    file: ConfigFile = None,
) -> None:
    """Show which pupils are missed, since when, and why in a sentence."""
    if is_on_kafka(source):
        found, counted = _on_kafka(source, language, file)
    else:
        found, counted = _in_folder(Path(source), language)
    console = _console()
    with console.capture() as captured:
        _print_all(console, found, counted, language, most)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())


def _in_folder(folder: Path, language: Language) -> tuple[list[History], str]:
    try:
        found = most_urgent_first(histories(_messages(folder / "alerts.ndjson")))
        return found, _counted(folder / "pupils.csv", language)
    except OSError as error:
        refuse(f"{folder}: no result of gemist replay ({error.filename}: {error.strerror})")
    except (ValueError, KeyError) as error:  # msgspec's errors are ValueErrors
        refuse(f"{folder}: no result of gemist replay that this version can read ({error})")


def _on_kafka(address: str, language: Language, file: Path | None) -> tuple[list[History], str]:
    from streams.alert_topic import read_alerts, unread_events  # noqa: PLC0415
    from streams.topics import ALERTS, EVENTS, PAGES  # noqa: PLC0415

    kafka = addressed_or_exit(address, settings_or_exit(file).settings.kafka)
    try:
        with reader_or_exit(kafka, EVENTS, PAGES, ALERTS, committed=True) as (reader, partitions):
            unread = unread_events(reader, kafka, partitions)
            messages = list(read_alerts(reader, kafka, partitions))
    except ValueError as error:  # msgspec's errors are ValueErrors
        refuse(str(error))
    if unread:
        typer.echo(
            f"gemist: {unread:,} events are in no book yet: if this number does not fall, see"
            " whether a worker runs",
            err=True,
        )
    return most_urgent_first(histories(messages)), _counted_alerts(messages, language)


def _counted_alerts(messages: Sequence[Alert], language: Language) -> str:
    headings = _HEADINGS[language]
    if not messages:
        return headings.no_alerts
    schools = len({alert.school for alert in messages})
    day = days_in_words([max(alert.as_of for alert in messages)], language)
    return headings.counted_alerts.format(schools=schools, day=day)


def _print_all(
    console: Console, found: Sequence[History], counted: str, language: Language, most: int
) -> None:
    headings = _HEADINGS[language]
    notices = [each for each in found if each.newest.kind is Kind.GROUP]
    of_pupils = [each for each in found if each.newest.kind is not Kind.GROUP]
    missed = [each for each in of_pupils if each.stands]
    console.print(Text(counted))
    if not missed:
        console.print(Text(f"\n{headings.nothing}"))
    for heading, rows in (
        (headings.missed, missed),
        (headings.left, ended(of_pupils, by_leaving=True)),
        (headings.back, ended(of_pupils, by_leaving=False)),
        (headings.notices, notices),
    ):
        if rows:
            _print(console, heading, rows, language, most)
    console.print()
    for line in headings.legend:
        console.print(Text(line, "dim"))


def _console() -> Console:
    """Make a terminal's console; in a pipe plain text, no wider than one can read."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=_PIPE_WIDTH, color_system=None)


def _messages(file: Path) -> Iterator[Alert]:
    decoder = msgspec.json.Decoder(Alert)
    with file.open("rb") as lines:
        yield from map(decoder.decode, lines)


def _counted(file: Path, language: Language) -> str:
    schools: set[str] = set()
    pupils = 0
    newest = ""
    with file.open(newline="") as lines:
        for row in csv.DictReader(lines):
            schools.add(row["school"])
            pupils += 1
            newest = max(newest, row["as_of"])
    day = days_in_words([newest], language) if newest else "-"
    return _HEADINGS[language].counted.format(schools=len(schools), pupils=pupils, day=day)


def _print(
    console: Console, heading: str, found: Sequence[History], language: Language, most: int
) -> None:
    headings = _HEADINGS[language]
    about = {(each.newest.school, each.newest.pupil or each.newest.id) for each in found}
    console.print(Text(f"\n{heading.format(len(about))}", "bold"))
    table = Table(box=None, padding=(0, 2, 1, 0), pad_edge=False)
    for name in headings.columns[:-1]:
        table.add_column(name, overflow="fold")
    table.add_column(headings.columns[-1], overflow="fold", ratio=1)
    for each in found[:most]:
        alert = each.newest
        tier = "bold" if alert.tier >= _INTENSIVE else ""
        table.add_row(
            Text(_about(alert, headings), "bold").append(f"\n{alert.school}", "not bold"),
            Text(f"{headings.kinds[alert.kind]}\n").append(f"tier {alert.tier}", tier),
            Text(alert.opened_on),
            Text("; ".join(_sentences(each, language))),
        )
    console.print(table)
    if len(found) > most:
        console.print(Text(f"\n{headings.more.format(len(found) - most)}"))


def _about(alert: Alert, headings: _Headings) -> str:
    return alert.pupil or alert.group or headings.whole_school


def _sentences(history: History, language: Language) -> Iterator[str]:
    """Say why it stood, and why it ended, if it did."""
    alert = history.newest
    yield from reasons(history.ground, alert.kind, language, most_dates=_MOST_DATES)
    if not history.stands:
        day = days_in_words([alert.as_of], language)
        yield from (f"{day}: {each}" for each in reasons(alert.reasons, alert.kind, language))
