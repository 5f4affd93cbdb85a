"""The alerts on Kafka as they are now, and how far whoever tells them is."""

from collections.abc import Iterator

from alerts.alert import Alert, decode_alert
from config.settings import Kafka
from streams.lag import read_lag
from streams.topic_reader import TopicReader
from streams.topics import ALERTS


def read_alerts(reader: TopicReader, kafka: Kafka, partitions: int) -> Iterator[Alert]:
    """Give all messages that there still are, in order, but those of alerts that were deleted.

    ``reader`` reads what is committed. Raises `msgspec.DecodeError` for what is no alert, and
    `streams.broker_failure.BrokerUnreachableError`.
    """
    for records in reader.whole(kafka.prefix + ALERTS, partitions):
        told: dict[bytes, list[bytes]] = {}
        for record in records:
            if record.value is None:
                told.pop(record.key, None)
            else:
                told.setdefault(record.key, []).append(record.value)
        for messages in told.values():
            yield from map(decode_alert, messages)


def unread_events(reader: TopicReader, kafka: Kafka, partitions: int) -> int:
    """How many events no page holds yet; raises as `streams.lag.read_lag` does."""
    lags = read_lag(reader, kafka.prefix, partitions)
    return sum(lag.unread for lag in lags if lag.oldest_ms is not None)
