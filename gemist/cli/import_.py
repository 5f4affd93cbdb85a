"""``gemist import``: other systems' files into an event log."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from gemist.cli.refusal import refuse
from streams.importers.csv_mapping import mapping_of, pairs, read_mapping
from streams.importers.csv_marks import import_csv
from streams.importers.days import spans
from streams.importers.edfi import LESSON_MINUTES, EdFi, import_edfi
from streams.importers.edfi_words import own_categories
from streams.importers.ledger import Ledger
from streams.importers.log import Log, zone
from streams.importers.refusal import Unusable
from streams.importers.writing import beside, encoded, writable, write_all

STANDARD_OUTPUT = Path("-")

app = typer.Typer(
    help="Turn other systems' files into an event log, and list what could not be imported.",
    no_args_is_help=True,
    add_completion=False,
)

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", readable=False, help="What to import; .gz is read as such."),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FILE.ndjson",
        readable=False,
        help="The log to write; - for standard output.",
    ),
]
Rejects = Annotated[
    Path | None,
    typer.Option(
        "--rejects",
        metavar="FILE.ndjson",
        readable=False,
        help="The list of what was not imported, with file, line and reason"
        " [default: beside --out, as FILE.rejects.ndjson].",
    ),
]
Closed = Annotated[
    list[str] | None,
    typer.Option(
        "--closed", metavar="DATE[..DATE]", help="No school on these dates. May be repeated."
    ),
]
Open = Annotated[
    list[str] | None,
    typer.Option(
        "--open",
        metavar="DATE[..DATE]",
        help="School on these dates, be it a weekend or a holiday. May be repeated.",
    ),
]


@app.command()
def edfi(
    files: Files,
    out: Out,
    rejects: Rejects = None,
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="Where the schools are.")
    ] = "Europe/Amsterdam",
    day_minutes: Annotated[
        int | None,
        typer.Option(
            "--minutes-per-session",
            min=1,
            max=600,
            help="Minutes of a school day, the one session [default: 300].",
        ),
    ] = None,
    lesson_minutes: Annotated[
        int, typer.Option(min=1, max=600, help="Minutes of a missed lesson that gives none.")
    ] = LESSON_MINUTES,
    category: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE=STATUS[:REASON]",
            help="A district's own category: ISS=absent:suspended. May be repeated.",
        ),
    ] = None,
    closed: Closed = None,
    open_: Open = None,
) -> None:
    """Import Ed-Fi bulk XML: attendance events of schools and sections, and calendars.

    Give the calendar's file with the attendance files: it says when there was school. Names
    in these files are not read.
    """

    def run() -> tuple[Log, Ledger]:
        zone(timezone)
        options = EdFi(
            timezone=timezone,
            minutes_per_session=day_minutes,
            lesson_minutes=lesson_minutes,
            categories=own_categories(category or []),
            closed=spans(closed or [], "--closed"),
            open=spans(open_ or [], "--open"),
        )
        return import_edfi(files, options)

    _import(run, files, out, rejects)


@app.command()
def csv(
    files: Files,
    out: Out,
    rejects: Rejects = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", readable=False, help="Columns and codes; options win over it."
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="OURS=THEIRS", help="pupil=LeerlingNr. May be repeated."),
    ] = None,
    code: Annotated[
        list[str] | None,
        typer.Option(
            metavar="THEIRS=STATUS[:REASON]",
            help="Z=absent:illness; V=skip leaves rows of V out. May be repeated.",
        ),
    ] = None,
    reason: Annotated[
        list[str] | None,
        typer.Option(metavar="THEIRS=OURS", help="For the column reason: ziek=illness."),
    ] = None,
    school: Annotated[
        str | None, typer.Option(metavar="ID", help="Where no column says which school.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Where the schools are [default: Europe/Amsterdam]."),
    ] = None,
    reporting: Annotated[
        str | None,
        typer.Option(
            metavar="all|exceptions",
            help="exceptions: the list holds absences only, who is not in it was there"
            " [default: all].",
        ),
    ] = None,
    sessions_per_day: Annotated[int | None, typer.Option(help="1 to 12.")] = None,
    minutes_per_session: Annotated[int | None, typer.Option(help="1 to 600.")] = None,
    delimiter: Annotated[
        str | None, typer.Option(metavar="CHAR", help="[default: found in the header]")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="utf-8, cp1252 … [default: utf-8]")] = None,
    date_format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="dd-mm-yyyy, %d/%m/%Y … [default: iso]"),
    ] = None,
    closed: Closed = None,
    open_: Open = None,
) -> None:
    """Import a CSV list: one line a pupil, date and session.

    Columns: pupil, date and status must be there; session, reason, minutes_missed, school,
    group, by and recorded_at may be.
    """

    def run() -> tuple[Log, Ledger]:
        given: dict[str, Any] = {
            "school": school,
            "timezone": timezone,
            "reporting": reporting,
            "sessions_per_day": sessions_per_day,
            "minutes_per_session": minutes_per_session,
            "delimiter": delimiter,
            "encoding": encoding,
            "date_format": date_format,
            "closed": closed,
            "open": open_,
            "columns": pairs(column or [], "column"),
            "codes": pairs(code or [], "code"),
            "reasons": pairs(reason or [], "reason"),
        }
        layers = [read_mapping(mapping)] if mapping is not None else []
        layers.append({name: value for name, value in given.items() if value is not None})
        return import_csv(files, mapping_of(*layers))

    _import(run, files, out, rejects)


def _import(
    run: Callable[[], tuple[Log, Ledger]], files: list[Path], out: Path, rejects: Path | None
) -> None:
    """Do the import, write its files whole or not at all, and say what was done."""
    to_stdout = out == STANDARD_OUTPUT
    listed = rejects if rejects is not None or to_stdout else beside(out)
    try:
        targets = writable([listed, None if to_stdout else out], files)
        log, ledger = run()
        contents = zip(targets, [encoded(ledger.refused), log.lines], strict=True)
        write_all({target: lines for target, lines in contents if target is not None})
    except Unusable as unusable:
        refuse(str(unusable))
    if to_stdout:
        sys.stdout.buffer.writelines(line + b"\n" for line in log.lines)
        sys.stdout.buffer.flush()
    for line in _summary(log, ledger, out, listed):
        typer.echo(line, err=to_stdout)


def _summary(log: Log, ledger: Ledger, out: Path, listed: Path | None) -> list[str]:
    lines = list(ledger.lines())
    if ledger.refused:
        where = listed or "nowhere (--rejects FILE writes the list)"
        lines.append(f"the list of what was not imported, with file, line and reason: {where}")
    lines.append(f"{'standard output' if out == STANDARD_OUTPUT else out}: {log.summary()}")
    return lines
