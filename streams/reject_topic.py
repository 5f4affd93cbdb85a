"""The rejects on Kafka, counted by a command: those of the last hours, wherever they came from."""

from typing import Any

from streams.arrival import school_of
from streams.refusals import NOBODY, Refusals, Tally
from streams.topic_reader import TopicReader
from streams.topics import FIELD, REASON, REJECTS, arrived_at


def refused_on_kafka(
    reader: TopicReader, prefix: str, partitions: int, since: float
) -> list[Refusals]:
    """Count what was refused from an instant on (seconds since 1970); ``reader`` reads committed.

    By when it was refused, which may be long after it arrived: a worker may have stood still.
    Raises `streams.broker_failure.BrokerUnreachableError`.
    """
    topic, tally, since_ms = prefix + REJECTS, Tally(), int(since * 1000)
    ends = reader.ends(topic, partitions)
    for partition, first in enumerate(reader.firsts_since(topic, partitions, since_ms)):
        if first is None:
            continue
        for records in reader.records(topic, partition, first, ends[partition]):
            for record in records:
                if record.timestamp >= since_ms:
                    _add(tally, record)
    return tally.most_first()


def _add(tally: Tally, record: Any) -> None:
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    reason = headers.get(REASON, NOBODY)
    school = school_of(record.key, record.value, reason) or NOBODY
    tally.add(school, reason, headers.get(FIELD), arrived_at(headers, record.timestamp))
