"""A log that keeps everything in memory, and answers as the node's does."""

from collections import Counter

from models.events.checks import read_line
from models.events.instants import local_date, write_date
from models.events.types import Register, School
from streams.gateway.log import (
    Arrival,
    BusyError,
    Outcome,
    Received,
    ReceivedReject,
    UnkeptError,
)
from streams.head import read_head


class MemoryLog:
    """Keeps arrivals; can be told to be busy, full or broken."""

    def __init__(self, clock) -> None:
        self._clock = clock
        self.kept: list[tuple[Arrival, int]] = []
        self.trouble: BusyError | UnkeptError | None = None
        self.why_unready: str | None = None

    async def append(self, arrivals):
        if self.trouble is not None:
            raise self.trouble
        now = int(self._clock())
        self.kept += [(arrival, now) for arrival in arrivals]
        return [_outcome(arrival) for arrival in arrivals]

    async def received(self, school, date):
        if self.trouble is not None:
            raise self.trouble
        timezone = "Europe/Amsterdam"
        for arrival, _ in self.kept:
            event, _ = read_line(arrival.line, 0)
            if isinstance(event, School) and arrival.school == school and event.timezone:
                timezone = event.timezone
        events: Counter[str] = Counter()
        marks, rejects, last = 0, [], None
        for position, (arrival, at) in enumerate(self.kept):
            if arrival.school != school or write_date(local_date(at, timezone)) != date:
                continue
            last = at
            event, refused = read_line(arrival.line, position)
            if arrival.refused is not None:
                event, refused = None, [arrival.refused]
            if event is not None:
                events[event.__struct_config__.tag] += 1
                marks += len(event.marks or ()) if isinstance(event, Register) else 0
            named = read_head(arrival.line).id
            name = named if isinstance(named, str) else None
            rejects += [
                ReceivedReject(position, at, each.reason, each.field, each.value, name)
                for each in refused
            ]
        return Received(
            school, date, timezone, dict(events), marks, len(rejects), tuple(rejects[::-1]), last
        )

    def unready(self):
        return self.why_unready


def _outcome(arrival):
    if arrival.refused is not None:
        return Outcome(accepted=False, rejects=(arrival.refused,))
    event, rejects = read_line(arrival.line, 0)
    return Outcome(accepted=event is not None, rejects=tuple(rejects))
