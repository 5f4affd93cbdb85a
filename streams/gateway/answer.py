"""What the door answers, as types: the OpenAPI document is made from them."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from models.events.checks import Reject, is_id
from models.events.instants import write_instant
from streams.gateway.log import Outcome, Received, ReceivedReject
from streams.gateway.problem import Problem
from streams.gateway.says import says


class Verdict(StrEnum):
    """What became of an event; ``partly``: a register without some of its marks."""

    ACCEPTED = "accepted"
    PARTLY = "partly"
    REJECTED = "rejected"


class RejectAnswer(msgspec.Struct, frozen=True, gc=False):
    """Something that was refused."""

    reason: str
    field: str | None
    value: str
    """The beginning of what stood there, at most 80 characters."""
    says: str


class EventAnswer(msgspec.Struct, frozen=True):
    """What became of one event."""

    index: int
    """Its place in the request, from 0; blank lines do not count."""
    id: str | None
    """Its own, where it can be read."""
    status: Verdict
    rejects: Sequence[RejectAnswer]


class EventsAnswer(msgspec.Struct, frozen=True):
    """What became of a request's events, one entry each, in their order."""

    accepted: int
    """Events that count, those without some of their marks included."""
    rejected: int
    """Events of which nothing counts."""
    events: list[EventAnswer]


class RefusedAnswer(Problem, frozen=True, kw_only=True):
    """A problem that no event of the request survived; with what became of each."""

    accepted: int
    rejected: int
    events: list[EventAnswer]


class ReceivedRejectAnswer(msgspec.Struct, frozen=True):
    """A refused line, or a refused mark of a register whose other marks were taken."""

    arrived_at: str
    reason: str
    field: str | None
    value: str
    event: str | None
    """The event's id, where it can be read."""
    says: str


class ReceivedAnswer(msgspec.Struct, frozen=True):
    """What came in from one school on one date of its own time zone."""

    school: str
    date: str
    timezone: str
    events: dict[str, int]
    """Accepted, by type; an event that was sent again counts again."""
    marks: int
    rejected: int
    """Refused lines and marks: as many as there were, where `rejects` lists the newest."""
    rejects: list[ReceivedRejectAnswer]
    last_arrived_at: str | None


_ACCEPTED = Verdict.ACCEPTED
_REJECTED = Verdict.REJECTED
_PARTLY = Verdict.PARTLY


def events_answer(ids: Sequence[str | None], outcomes: Sequence[Outcome]) -> EventsAnswer:
    """Tell what became of events, of which the ids are known in the same order."""
    events = []
    accepted = 0
    for index, (event, outcome) in enumerate(zip(ids, outcomes, strict=True)):
        if not outcome.accepted:
            verdict = _REJECTED
        else:
            accepted += 1
            verdict = _PARTLY if outcome.rejects else _ACCEPTED
        rejects = tuple(map(_reject_answer, outcome.rejects)) if outcome.rejects else ()
        events.append(EventAnswer(index, event, verdict, rejects))
    return EventsAnswer(accepted, len(events) - accepted, events)


def _reject_answer(reject: Reject) -> RejectAnswer:
    return RejectAnswer(reject.reason, reject.field, reject.value, says(reject.reason))


def received_answer(received: Received) -> ReceivedAnswer:
    """Tell what came in, with times as people write them."""
    last = received.last_arrived_at
    return ReceivedAnswer(
        school=received.school,
        date=received.date,
        timezone=received.timezone,
        events=received.events,
        marks=received.marks,
        rejected=received.rejected,
        rejects=list(map(_received_reject, received.rejects)),
        last_arrived_at=None if last is None else write_instant(last),
    )


def _received_reject(reject: ReceivedReject) -> ReceivedRejectAnswer:
    return ReceivedRejectAnswer(
        arrived_at=write_instant(reject.arrived_at),
        reason=reject.reason,
        field=reject.field,
        value=reject.value,
        event=reject.event if reject.event is not None and is_id(reject.event) else None,
        says=says(reject.reason),
    )
