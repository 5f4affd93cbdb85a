"""``gemist export``: what a node holds, as lines of JSON."""

import getpass
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from gemist.cli.at_the_desk import at_the_desk
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.data_folder import Data, trouble_said
from gemist.cli.desk import where_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.scorecard_file import scorecard_or_exit
from gemist.clock import now
from models.events.checks import is_id

export = typer.Typer(
    help="What a node holds: all events, all alerts, or all about one pupil.",
    no_args_is_help=True,
    add_completion=False,
)

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE.ndjson", help="A new file (else stdout)."),
]


@export.command()
def events(data: Data, out: Out = None) -> None:
    """Write all accepted events, in the order in which they came, byte for byte.

    While nothing was purged, `gemist replay` makes of them the alerts that stand.
    """
    from streams.embedded import exporting  # noqa: PLC0415 - takes a moment

    with trouble_said(data), exporting.one_moment(data) as connection:
        _write(exporting.events(connection), out)


@export.command()
def alerts(data: Data, out: Out = None) -> None:
    """Write all alert messages, in order, as `gemist replay` does."""
    from streams.embedded import exporting  # noqa: PLC0415

    with trouble_said(data), exporting.one_moment(data) as connection:
        _write(exporting.alerts(connection), out)


@export.command()
def pupil(
    data: Data,
    school: Annotated[str, typer.Option("--school", metavar="S", help="The pupil's school.")],
    who: Annotated[str, typer.Option("--pupil", metavar="P", help="The pupil's id.")],
    by: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="WHO", help="Who looks, for the log of looks [default: the user]."
        ),
    ] = None,
    out: Out = None,
    file: ConfigFile = None,
) -> None:
    """Write all that is held about one pupil, and nothing about any other (docs/node.md).

    That it was asked for is kept with who did.
    """
    from models.page_format import UnreadablePageError  # noqa: PLC0415
    from streams.embedded import about_pupil, exporting  # noqa: PLC0415

    looker = by or _user()
    if not is_id(looker):
        refuse(f"--by {looker!r}: who looks is 1 to 64 of A-Z a-z 0-9 . _ : -")
    settings = settings_or_exit(file).settings
    scorecard = scorecard_or_exit(settings.scorecard)
    with trouble_said(data), exporting.one_moment(data) as connection:
        is_known = about_pupil.is_known(connection, school)
        try:
            lines = list(about_pupil.about_pupil(connection, school, who, settings.pack, scorecard))
        except UnreadablePageError as error:
            refuse(f"{data}: {error}")
    lines += _at_the_desk(data, file, school, who, looker, is_sure=bool(lines))
    if not lines:
        what = "is held about such a pupil of" if is_known else "ever came from a"
        refuse(f"{data}: nothing {what} school {school!r}")
    _write(lines, out)


def _at_the_desk(
    data: Path, file: Path | None, school: str, pupil: str, looker: str, *, is_sure: bool
) -> list[bytes]:
    """What the desk holds about a pupil; the look is written down, if there is anything to see."""
    import orjson  # noqa: PLC0415

    from alerts.desk.about_pupil import about_pupil  # noqa: PLC0415
    from alerts.desk.audit import Way, looked  # noqa: PLC0415

    with at_the_desk(where_or_exit(data, None, file)) as connection:
        lines = [orjson.dumps(line) for line in about_pupil(connection, school, pupil)]
        if lines or is_sure:
            looked(connection, now(), school, pupil, looker, Way.EXPORT)
    return lines


def _user() -> str:
    """The name of who runs this, or its number where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def _write(lines: Iterable[bytes], out: Path | None) -> None:
    """Write lines to stdout, or whole or not at all to a new file that its owner alone may read."""
    ended = (line + b"\n" for line in lines)
    if out is None:
        sys.stdout.buffer.writelines(ended)
        sys.stdout.buffer.flush()
        return
    if out.exists():
        refuse(f"--out {out}: is there already; name a new file")
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(ended)
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        refuse(f"--out {out}: {error.strerror}")
    finally:
        with suppress(OSError):
            part.unlink()
