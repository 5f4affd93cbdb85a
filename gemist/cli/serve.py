"""``gemist serve``: the embedded node."""

import gc
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from config.metrics import new_metrics
from config.settings import SettingsError
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.listening import address_or_exit, listen_or_exit, url_of
from gemist.cli.refusal import refuse
from gemist.cli.scorecard_file import scorecard_or_exit
from gemist.clock import now

DEFAULT_LISTEN: Final = "127.0.0.1:8080"
_SWITCH_SECONDS: Final = 0.0005
"""After which one thread makes way for another: the door and the writer often ask for the disk or
the network, and Python's own 0.005 would have to be waited for each time."""
_GARBAGE: Final = (50_000, 20, 50)
"""After how many new objects Python looks for cycles among them: after its own 700 a node under
load does little else but look through what a few requests hold. Measured: a quarter."""


def serve(
    data: Annotated[
        Path,
        typer.Option("--data", metavar="DIR", help="Where everything is kept; made if need be."),
    ],
    listen: Annotated[
        str,
        typer.Option(metavar="HOST:PORT", help="Take events, and show health and metrics, here."),
    ] = DEFAULT_LISTEN,
    file: ConfigFile = None,
) -> None:
    """Take registers over HTTP, keep them, and work alerts out at once; ends on SIGTERM.

    Who sends needs a token: gemist token create --data DIR --school S
    """
    # What serves takes a second to import, and no other command needs it.
    from alerts.desk.database import DeskError  # noqa: PLC0415
    from gemist.logs import log_to_stderr  # noqa: PLC0415
    from gemist.wiring import node_with_door  # noqa: PLC0415
    from models.page_format import UnreadablePageError  # noqa: PLC0415
    from streams.embedded.folder import FolderError  # noqa: PLC0415
    from streams.gateway.log import UnkeptError  # noqa: PLC0415
    from streams.gateway.serving import serve as serve_http  # noqa: PLC0415

    tune_for_load()
    address_or_exit(listen)  # before anything is made or opened
    settings = settings_or_exit(file).settings
    scorecard = scorecard_or_exit(settings.scorecard)
    metrics = new_metrics(settings.metrics.schools)
    log_to_stderr()
    try:
        with (
            node_with_door(data, settings, scorecard, metrics, now) as app,
            listen_or_exit(listen) as listening,
        ):
            typer.echo(f"gemist: {data} is served on {url_of(listening)}", err=True)
            serve_http(app, listening, settings.gateway, metrics)
    except (DeskError, FolderError, SettingsError, UnreadablePageError, UnkeptError) as error:
        refuse(str(error))


def tune_for_load() -> None:
    """Have Python do less between requests: for a process that serves many at once."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.set_threshold(*_GARBAGE)
