"""``gemist replay``: logs in files or on Kafka in, alerts and tables out."""

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Display

from config.packs import PACK_NAMES
from config.settings import Kafka
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.on_kafka import addressed_or_exit, is_on_kafka
from gemist.cli.refusal import refuse
from gemist.cli.scorecard_file import SCORECARD_FILE, scorecard_or_exit
from gemist.cli.scorecard_words import CARD
from gemist.cli.topics import reader_or_exit
from gemist.clock import stopwatch
from streams.files import STANDARD_INPUT, Progress, UnreadableError, check_readable
from streams.replay import Options, Read, Summary, read_files
from streams.replay import replay as replay_logs


def replay(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…",
            help="Logs of events: NDJSON, .gz or .zst, - (stdin), or kafka://HOST:PORT/PREFIX"
            " (kafka:// alone: what settings say).",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="A folder that is new or empty.")],
    pack: Annotated[
        str | None,
        typer.Option(metavar="|".join(PACK_NAMES), help="Rules; a school's own pack goes before."),
    ] = None,
    scorecard: Annotated[
        str | None,
        typer.Option(metavar=f"{SCORECARD_FILE}|none", help="A model's file (gemist train)."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="How many processes share the schools.")] = 1,
    every_batch: Annotated[
        bool, typer.Option("--every-batch", help="Tell after every event, as a live engine does.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit status 1 if anything was rejected.")
    ] = False,
    file: ConfigFile = None,
) -> None:
    """Replay logs of events: which alerts would have been told, and what stands at the end.

    Writes alerts.ndjson, pupils.csv, school_days.csv, unenrolled.csv, rejects.ndjson and
    summary.json into DIR: all of them, or none.
    """
    settings = settings_or_exit(file).settings
    pack = pack or settings.pack
    if pack not in PACK_NAMES:
        refuse(f"--pack {pack}: no such pack; write {', '.join(PACK_NAMES)}")
    score = scorecard_or_exit(scorecard or settings.scorecard)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        refuse(f"--out {out}: is not an empty folder; name a new one")
    gc.disable()  # a log makes many objects, and no cycles among them
    try:
        with (
            _log_or_exit(files, settings.kafka) as (names, read),
            show_progress(files, "replaying") as progress,
        ):
            options = Options(pack, every_batch, jobs, score)
            summary = replay_logs(
                names, out, options, progress=progress, stopwatch=stopwatch(), read=read
            )
    except UnreadableError as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"{error.filename or out}: {error.strerror}")
    finally:
        gc.enable()
    for line in _told(summary, out):
        typer.echo(line)
    if score is not None and score.document.simulated:
        typer.echo(f"scores are of a scorecard: {CARD.simulated}")
    if strict and summary.rejects:
        raise typer.Exit(1)


@contextmanager
def show_progress(files: Sequence[str], doing: str) -> Iterator[Progress]:
    """Show how much was read, on a terminal; in a pipe nothing of it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    is_known = STANDARD_INPUT not in files and not any(map(is_on_kafka, files))
    sizes = sum(Path(name).stat().st_size for name in files) if is_known else None
    packed = any(name.endswith((".gz", ".zst")) for name in files)
    columns = (TextColumn(doing), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Display(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task(doing, total=None if packed else sizes)
        yield lambda count: display.advance(task, count)


@contextmanager
def _log_or_exit(files: Sequence[str], kafka: Kafka) -> Iterator[tuple[Sequence[str], Read]]:
    """Find what shall be replayed: the names of its parts, and how to read them."""
    if not any(map(is_on_kafka, files)):
        for name in files:
            check_readable(name)
        yield files, read_files
        return
    from streams.event_topic import EventTopic  # noqa: PLC0415

    if len(files) > 1:
        refuse("kafka:// is a whole log: name nothing beside it")
    there = addressed_or_exit(files[0], kafka)
    with reader_or_exit(there, "school-events", committed=False) as (reader, partitions):
        topic = EventTopic(reader, there, partitions)
        yield topic.names, topic.read


def _told(summary: Summary, out: Path) -> list[str]:
    events, marks = summary.events.total(), summary.marks.total()
    alerts = sum((states.total() for states in summary.alerts.values()), 0)
    opened = sum(states["open"] for states in summary.alerts.values())
    lines = [
        f"{events:,} events with {marks:,} marks read, {summary.rejects.total():,} rejected",
        f"{alerts:,} messages, {opened:,} of them about an alert that opened",
        f"written to {out}",
    ]
    if summary.rejects:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in summary.rejects.items())
        lines.insert(1, f"rejects by reason: {reasons} (rejects.ndjson says where and why)")
    return lines
