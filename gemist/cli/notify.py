"""``gemist notify``: casebook and messages, fed from Kafka."""

from typing import Annotated, Final

import typer

from config.metrics import new_metrics
from config.settings import SettingsError
from gemist.cli.config import ConfigFile, settings_or_exit
from gemist.cli.listening import address_or_exit, listen_or_exit, url_of
from gemist.cli.on_kafka import Database, desk_on_kafka_or_exit, partitions_or_exit
from gemist.cli.refusal import refuse
from gemist.clock import now

NOTIFY_LISTEN: Final = "127.0.0.1:8081"


def notify(
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Show health and metrics here.")
    ] = NOTIFY_LISTEN,
    database: Database = None,
    file: ConfigFile = None,
) -> None:
    """Keep the casebook, make messages and send them, as alerts come; ends on SIGTERM.

    One on a database does the work; a second one waits.
    """
    # What serves takes a second to import, and no other command needs it.
    from kafka.errors import KafkaError  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from gemist.logs import log_to_stderr  # noqa: PLC0415
    from gemist.wiring import notify_on_kafka  # noqa: PLC0415
    from streams.gateway.serving import serve as serve_http  # noqa: PLC0415

    address_or_exit(listen)
    settings = settings_or_exit(file).settings
    partitions = partitions_or_exit(settings.kafka)
    desk = desk_on_kafka_or_exit(settings, database)
    metrics = new_metrics(settings.metrics.schools)
    log_to_stderr()
    try:
        with (
            listen_or_exit(listen) as listening,
            notify_on_kafka(settings, partitions, desk, metrics, now) as app,
        ):
            typer.echo(f"gemist: the desk is seen on {url_of(listening)}", err=True)
            serve_http(app, listening, settings.gateway, metrics)
    except SettingsError as error:
        refuse(str(error))
    except KafkaError as error:
        refuse(f"no way to Kafka: {type(error).__name__}")
    except SQLAlchemyError as error:
        refuse(f"the desk's database cannot be asked: {type(error).__name__}")
    finally:
        desk.dispose()
