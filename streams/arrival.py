"""What only a live door on Kafka can refuse, before anybody looks at what an event says.

The topic is keyed by school so that one worker holds a whole school. A record with another key,
or in a partition that is not its school's, would let two workers hold one school: it is refused.
So is one whose sender's clock is more than ten minutes ahead of its arrival, since it would win
every tie for years.

An event from which no school and no time can be read passes here: whoever decodes it will refuse
it, and can say more exactly what is wrong with it.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from aiokafka.partitioner import murmur2

from models.arrays import IntArray
from models.events.checks import is_id
from models.events.columns import Columns
from models.events.instants import instant_of, read_instant
from streams.head import CLOCK_SECONDS, is_clock_ahead, read_head


def refusal(
    key: bytes | None, value: bytes | None, partition: int, partitions: int, arrived_ms: int
) -> str | None:
    """Say why a record is refused (``json``, ``key``, ``partition``, ``clock``), or nothing.

    ``arrived_ms`` is the record's timestamp, which the broker gives (``LogAppendTime``): in
    milliseconds since 1970, UTC.
    """
    if value is None:
        return "json"
    head = read_head(value)
    school, recorded_at = head.school, head.recorded_at
    if not isinstance(school, str) or not isinstance(recorded_at, str):
        return None
    recorded = read_instant(recorded_at)
    if recorded is None:
        return None
    if key is None or key != school.encode():
        return "key"
    if partition_of(key, partitions) != partition:
        return "partition"
    return "clock" if is_clock_ahead(recorded, arrived_ms) else None


def school_of(key: bytes | None, value: bytes | None, reason: str) -> str | None:
    """Say whose a refused record is: its key says so, else the event; None where neither does.

    The event comes first where the key is what it was refused for, since that may be anything, such
    as a pupil. Elsewhere it does not: what a door refused is of whoever sent it.

    >>> school_of(b"p-4711", b'{"school":"01AB"}', "key"), school_of(b"01AB", b"{", "json")
    ('01AB', '01AB')
    >>> school_of(b"01AB", b'{"school":"02CD"}', "school")
    '01AB'
    """
    by_key = (key or b"").decode(errors="replace")
    by_event = read_head(value or b"").school
    both = (by_event, by_key) if reason == "key" else (by_key, by_event)
    return next((each for each in both if isinstance(each, str) and is_id(each)), None)


def are_surely_let_in(
    columns: Columns,
    names: Sequence[str],
    keys: Sequence[bytes | None],
    arrived_ms: IntArray,
    partition: int,
    partitions: int,
) -> bool:
    """Say whether `refusal` would let in each of the records that were decoded to these columns.

    It is asked of all at once, as one by one it costs more than decoding. False may also mean that
    it has to be asked, because something was not decoded. Positions in ``columns`` are places in
    ``keys`` and ``arrived_ms``; ``names`` are the texts of `models.events.decode.Decoder.names`.
    """
    if columns.rejects or columns.events() != len(keys):
        return False
    latest = arrived_ms + CLOCK_SECONDS * 1000
    schools: set[str] = set()
    for registers in columns.registers:
        numbers = np.unique(registers.school).tolist()
        key_of = {number: names[number].encode() for number in numbers}
        schools.update(names[number] for number in numbers)
        expected = map(key_of.__getitem__, registers.school.tolist())
        if list(map(keys.__getitem__, registers.position.tolist())) != list(expected):
            return False
        if (registers.at * 1000 > latest[registers.position]).any():
            return False
    for position, event in columns.others:
        schools.add(event.school)
        is_ahead = instant_of(event.recorded_at) * 1000 > latest[position]
        if is_ahead or keys[position] != event.school.encode():
            return False
    return all(partition_of(school.encode(), partitions) == partition for school in schools)


@lru_cache(maxsize=100_000)
def partition_of(key: bytes, partitions: int) -> int:
    """Partition of a key as Java, kafka-python and aiokafka choose it: murmur2.

    >>> [partition_of(school, 8) for school in (b"01AB", b"s1", b"s2")]
    [4, 5, 1]
    """
    positive: int = murmur2(key) & 0x7FFFFFFF
    return positive % partitions
