"""``gemist purge``: let go of what a node keeps no longer."""

import time
from contextlib import closing
from typing import Final

import typer

from gemist.cli.at_the_desk import desk_opened
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.data_folder import Data, trouble_said
from gemist.cli.desk import where_or_exit
from gemist.clock import now

_PAUSE_SECONDS: Final = 0.01
"""Between two steps, so that a node that serves the folder has its turn."""


def purge(data: Data, file: ConfigFile = None) -> None:
    """Let go of what is too old to be kept; a node that serves the folder goes on.

    A node does it by itself each night. How long what is kept: docs/node.md, and the settings
    `retention.…`.
    """
    from alerts.desk.forgetting import purge_desk  # noqa: PLC0415 - takes a moment
    from streams.embedded import retention  # noqa: PLC0415
    from streams.embedded.folder import log_of  # noqa: PLC0415
    from streams.embedded.store import Store  # noqa: PLC0415

    kept = settings_or_exit(file).settings.retention
    with (
        trouble_said(data),
        closing(Store(log_of(data))) as store,
        desk_opened(where_or_exit(data, None, file)) as desk,  # both, before either is changed
    ):
        purged = retention.Purged(retention.limits_of(kept, now()))
        for _ in retention.purge(store, purged):
            time.sleep(_PAUSE_SECONDS)
        forgotten = purge_desk(desk, kept, now())
    limits = purged.limits
    recorded, arrived = map(retention.day_of, (limits.recorded_at, limits.arrived_at))
    what = "registers, closes and responses"
    typer.echo(f"events: {purged.events:,} {what} recorded before {recorded}")
    typer.echo(f"alerts: {purged.alerts:,} messages about what was over before {limits.as_of}")
    typer.echo(f"rejects: {purged.rejects:,} that came before {arrived}")
    typer.echo(
        f"desk: {forgotten.cases:,} cases, {forgotten.messages:,} messages to people and"
        f" {forgotten.looks:,} looks at pupils"
    )
    typer.echo(f"disk: {purged.bytes:,} bytes given back")
