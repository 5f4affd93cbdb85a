"""How far the desk has read each partition: names in `alerts.desk.progress`, and where to go on.

An offset is one of a certain topic. Where a topic was lost and made anew, or is an older copy, a
place in the desk's database would pass over what comes, and nobody would hear of it. So each topic
is known by the cluster's own id, and what is not what was read is read from its beginning: taking
a message again does no harm to cases. Counts are of two topics together, so where one of them is
read again, so is the other, and it is counted anew.
"""

import logging
from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from alerts.desk.progress import progress, set_progress
from alerts.desk.received import forget_counts

_KEPT_BITS: Final = (1 << 63) - 1
"""Of a topic's id, as many as a database's whole number has."""

log = logging.getLogger(__name__)


def place(topic: str, partition: int) -> str:
    """Name the offset at which to go on in a partition; ``topic`` as the broker calls it.

    >>> place("school-events", 3)
    'kafka: school-events/3'
    """
    return f"kafka: {topic}/{partition}"


def _identity(topic: str) -> str:
    return f"kafka: {topic} is"


def places_to_go_on(
    connection: Connection,
    ids: Mapping[str, str],
    ends: Mapping[tuple[str, int], int],
    counted: Collection[str],
) -> dict[str, int]:
    """Give the offset at which to go on, by `place`, and keep of which topics they are.

    ``ids``: the cluster's id by topic, empty for none; ``ends``: by topic and partition, the offset
    after the newest record that may be read; ``counted``: the topics by which is counted what came.
    What is read again is said in the log, and counts of it are forgotten.
    """
    numbers = {topic: UUID(each).int & _KEPT_BITS for topic, each in ids.items() if each}
    known = {topic: progress(connection, _identity(topic)) for topic in numbers}
    others = {topic for topic, number in known.items() if number not in (0, numbers[topic])}
    for topic in sorted(others):
        log.warning("%s is another topic than the one that was read: it is read again", topic)
    places = {each: progress(connection, place(*each)) for each in ends}
    again = {each for each in ends if each[0] in others}
    for each in sorted(ends.keys() - again):
        if places[each] > ends[each]:
            log.warning(
                "%s %s ends before %s, and %s of it were read: it is an older copy, and read again",
                *each, ends[each], places[each],
            )  # fmt: skip
            again.add(each)
    of_counts = {each for each in ends if each[0] in counted}
    if again & of_counts:
        log.warning("what came is counted anew: %s are read again", " and ".join(sorted(counted)))
        again |= of_counts
        forget_counts(connection)
    anew = {place(*each): 0 for each in again}
    set_progress(
        connection,
        {_identity(topic): number for topic, number in numbers.items() if known[topic] != number}
        | anew,
    )
    return {place(*each): at for each, at in places.items()} | anew
