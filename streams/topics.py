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
from uuid import UUID

from kafka.admin import ConfigResource, KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError, TopicAuthorizationFailedError

from config.settings import Kafka
from streams.broker import for_kafka_python
from streams.broker_failure import saying_what_failed

EVENTS: Final = "school-events"
ALERTS: Final = "alerts"
REJECTS: Final = "rejects"
PAGES: Final = "pages"

EVENTS_OFFSET: Final = "events-offset"
"""Header of an alert: the offset in ``school-events`` that follows all that it knows of."""
REASON, FIELD, OFFSET, ARRIVED = "reason", "field", "offset", "arrived"
"""Headers of a reject: why, in which field of the event, its offset in ``school-events`` and when
it arrived (milliseconds since 1970); a worker's have ``topic`` and ``partition`` too."""

ANSWER_SECONDS: Final = 5
"""How long a broker may take to answer before it counts as not there."""

USE_THE_BROKERS_DEFAULT: Final = -1
"""Replication is a property of the cluster: its ``default.replication.factor`` holds."""


_NO_ID: Final = UUID(int=0)

MOST_PAGE_BYTES: Final = 8 * 1024 * 1024
"""A broker's own limit, 1 MB, may be too little for the page of a great school."""


class TopicsError(Exception):
    """The topics that a command needs are not there, or do not belong together: one line."""


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


WORKER_NAME: Final = "gemist-worker"
"""With the prefix before it, the workers' group; each of their transactional ids begins with it."""

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
    Topic(PAGES, {**_COMPACTED, "max.message.bytes": str(MOST_PAGE_BYTES)}),
)


_WHY: Final = {
    "cleanup.policy": "or records go that are needed, or stay that should go",
    "retention.ms": "which is how long its records are kept, in milliseconds",
    "message.timestamp.type": "or senders say themselves when their events arrived",
    "max.compaction.lag.ms": "or what was erased can stay readable for longer than a day",
    "max.message.bytes": "or the page of a great school cannot be written",
}


@contextmanager
def administration(kafka: Kafka) -> Iterator[KafkaAdminClient]:
    """Connect to the brokers that the settings name, for as long as the block lasts.

    Raises `streams.broker_failure.BrokerUnreachableError` if none answers within
    `ANSWER_SECONDS`, or one fails later; `config.settings.SettingsError` as
    `streams.broker.tls_of` does.
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


def create(admin: KafkaAdminClient, prefix: str, partitions: int) -> list[str]:
    """Make the topics that are not there, and return the names of those that were made."""
    present = set(admin.list_topics())
    return [
        topic.called(prefix)
        for topic in TOPICS
        if topic.called(prefix) not in present and create_topic(admin, topic, prefix, partitions)
    ]


def create_topic(admin: KafkaAdminClient, topic: Topic, prefix: str, partitions: int) -> bool:
    """Make a topic; False where somebody else made it just now."""
    wanted = {
        "num_partitions": partitions,
        "replication_factor": USE_THE_BROKERS_DEFAULT,
        "configs": dict(topic.settings),
    }
    try:
        admin.create_topics({topic.called(prefix): wanted}, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        return False
    return True


def arrived_at(headers: Mapping[str, str], timestamp: int) -> int:
    """Say when an event on ``rejects`` arrived, in seconds since 1970.

    The headers say so, in milliseconds; else ``timestamp``, which is the record's own, does.

    >>> arrived_at({ARRIVED: "1700000000999"}, 5000), arrived_at({}, 5000)
    (1700000000, 5)
    """
    arrived = headers.get(ARRIVED, "")
    return int(arrived if arrived.isdecimal() else timestamp) // 1000


def partition_counts(admin: KafkaAdminClient, prefix: str) -> dict[str, int]:
    """Return how many partitions each topic has, by its name here; those not there are missing."""
    names = {topic.called(prefix): topic.name for topic in TOPICS}
    present = [name for name in admin.list_topics() if name in names]
    described = admin.describe_topics(present) if present else []
    return {names[topic["name"]]: len(topic["partitions"]) for topic in described}


def topic_ids(admin: KafkaAdminClient, *names: str) -> dict[str, str]:
    """Return the cluster's own id of each topic that is there, by its name on the broker.

    A topic that was deleted and made anew has another one; empty where the cluster gives none.
    """
    described = admin.describe_topics(list(names))
    ids = {topic["name"]: UUID(str(topic.get("topic_id") or _NO_ID)) for topic in described}
    return {name: "" if each == _NO_ID else str(each) for name, each in ids.items()}


def partitions_of_all(admin: KafkaAdminClient, prefix: str, *names: str) -> int:
    """How many partitions each of these topics has; `TopicsError` if they do not agree."""
    counts = partition_counts(admin, prefix)
    missing = [prefix + name for name in names if name not in counts]
    if missing:
        raise TopicsError(f"no topic {', '.join(missing)}: run `gemist topics create` first")
    if len({counts[name] for name in names}) > 1:
        found = ", ".join(f"{prefix + name} {counts[name]}" for name in names)
        raise TopicsError(f"topics with different numbers of partitions: {found}")
    return counts[names[0]]


def differences(admin: KafkaAdminClient, prefix: str, partitions: int) -> list[str]:
    """Say, one line each, where the topics are not what they should be; none means all is well.

    ``partitions`` is how many there should be.
    """
    counts = partition_counts(admin, prefix)
    found = []
    for topic in TOPICS:
        name, has = topic.called(prefix), counts.get(topic.name)
        if has is None:
            found.append(f"{name}: is not there")
        elif has != partitions:
            found.append(
                f"{name}: has {has} partitions, should have {partitions}; never add any to a topic"
                " that is in use: a school's events would be parted (gemist topics grow)"
            )
    present = [topic for topic in TOPICS if topic.name in counts]
    settings = _settings(admin, prefix, present) if present else {}
    for topic in present:
        name = topic.called(prefix)
        for key, wanted in topic.settings.items():
            value = settings[name][key]["value"]
            if value != wanted:
                found.append(f"{name}: {key} is {value}, should be {wanted}, {_WHY[key]}")
    return found


def _settings(
    admin: KafkaAdminClient, prefix: str, topics: Iterable[Topic]
) -> Mapping[str, Mapping[str, Any]]:
    """Read the settings that matter, by a topic's name on the broker and by key.

    Raises kafka-python's `TopicAuthorizationFailedError`, which it does not raise itself: it gives
    no settings of a topic of which they may not be read.
    """
    asked = [ConfigResource("TOPIC", it.called(prefix), list(it.settings)) for it in topics]
    found: Mapping[str, Mapping[str, Any]] = admin.describe_configs(asked, config_filter="all")[
        "topic"
    ]
    if not all(found[each.name] for each in asked):
        raise TopicAuthorizationFailedError
    return found
