"""``gemist worker``: the Faust worker on Kafka."""

import asyncio
import logging
from typing import Annotated

import typer

from config.metrics import new_metrics
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.listening import listen_or_exit
from gemist.cli.on_kafka import going_on_or_exit
from gemist.cli.scorecard_file import scorecard_or_exit
from gemist.cli.serve import tune_for_load
from gemist.clock import now

LOG_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def worker(
    listen: Annotated[
        str,
        typer.Option(metavar="HOST:PORT", help="Serve /healthz, /readyz and /metrics here."),
    ] = "127.0.0.1:6066",
    file: ConfigFile = None,
) -> None:
    """Read school-events from Kafka, and write alerts, rejects and pages; ends on SIGTERM.

    Any number may run: they share the partitions, and each goes on where the last one was.
    """
    # Faust and aiohttp take a second to import, and no other command needs them.
    from streams.step import Engine  # noqa: PLC0415
    from streams.worker import build_app  # noqa: PLC0415
    from streams.worker.faust_transport import run  # noqa: PLC0415
    from streams.worker.health import HealthServer  # noqa: PLC0415
    from streams.worker.watchdog import watched  # noqa: PLC0415

    settings = settings_or_exit(file).settings
    scorecard = scorecard_or_exit(settings.scorecard)
    listening = listen_or_exit(listen)
    partitions, log_id = going_on_or_exit(settings.kafka)
    asyncio.set_event_loop(asyncio.new_event_loop())  # Faust asks for one, and readers leave none
    logging.basicConfig(level=logging.WARNING, format=LOG_LINE)
    logging.getLogger("streams.worker").setLevel(logging.INFO)
    tune_for_load()

    metrics = new_metrics(settings.metrics.schools)
    app = build_app(
        settings.kafka,
        partitions,
        lambda: Engine(settings.pack, scorecard),
        metrics,
        now,
        settings.close_at,
        log_id,
    )
    with watched(app.progress):
        run(app, HealthServer(listening, metrics.registry, app.unready))
