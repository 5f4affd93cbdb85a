"""Where events come in: who sends, what they brought, what becomes of it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from litestar.response.base import ASGIResponse

from config.metrics import Metrics
from config.settings import Gateway
from streams.gateway.answer import EventsAnswer, RefusedAnswer, events_answer
from streams.gateway.bearer import schools_of_sender
from streams.gateway.body import Body, Receive, Room, is_gzip, is_lines, too_large
from streams.gateway.cutting import cut
from streams.gateway.judging import judge
from streams.gateway.log import Arrival, BusyError, Log, Outcome, UnkeptError
from streams.gateway.problem import (
    FULL,
    MEDIA_TYPE,
    OTHER_SCHOOL,
    REFUSED,
    TOO_MUCH,
    UNKEPT,
    Kind,
    ProblemError,
)
from streams.gateway.says import OTHER_SCHOOL as SCHOOL_REASON
from streams.gateway.tokens import Tokens

Clock = Callable[[], float]
Headers = Sequence[tuple[bytes, bytes]]
Answer = bytes | ASGIResponse
"""The JSON of an answer 200, as nearly all are; or another answer."""

_MANY_BYTES: Final = 64 * 1024
"""A body above this is taken apart in a thread, so that others are not kept waiting."""
_UNKEPT_SECONDS: Final = "5"
_FULL_SECONDS: Final = "60"
_encode: Final = msgspec.json.Encoder().encode


class EventsDoor:
    """Takes requests with events, as many at once as the limits allow."""

    def __init__(
        self, log: Log, tokens: Tokens, limits: Gateway, metrics: Metrics, clock: Clock
    ) -> None:
        self._log = log
        self._tokens = tokens
        self._limits = limits
        self._metrics = metrics
        self._clock = clock
        self._under_way = 0
        self._room = Room(limits.held_bytes)

    async def take(self, headers: Headers, receive: Receive) -> Answer:
        """Take one request: its events are durable when the answer comes back.

        Raises `ProblemError` and `GoneError`.
        """
        found = dict(headers)
        schools = schools_of_sender(self._tokens, headers)
        lines_are_events = is_lines(found.get(b"content-type"))
        body = Body(
            self._room,
            self._limits.body_bytes,
            is_gzip=is_gzip(found.get(b"content-encoding")),
        )
        _check_length(found.get(b"content-length"), self._limits.body_bytes)
        if self._under_way >= self._limits.requests:
            raise ProblemError(
                TOO_MUCH,
                "So many requests are under way that this one must wait. Send it again later, and"
                " more events in each.",
                {"Retry-After": "1"},
            )
        self._under_way += 1
        self._metrics.door_under_way.inc()
        try:
            read = await body.read(receive)
            self._metrics.door_body_bytes.inc(len(read))
            return await self._keep(read, schools, is_lines=lines_are_events)
        finally:
            body.close()
            self._under_way -= 1
            self._metrics.door_under_way.dec()

    async def _keep(self, body: bytes, schools: frozenset[str], *, is_lines: bool) -> Answer:
        arrived_ms = int(self._clock() * 1000)
        most = self._limits.events

        def apart() -> tuple[list[Arrival], list[str | None]]:
            return judge(cut(body, is_lines=is_lines, most=most), schools, arrived_ms)

        is_much = len(body) > _MANY_BYTES
        arrivals, ids = await asyncio.to_thread(apart) if is_much else apart()
        outcomes = await kept(self._log.append(arrivals))
        if is_much:
            return await asyncio.to_thread(_answer, ids, outcomes)
        return _answer(ids, outcomes)


async def kept(asked: Any) -> Any:
    """Wait for a log, and turn what it cannot do into what a sender is told."""
    try:
        return await asked
    except BusyError as busy:
        raise ProblemError(
            TOO_MUCH,
            "More comes in than can be kept at once. Nothing of this request was acknowledged:"
            " send it again after the seconds in Retry-After.",
            {"Retry-After": str(max(1, busy.retry_after))},
        ) from busy
    except UnkeptError as unkept:
        if unkept.is_full:
            raise ProblemError(
                FULL,
                "The disk is full. Nothing of this request was acknowledged: send it again when"
                " there is room.",
                {"Retry-After": _FULL_SECONDS},
            ) from unkept
        raise ProblemError(
            UNKEPT,
            "Events cannot be kept now. Nothing of this request was acknowledged: send it again"
            " after the seconds in Retry-After.",
            {"Retry-After": _UNKEPT_SECONDS},
        ) from unkept


def _answer(ids: list[str | None], outcomes: list[Outcome]) -> Answer:
    answer = events_answer(ids, outcomes)
    if answer.accepted:
        return _encode(answer)
    all_of_others = all(
        len(each.rejects) == 1 and each.rejects[0].reason == SCHOOL_REASON for each in answer.events
    )
    return _refused(answer, OTHER_SCHOOL if all_of_others else REFUSED)


_REFUSED_DETAIL: Final = {
    OTHER_SCHOOL: "All events are of schools that the token is not for. Send them with their"
    " school's token, or ask for one that is for that school too.",
    REFUSED: "All events were refused. `events` says of each why, in `rejects`: mend them, and"
    " send them again.",
}


def _refused(answer: EventsAnswer, kind: Kind) -> ASGIResponse:
    body = RefusedAnswer(
        type=kind.address,
        title=kind.title,
        status=kind.status,
        detail=_REFUSED_DETAIL[kind],
        accepted=answer.accepted,
        rejected=answer.rejected,
        events=answer.events,
    )
    return ASGIResponse(body=_encode(body), media_type=MEDIA_TYPE, status_code=kind.status)


def _check_length(content_length: bytes | None, most: int) -> None:
    """Refuse a body that says itself that it is too large, before any of it is read."""
    if content_length is not None and content_length.isdigit() and int(content_length) > most:
        raise too_large(most)
