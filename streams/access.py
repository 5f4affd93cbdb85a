"""What each part may do on Kafka: the least that it needs, as access control lists.

A part signs in as a user of its own, and a broker with an authorizer lets it do what stands here
and nothing else. Where a part may read or write a topic, Kafka lets it describe it too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
)

from streams.topics import ALERTS, EVENTS, REJECTS, TOPICS, WORKER_NAME

PRINCIPAL: Final = "User:gemist-{part}"
"""As whom a part signs in, unless somebody says otherwise."""


class Part(StrEnum):
    """Who has to do with Kafka."""

    WORKER = "worker"
    GATEWAY = "gateway"
    NOTIFY = "notify"
    SENDER = "sender"
    """A school's system that publishes events itself, or whoever runs ``gemist publish``."""
    ADMINISTRATOR = "administrator"
    """Whoever runs ``gemist topics create`` and ``check``."""
    AUDITOR = "auditor"
    """Whoever runs ``gemist topics lag`` and ``dump``, ``gemist silent`` and ``rejects``, and
    ``gemist replay|show kafka://``."""
    MOVER = "mover"
    """Whoever runs ``gemist topics grow``: on both prefixes, and only for as long as it lasts."""


@dataclass(frozen=True, slots=True)
class Leave:
    """What a part may do with something on Kafka."""

    part: Part
    operation: ACLOperation
    kind: ResourceType
    name: str
    """With the prefix."""
    begins: bool = False
    """With all that begins with this name."""

    def acl(self, principal: str) -> ACL:
        """Give it as kafka-python wants it; ``principal`` has the part's name at ``{part}``."""
        pattern = ACLResourcePatternType.PREFIXED if self.begins else ACLResourcePatternType.LITERAL
        return ACL(
            principal.replace("{part}", self.part),
            "*",
            self.operation,
            ACLPermissionType.ALLOW,
            ResourcePattern(self.kind, self.name, pattern),
        )

    def command(self, principal: str, bootstrap: str) -> str:
        """Give it as a call of Kafka's ``kafka-acls``."""
        kind = self.kind.name.lower().replace("_", "-")
        pattern = " --resource-pattern-type prefixed" if self.begins else ""
        operation = self.operation.name.title().replace("_", "")
        return (
            f"kafka-acls --bootstrap-server {bootstrap} --add"
            f" --allow-principal {principal.replace('{part}', self.part)}"
            f" --operation {operation} --{kind} {self.name}{pattern}"
        )


_READ, _WRITE, _DESCRIBE = ACLOperation.READ, ACLOperation.WRITE, ACLOperation.DESCRIBE
_EVERY: Final = tuple(topic.name for topic in TOPICS)

_ON_TOPICS: Final[dict[Part, Sequence[tuple[ACLOperation, Sequence[str]]]]] = {
    # It writes the closes of schools' days among the events.
    Part.WORKER: ((_READ, _EVERY), (_WRITE, _EVERY)),
    # It counts the partitions of all three at its start.
    Part.GATEWAY: ((_WRITE, (EVENTS, REJECTS)), (_DESCRIBE, (ALERTS,))),
    Part.NOTIFY: ((_READ, (EVENTS, ALERTS, REJECTS)),),
    Part.SENDER: ((_WRITE, (EVENTS,)),),
    Part.ADMINISTRATOR: (
        (ACLOperation.CREATE, _EVERY),
        (_DESCRIBE, _EVERY),
        (ACLOperation.DESCRIBE_CONFIGS, _EVERY),
    ),
    Part.AUDITOR: ((_READ, _EVERY),),
    Part.MOVER: (
        (ACLOperation.CREATE, _EVERY),
        (_READ, _EVERY),
        (_WRITE, _EVERY),
        (ACLOperation.ALTER_CONFIGS, (EVENTS,)),
    ),
}


def leaves(prefix: str, parts: Sequence[Part] = tuple(Part)) -> Iterator[Leave]:
    """Give all that these parts may do, on topics, groups and transactional ids of this prefix."""
    for part in parts:
        for operation, topics in _ON_TOPICS[part]:
            for topic in topics:
                yield Leave(part, operation, ResourceType.TOPIC, prefix + topic)
        if part is Part.WORKER:
            name = prefix + WORKER_NAME
            yield Leave(part, _READ, ResourceType.GROUP, name)
            for operation in (_WRITE, _DESCRIBE):
                yield Leave(part, operation, ResourceType.TRANSACTIONAL_ID, name, begins=True)
        if part is Part.MOVER:
            yield Leave(part, _DESCRIBE, ResourceType.GROUP, prefix + WORKER_NAME)


def apply(admin: KafkaAdminClient, given: Sequence[Leave], principal: str) -> None:
    """Give leave; what is there already stays.

    Raises `kafka.errors.KafkaError` for the first that the broker did not take.
    """
    answer = admin.create_acls([leave.acl(principal) for leave in given])
    for error in answer["failed"]:
        raise error
