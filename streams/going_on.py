"""Whether what is on the topics belongs together, so that a worker may go on with it.

Offsets in a `Position` are those of certain topics. Where one of these was lost and made anew, or
is an older copy, reading on from there would pass over what comes, and nobody would know.
"""

from dataclasses import dataclass
from typing import Final

from models.page_format import UnreadablePageError
from streams.lag import read_positions
from streams.position import Position
from streams.topic_reader import TopicReader
from streams.topics import ALERTS, EVENTS, PAGES, TopicsError

_SEE: Final = "(docs/backup.md)"


@dataclass(frozen=True, slots=True)
class Ends:
    """What there is of a partition's topics."""

    log: str
    """The cluster's id of ``school-events``; empty where it gives none."""
    begin: int
    """Offset of the oldest event that there still is."""
    events: int
    """The offset that follows the newest event."""
    alerts: int
    """The offset that follows the newest message."""


def why_not(position: Position, there: Ends) -> str | None:
    """Say in a line why nobody may go on from a position; None where all is well.

    >>> why_not(Position(events=7, alerts=0, rejects=0), Ends("", begin=0, events=5, alerts=0))
    'school-events ends before offset 5, and pages hold events up to 7 (docs/backup.md)'
    """
    if position.log and there.log and position.log != there.log:
        return f"school-events is another topic than the one whose events pages hold {_SEE}"
    held = max(position.events, *position.ahead.values(), 0)
    if held > there.events:
        return (
            f"school-events ends before offset {there.events}, and pages hold events up to"
            f" {held} {_SEE}"
        )
    if position.events < there.begin:
        return (
            f"events {position.events} to {there.begin - 1} are gone, and no page holds them {_SEE}"
        )
    if position.alerts > there.alerts:
        return (
            f"alerts ends before offset {there.alerts}, and messages up to {position.alerts} were"
            f" told {_SEE}"
        )
    return None


def why_not_again(first_told: int | None, told_until: int, there: Ends) -> str | None:
    """Say in a line why events may not be read again up to where messages know of them.

    ``told_until`` is the greatest offset in ``school-events`` that a message behind the position
    names, 0 for none; ``first_told`` the least, None where a position says what pages hold.
    """
    if told_until > there.events:
        return (
            f"school-events ends before offset {there.events}, and alerts know of events up to"
            f" {told_until} {_SEE}"
        )
    if first_told is not None and first_told <= there.begin:
        return f"no page holds the events before {there.begin}, of which alerts know {_SEE}"
    return None


def check(
    committed: TopicReader, everything: TopicReader, prefix: str, partitions: int, log: str
) -> None:
    """Make sure that a worker may go on in every partition; raises `TopicsError`, in a line.

    ``committed`` reads what is committed, ``everything`` what is not yet, too; ``log`` is the
    cluster's id of ``school-events``. Raises as `streams.lag.read_positions` does.
    """
    try:
        positions = list(read_positions(committed, prefix, partitions))
    except UnreadablePageError as error:
        raise TopicsError(f"{prefix}{PAGES}: {error}") from error
    events = prefix + EVENTS
    begins, ends = everything.begins(events, partitions), everything.ends(events, partitions)
    alerts = committed.ends(prefix + ALERTS, partitions)
    for partition, position in enumerate(positions):
        if position is None:
            continue
        there = Ends(log, begins[partition], ends[partition], alerts[partition])
        why = why_not(position, there)
        if why is not None:
            raise TopicsError(f"partition {partition}: {why}")
