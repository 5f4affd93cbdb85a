"""The topics on Kafka: what there must be, making it, and telling where it differs.

Partition *i* of ``alerts``, ``rejects`` and ``pages`` belongs to partition *i* of
``school-events``, so all have equally many partitions. How many is decided once: a record's
partition is murmur2 of its school modulo their number, so a topic that grew would send a school's
next events to another worker than its earlier ones. That is why `create` makes what is missing
and never changes what is there.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from kafka.admin import ConfigResource, KafkaAdminClient
from kafka.errors import (
    AuthorizationError,
    KafkaError,
    SaslAuthenticationFailedError,
    TopicAlreadyExistsError,
)

from config.settings import Kafka
from streams.broker import for_kafka_python

EVENTS: Final = "school-events"
ALERTS: Final = "alerts"
REJECTS: Final = "rejects"
PAGES: Final = "pages"

EVENTS_OFFSET: Final = "events-offset"
"""Header of an alert: the offset in ``school-events`` that follows all that it knows of."""
REASON, FIELD, OFFSET = "reason", "field", "offset"
"""Headers of a reject: why, in which field of the event, and its offset in ``school-events``; a
worker's have ``topic`` and ``partition`` too."""

ANSWER_SECONDS: Final = 5
"""How long a broker may take to answer before it counts as not there."""

USE_THE_BROKERS_DEFAULT: Final = -1
"""Replication is a property of the cluster: its ``default.replication.factor`` holds."""


class BrokerUnreachableError(Exception):
    """No broker answers where the settings say that there is one."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, and those of its settings on which the program relies."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)

    def called(self, prefix: str) -> str:
        """Its name on the broker."""
        return prefix + self.name


def _milliseconds(days: int) -> str:
    return str(timedelta(days=days) // timedelta(milliseconds=1))


_COMPACTED: Final = {
    "cleanup.policy": "compact",
    # Without it, what was erased could stay readable for as long as little is written.
    "max.compaction.lag.ms": _milliseconds(days=1),
}

TOPICS: Final = (
    # The time of a record is when it arrived, whatever the sender says: a sender's wrong clock
    # is found by comparing the two.
    Topic(
        EVENTS,
        {
            "cleanup.policy": "delete",
            "retention.ms": _milliseconds(days=400),
            "message.timestamp.type": "LogAppendTime",
        },
    ),
    # Keyed by alert: the newest message of each is kept, a tombstone deletes it.
    Topic(ALERTS, _COMPACTED),
    Topic(REJECTS, {"cleanup.policy": "delete", "retention.ms": _milliseconds(days=30)}),
    Topic(PAGES, _COMPACTED),
)


@contextmanager
def administration(kafka: Kafka) -> Iterator[KafkaAdminClient]:
    """Connect to the brokers that the settings name, for as long as the block lasts.

    Raises `BrokerUnreachableError` if none answers within `ANSWER_SECONDS`, or one fails later;
    `config.settings.SettingsError` as `streams.broker.tls_of` does.
    """
    patience = {
        "bootstrap_timeout_ms": ANSWER_SECONDS * 1000,
        "request_timeout_ms": ANSWER_SECONDS * 1000,
    }
    admin = None
    with saying_what_failed(kafka):
        try:
            admin = KafkaAdminClient(**for_kafka_python(kafka), **patience)
            yield admin
        finally:
            if admin is not None:
                admin.close()


@contextmanager
def saying_what_failed(kafka: Kafka) -> Iterator[None]:
    """Turn what kafka-python raises in the block into one line: `BrokerUnreachableError`."""
    try:
        yield
    except AuthorizationError as error:
        raise BrokerUnreachableError(
            f"the broker at {kafka.bootstrap} does not allow it"
            f"{f' to {kafka.user}' if kafka.user else ''} ({type(error).__name__})"
        ) from error
    except SaslAuthenticationFailedError as error:
        raise BrokerUnreachableError(
            f"the broker at {kafka.bootstrap} does not take kafka.user {kafka.user} with this"
            " kafka.password"
        ) from error
    except KafkaError as error:
        raise BrokerUnreachableError(
            f"no Kafka broker answers at {kafka.bootstrap} ({type(error).__name__})"
        ) from error


def create(admin: KafkaAdminClient, prefix: str, partitions: int) -> list[str]:
    """Make the topics that are not there, and return the names of those that were made."""
    present = set(admin.list_topics())
    made = []
    for topic in TOPICS:
        name = topic.called(prefix)
        if name in present:
            continue
        wanted = {
            "num_partitions": partitions,
            "replication_factor": USE_THE_BROKERS_DEFAULT,
            "configs": dict(topic.settings),
        }
        try:
            admin.create_topics({name: wanted}, wait_for_metadata=True)
        except TopicAlreadyExistsError:
            continue  # somebody else made it just now
        made.append(name)
    return made


def partition_counts(admin: KafkaAdminClient, prefix: str) -> dict[str, int]:
    """Return how many partitions each topic has, by its name here; those not there are missing."""
    names = {topic.called(prefix): topic.name for topic in TOPICS}
    present = [name for name in admin.list_topics() if name in names]
    described = admin.describe_topics(present) if present else []
    return {names[topic["name"]]: len(topic["partitions"]) for topic in described}


def differences(admin: KafkaAdminClient, prefix: str, partitions: int) -> list[str]:
    """Say, one line each, where the topics are not what they should be; none means all is well."""
    counts = partition_counts(admin, prefix)
    found = []
    for topic in TOPICS:
        name, has = topic.called(prefix), counts.get(topic.name)
        if has is None:
            found.append(f"{name}: is not there")
        elif has != partitions:
            found.append(f"{name}: has {has} partitions, should have {partitions}")
    present = [topic for topic in TOPICS if topic.name in counts]
    settings = _settings(admin, prefix, present) if present else {}
    for topic in present:
        name = topic.called(prefix)
        for key, wanted in topic.settings.items():
            value = settings[name][key]["value"]
            if value != wanted:
                found.append(f"{name}: {key} is {value}, should be {wanted}")
    return found


def _settings(
    admin: KafkaAdminClient, prefix: str, topics: Iterable[Topic]
) -> Mapping[str, Mapping[str, Any]]:
    """Read the settings that matter, by a topic's name on the broker and by key."""
    asked = [ConfigResource("TOPIC", it.called(prefix), list(it.settings)) for it in topics]
    found: Mapping[str, Mapping[str, Any]] = admin.describe_configs(asked, config_filter="all")[
        "topic"
    ]
    return found
