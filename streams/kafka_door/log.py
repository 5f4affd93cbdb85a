"""Kafka's topics as a door's log.

What a school may say goes to ``school-events``, into its partition; what the door refuses goes to
``rejects``, byte for byte, with the reason in headers. Of a register of which only some marks are
refused the worker says so, as of everything that came by another way. What came in is answered
from the desk's database, which `gemist notify` feeds.
"""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic, sleep
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from alerts.desk.database import looking
from alerts.desk.progress import progress
from alerts.desk.received import received, timezone_of
from config.metrics import Metrics
from config.settings import Kafka
from models.events.checks import Reject
from streams.arrival import partition_of
from streams.counting import count_reject
from streams.gateway.log import Arrival, Outcome, Received, ReceivedReject, UnkeptError
from streams.gateway.problem import TOO_LARGE, ProblemError
from streams.kafka_door.outcomes import Judge
from streams.kafka_door.sending import Outgoing, Sending
from streams.notify.places import place
from streams.topics import EVENTS, FIELD, REASON, REJECTS

MOST_LINE_BYTES: Final = 900_000
"""Of one event: a broker takes a megabyte in a record, unless told otherwise."""
MOST_WAITING_SECONDS, ASK_AGAIN_SECONDS = 1.0, 0.02
"""For what was confirmed here to be taken by the desk."""
_TAKEN_APART_AT_ONCE: Final = 200
"""So many events are decoded within the event loop; more of them in a thread."""


class KafkaLog:
    """Keeps what comes on Kafka, and says what came; `start` before, `stop` after."""

    def __init__(
        self,
        kafka: Kafka,
        partitions: int,
        desk: Engine,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._events, self._rejects = (kafka.prefix + each for each in (EVENTS, REJECTS))
        self._partitions = partitions
        self._desk = desk
        self._metrics = metrics
        self._clock = clock
        self._judge = Judge()
        self._sending = Sending(kafka)

    def start(self) -> None:
        """Connect; raises `UnkeptError` where no broker answers."""
        self._sending.start()

    def stop(self) -> None:
        """Wait a little for what is under way, and end."""
        self._sending.stop()

    def unready(self) -> str | None:
        """Why nothing can be taken now; None when all is well."""
        return self._sending.trouble

    async def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """Keep arrivals, as `streams.gateway.log.Log` says.

        Raises `ProblemError` too, of an event that is too large for a record.
        """
        if any(len(each.line) > MOST_LINE_BYTES for each in arrivals):
            raise ProblemError(
                TOO_LARGE,
                f"One event has more than {MOST_LINE_BYTES} bytes. Send a register in parts.",
            )
        arrived = self._clock()
        if len(arrivals) > _TAKEN_APART_AT_ONCE:
            outcomes = await asyncio.to_thread(Judge().outcomes, arrivals)
        else:
            outcomes = self._judge.outcomes(arrivals)
        records = [
            record
            for arrival, outcome in zip(arrivals, outcomes, strict=True)
            for record in self._records(arrival, outcome)
        ]
        await self._sending.send(records, int(arrived * 1000))
        for arrival, outcome in zip(arrivals, outcomes, strict=True):
            for reject in () if outcome.accepted else outcome.rejects:
                count_reject(self._metrics, arrival.school, reject.reason)
        self._metrics.arrival_to_kept_seconds.observe(max(0.0, self._clock() - arrived))
        return outcomes

    async def received(self, school: str, date: str) -> Received:
        """Say what came in from a school on a date of its time zone, as far as the desk knows.

        What was confirmed here a moment ago is waited for, a second at most.
        """
        try:
            return await asyncio.to_thread(self._received, school, date)
        except SQLAlchemyError as error:
            raise UnkeptError("the desk's database cannot be asked", is_full=False) from error

    def _records(self, arrival: Arrival, outcome: Outcome) -> list[Outgoing]:
        key = arrival.school.encode()
        partition = partition_of(key, self._partitions)
        if outcome.accepted:
            return [Outgoing(self._events, partition, key, arrival.line)]
        return [
            Outgoing(self._rejects, partition, key, arrival.line, _headers(each))
            for each in outcome.rejects
        ]

    def _received(self, school: str, date: str) -> Received:
        partition = partition_of(school.encode(), self._partitions)
        wanted = {
            place(topic, partition): self._sending.confirmed.get((topic, partition), 0)
            for topic in (self._events, self._rejects)
        }
        limit = monotonic() + MOST_WAITING_SECONDS
        while not self._has_taken(wanted) and monotonic() < limit:
            sleep(ASK_AGAIN_SECONDS)
        with looking(self._desk) as connection:
            timezone = timezone_of(connection, school)
            found = received(connection, school, date, timezone)
        rejects = (
            ReceivedReject(
                each.position, each.arrived_at, each.reason, each.field, each.value, each.event
            )
            for each in found.refused
        )
        return Received(
            school,
            date,
            timezone,
            found.events,
            found.marks,
            found.refusals,
            tuple(rejects),
            found.last_arrived_at,
        )

    def _has_taken(self, wanted: dict[str, int]) -> bool:
        with looking(self._desk) as connection:
            return all(progress(connection, name) >= offset for name, offset in wanted.items())


def _headers(reject: Reject) -> list[tuple[str, bytes]]:
    return [(REASON, reject.reason.encode()), (FIELD, (reject.field or "").encode())]
