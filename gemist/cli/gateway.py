"""``gemist gateway``: the HTTP door before Kafka."""

from typing import Annotated

import typer

from config.metrics import new_metrics
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.listening import address_or_exit, listen_or_exit, url_of
from gemist.cli.on_kafka import Database, desk_on_kafka_or_exit, partitions_or_exit
from gemist.cli.refusal import refuse
from gemist.cli.serve import DEFAULT_LISTEN, tune_for_load
from gemist.clock import now


def gateway(
    listen: Annotated[
        str,
        typer.Option(metavar="HOST:PORT", help="Take events, and show health and metrics, here."),
    ] = DEFAULT_LISTEN,
    database: Database = None,
    file: ConfigFile = None,
) -> None:
    """Take registers over HTTP, and send them to Kafka; ends on SIGTERM.

    Who sends needs a token: gemist token create --database URL --school S
    """
    # What serves takes a second to import, and no other command needs it.
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from gemist.logs import log_to_stderr  # noqa: PLC0415
    from gemist.wiring import gateway_on_kafka  # noqa: PLC0415
    from streams.gateway.log import UnkeptError  # noqa: PLC0415
    from streams.gateway.serving import serve as serve_http  # noqa: PLC0415

    tune_for_load()
    address_or_exit(listen)
    settings = settings_or_exit(file).settings
    partitions = partitions_or_exit(settings.kafka)
    desk = desk_on_kafka_or_exit(settings, database)
    metrics = new_metrics(settings.metrics.schools)
    log_to_stderr()
    try:
        with (
            gateway_on_kafka(settings, partitions, desk, metrics, now) as app,
            listen_or_exit(listen) as listening,
        ):
            typer.echo(f"gemist: Kafka is served on {url_of(listening)}", err=True)
            serve_http(app, listening, settings.gateway, metrics)
    except UnkeptError as error:
        refuse(str(error))
    except SQLAlchemyError as error:
        refuse(f"the desk's database cannot be asked: {type(error).__name__}")
    finally:
        desk.dispose()
