"""``gemist simulate``: a district of invented pupils, written to a file as a log of events."""

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn

import typer
import zstandard

from models.simulator import DEFAULT_START, Block, Plan, Style
from models.simulator import simulate as blocks_of

_STANDARD_OUTPUT = "-"
_PUPILS_PER_SCHOOL = 500
_WRONG_USAGE, _NOT_WRITTEN = 2, 1
_GZIP_LEVEL, _ZSTD_LEVEL = 6, 3


def simulate(
    *,
    pupils: Annotated[
        int, typer.Option(help="Pupils of the whole district, shared evenly over its schools.")
    ],
    days: Annotated[
        int, typer.Option(help="School days: weekends and holidays come on top of them.")
    ],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")],
    out: Annotated[
        str, typer.Option(help="File to write (.gz and .zst are compressed), or - for stdout.")
    ],
    schools: Annotated[
        int | None, typer.Option(help="Schools; not given: one for every 500 pupils.")
    ] = None,
    sessions: Annotated[int, typer.Option(help="Sessions a day, 1 to 12.")] = 2,
    style: Annotated[
        Style,
        typer.Option(
            help="listed: a mark for everyone; default: present but for those listed; "
            "single: one mark a register."
        ),
    ] = Style.LISTED,
    start: Annotated[str, typer.Option(help="First day, YYYY-MM-DD.")] = DEFAULT_START.isoformat(),
    group_size: Annotated[int, typer.Option(help="Pupils of a group, and so of a register.")] = 25,
    closes: Annotated[
        bool, typer.Option("--closes", help="A close after every school day, not the last alone.")
    ] = False,
) -> None:
    """Write a district's log: schools, groups, holidays, illness, truancy, one snow day.

    The pupils are invented. They are good for trying the program out and for measuring its speed;
    no accuracy on them says anything about real pupils.
    """
    try:
        plan = Plan(
            pupils=pupils,
            days=days,
            seed=seed,
            schools=max(1, pupils // _PUPILS_PER_SCHOOL) if schools is None else schools,
            sessions=sessions,
            style=style,
            start=_date(start),
            group_size=group_size,
            closes=closes,
        )
    except ValueError as error:
        _refuse(str(error), _WRONG_USAGE)
    try:
        events, marks = _write(blocks_of(plan), out)
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python must not try to flush it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(_NOT_WRITTEN) from None
    except OSError as error:
        _refuse(f"{out}: {(error.strerror or str(error)).lower()}", _NOT_WRITTEN)
    if sys.stderr.isatty():
        typer.echo(f"{events:,} events with {marks:,} marks", err=True)


def _date(text: str) -> date:
    """Read a date in ISO form; ValueError in words otherwise."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"start must be a date such as 2025-09-01, not {text[:40]!r}") from None


def _refuse(message: str, status: int) -> NoReturn:
    """One clear line, and out."""
    typer.echo(f"gemist simulate: {message}", err=True)
    raise typer.Exit(status)


def _write(blocks: Iterator[Block], out: str) -> tuple[int, int]:
    """Write all blocks; returns how many events and marks they hold."""
    events = marks = 0
    with _destination(out) as file:
        for block in blocks:
            file.write(block.data)
            events += block.events
            marks += block.marks
    return events, marks


@contextmanager
def _destination(out: str) -> Iterator[BinaryIO]:
    """Where to write: a file gets its name only once it is whole.

    What is no regular file (``/dev/null``, a pipe with a name) is written to as it is. A place
    that cannot be written to is wrong usage: it ends the program before anything is simulated.
    """
    if out == _STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(out).resolve()
    with ExitStack() as stack:
        try:
            if path.is_dir():
                raise IsADirectoryError(None, "is a directory")
            straight = path.exists() and not path.is_file()
            target = path if straight else path.with_name(f".{path.name}.{os.getpid()}.part")
            raw = stack.enter_context(target.open("wb" if straight else "xb"))
        except OSError as error:
            _refuse(f"{out}: {(error.strerror or str(error)).lower()}", _WRONG_USAGE)
        if straight:
            yield raw
            return
        try:
            with _compressed(raw, path.suffix) as file:
                yield file
            raw.close()
            target.replace(path)
        finally:
            with suppress(FileNotFoundError):
                target.unlink()


@contextmanager
def _compressed(raw: BinaryIO, suffix: str) -> Iterator[BinaryIO]:
    """Give the file, or a compressor before it without time or name: same seed, same bytes."""
    match suffix:
        case ".gz":
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0) as file:
                yield file  # type: ignore[misc]
        case ".zst":
            with zstandard.ZstdCompressor(_ZSTD_LEVEL).stream_writer(raw, closefd=False) as file:
                yield file
        case _:
            yield raw
