"""One partition: its schools' books, and what is written of them (DESIGN.md section 6).

Whoever takes it over begins at once: a school's books are read back from their pages when its
first event comes, and those of the others while nothing else is to be done.

Events are applied as they come. What follows of them is told school by school, and with a
school's messages its changed pages are made, so that both are of exactly the same events. Messages
and rejects are written by a transaction some times a second; a checkpoint is one that also holds
all pages made since the last one and the `Position` up to which they go.

A school that cannot be worked out is set aside, and the others of its partition go on. The position
stays before its first event that no page holds, so whoever takes the partition over tries again,
and a version that was mended tells what there is to tell.

After a crash the events behind that position are read again. What was told of them stands with
readers already, and the pages do not know of it: nothing is told and no page made before the
events are read again as far as any message knows, and then what was told is laid into what was
published (`alerts.heard`), so that what is not true any more is taken back.

No clock and no Kafka here: `streams.worker.turns` says when, and a `PartitionLog` writes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from alerts.alert import Alert, encode_alert
from alerts.heard import hear
from alerts.pages import read_watch, write_changed
from config.metrics import Metrics
from models.events.columns import Columns
from models.events.types import Erase
from models.page_format import FORMAT_VERSION, PageKey
from streams.arrival import are_surely_let_in, refusal, school_of
from streams.closing import Came
from streams.counting import count_alert, count_named, count_read, count_reject
from streams.failure import log_failure
from streams.position import KEY, Position, write_position
from streams.school import School
from streams.step import Batch, Engine, Erased, first_positions, is_gone
from streams.topics import (
    ALERTS,
    ARRIVED,
    EVENTS,
    EVENTS_OFFSET,
    FIELD,
    OFFSET,
    PAGES,
    REASON,
    REJECTS,
)
from streams.worker.partition_log import Kept, Outgoing, PartitionLog, Record

_MILLISECONDS: Final = 1000


@dataclass(slots=True)
class Untold:
    """What is in a school's book, and not in its pages and messages yet."""

    since: int
    """Offset of the first such event."""
    arrived_at: float
    """When it arrived, in seconds since 1970."""
    erased: dict[Erased, int] = field(default_factory=dict)
    """Who was erased, with the offset of the newest event that says so."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which partition it is."""

    number: int
    partitions: int
    """How many partitions the topics have."""
    prefix: str
    """Stands before the topics' names."""
    log: str = ""
    """The cluster's id of ``school-events``, where it has one."""


class Partition:
    """Books of one partition, read back from its pages and kept up to date."""

    def __init__(
        self,
        place: Place,
        kept: Kept,
        new_engine: Callable[[], Engine],
        log: PartitionLog,
        metrics: Metrics,
    ) -> None:
        self.place = place
        self.next = kept.position.events
        """Offset of the event that comes next."""
        self.untold: dict[str, Untold] = {}
        """By school, the one that waits longest first."""
        self.came = Came({(school, date): at for school, date, at in kept.position.came})
        self.log = log
        self._engine = new_engine()
        self._metrics = metrics
        self._ahead = dict(kept.position.ahead)
        self._told_until = max([kept.told_until, *self._ahead.values()])
        self._to_hear = kept.told
        self._unheard = {alert.school for alert in kept.told.values() if alert is not None}
        """Schools of which something was told that no page knows of yet."""
        self._rejected_until = kept.rejected_until
        self._ends = kept.ends
        self._outgoing: list[Outgoing] = []
        self._told_arrivals: list[float] = []
        self._pages: dict[PageKey, bytes | None] = {}
        self._checkpointed = kept.position
        self._checkpointed_until = kept.position.events
        self._set_aside_at: dict[str, int] = {}
        self._to_forget: dict[Erased, int] = {}
        self._unread = kept.pages
        """By school, each let go of when read: bytes and books of all would be twice as much."""

    def read_next(self) -> bool:
        """Read back the books of a school of which nothing came yet; was there any?

        Raises `models.page_format.UnreadablePageError`.
        """
        school = next(iter(self._unread), None)
        if school is None:
            return False
        self._read(school)
        return True

    def _read(self, school: str) -> None:
        """Read back a school's books, if they are not yet."""
        pages = self._unread.pop(school, None)
        if pages is None:
            return
        watch = read_watch(school, pages, self._engine.pack, self._engine.scorecard)
        self._engine.adopt(watch)
        if watch.episodes_written is None:  # by other rules: what is not final is told anew
            self._wait(school, self.next, 0)

    @property
    def is_reading_again(self) -> bool:
        """Is it still behind what was told before it was taken over?"""
        return self.next < self._told_until

    @property
    def unread_schools(self) -> int:
        """Of how many schools the books are still bytes."""
        return len(self._unread)

    @property
    def has_outgoing(self) -> bool:
        """Is there anything that has not been written, but for pages?"""
        return bool(self._outgoing)

    @property
    def unfinished(self) -> int:
        """How many schools are to be told of, and messages and rejects to be written."""
        return len(self.untold) + len(self._outgoing)

    @property
    def unfinished_since(self) -> float | None:
        """When the oldest event arrived that has a part in that, if it is of any event."""
        untold = (each.arrived_at for each in self.untold.values() if each.arrived_at)
        return min((*untold, *self._told_arrivals), default=None)

    @property
    def is_dirty(self) -> bool:
        """Would a checkpoint write anything?"""
        return bool(self._pages or self._outgoing) or self.next != self._checkpointed_until

    @property
    def dirty_pages(self) -> int:
        """How many pages wait for a checkpoint."""
        return len(self._pages)

    @property
    def schools(self) -> Mapping[str, School]:
        """Its schools, by id, as far as their books are read."""
        return self._engine.schools

    def timezone_of(self, school: str) -> str:
        """A school's time zone, as far as it is known."""
        return self._engine.schools[school].book.facts.timezone

    @property
    def untold_since(self) -> float | None:
        """When the first event arrived that was not told of, None where there is none."""
        return next((each.arrived_at for each in self.untold.values()), None)

    # ---- in

    def apply(self, records: Sequence[Record]) -> None:
        """Take records of ``school-events``, in order; those that were read are passed over.

        A school's books are read back when its first event comes. Where this fails, what is in
        memory is of no use any more.
        """
        unread = [record for record in records if record.offset >= self.next]
        if not unread:
            return
        accepted, columns = self._let_in(unread)
        arrived_at = unread[-1].timestamp / _MILLISECONDS
        for school, place in first_positions(columns, self._engine).items():
            self._read(school)
            first = accepted[place]
            self._wait(school, first.offset, first.timestamp / _MILLISECONDS)
        came = self.came.new(columns, self._engine, arrived_at)
        rejects = []
        for place, event in columns.others:
            if isinstance(event, Erase):
                erased = self.untold[event.school].erased
                erased[event.school, event.pupil] = accepted[place].offset
        for step in self._engine.apply(columns, self._set_aside):
            rejects += step.rejects
            count_read(self._metrics, step.counts)
        count_named(self._metrics, columns, self._engine.decoder.names.texts)
        self.came.note(came, columns)
        for reject in sorted(rejects, key=lambda it: it.position):
            self._refuse(accepted[reject.position], reject.reason, reject.field or "")
        self._metrics.records.inc(len(unread))
        self.next = unread[-1].offset + 1

    def _let_in(self, unread: Sequence[Record]) -> tuple[Sequence[Record], Columns]:
        """Decode what is let in; positions in the columns are places among those records."""
        place = self.place
        # No page is ahead of what was never read.
        if not (self.is_reading_again or self._set_aside_at):
            columns = self._decode(unread)
            arrived_ms = np.fromiter((it.timestamp for it in unread), np.int64, len(unread))
            keys = [it.key for it in unread]
            names = self._engine.decoder.names.texts
            if are_surely_let_in(columns, names, keys, arrived_ms, place.number, place.partitions):
                return unread, columns
        accepted = self._accepted(unread)
        return accepted, self._decode(accepted)

    def _decode(self, records: Sequence[Record]) -> Columns:
        lines = [it.value or b"" for it in records]
        return self._engine.decode(Batch(lines, range(len(lines))))

    def _accepted(self, records: Iterable[Record]) -> list[Record]:
        """Part what may be looked into from what is refused at the door, or in pages already."""
        place = self.place
        accepted: list[Record] = []
        for record in records:
            reason = refusal(
                record.key, record.value, place.number, place.partitions, record.timestamp
            )
            if reason is not None:
                self._refuse(record, reason, "")
            elif not (self.is_reading_again and self._is_in_pages(record)):
                accepted.append(record)
        return self._of_others(accepted) if self._set_aside_at else accepted

    def _of_others(self, records: Iterable[Record]) -> list[Record]:
        """Leave out what is of schools that were set aside."""
        aside = {school.encode() for school in self._set_aside_at}
        return [record for record in records if record.key not in aside]

    def _is_in_pages(self, record: Record) -> bool:
        """Are the pages of its school ahead of it? An event that names no school is in none."""
        if record.key is None:
            return False
        school = record.key.decode(errors="replace")
        return record.offset < self._ahead.get(school, 0)

    def _refuse(self, record: Record, reason: str, at: str) -> None:
        if record.offset < self._rejected_until:
            return  # it is there already
        count_reject(self._metrics, school_of(record.key, record.value, reason), reason)
        headers = {
            REASON: reason,
            FIELD: at,
            "topic": self.place.prefix + EVENTS,
            "partition": str(self.place.number),
            OFFSET: str(record.offset),
            ARRIVED: str(record.timestamp),
        }
        self._outgoing.append(
            Outgoing(
                REJECTS,
                record.key,
                record.value,
                tuple((name, text.encode()) for name, text in headers.items()),
            )
        )

    def _wait(self, school: str, offset: int, arrived_at: float) -> None:
        self.untold.setdefault(school, Untold(offset, arrived_at))

    def _set_aside(self, school: str, error: Exception) -> None:
        log_failure("the events of a school cannot be worked out", error)
        self._set_aside_at[school] = self.untold.pop(school).since
        self._engine.drop(school)
        self._metrics.set_aside.inc()

    # ---- and out

    def tell_next(self) -> bool:
        """Make the messages and pages of the school that waits longest; was there any?

        There is none before the events were read again as far as was told of them.
        """
        if self.is_reading_again:
            return False
        self._hear()
        school, untold = next(iter(self.untold.items()), (None, None))
        if school is None or untold is None:
            return False
        there = self._engine.schools.get(school)
        if there is not None:
            try:
                alerts = there.publish()
                pages = dict(write_changed(there.watch))
            except Exception as error:  # noqa: BLE001 - whatever it is, other schools go on
                self._set_aside(school, error)
                return True
            self._tell(alerts, untold)
            self._pages |= pages
        self._to_forget |= untold.erased
        del self.untold[school]
        self._unheard.discard(school)
        self._ahead[school] = self.next
        return True

    def _hear(self) -> None:
        if not self._to_hear:
            return
        of_schools: dict[str, list[Alert]] = {}
        for alert in self._to_hear.values():
            if alert is not None:
                of_schools.setdefault(alert.school, []).append(alert)
        self._to_hear = {}
        for school, alerts in of_schools.items():
            self._read(school)
            self._wait(school, self.next, 0)
            there = self._engine.schools.get(school)
            if there is None:
                continue
            try:
                told = hear(there.watch, alerts)
            except Exception as error:  # noqa: BLE001 - whatever it is, other schools go on
                self._set_aside(school, error)
            else:
                self._tell(told, self.untold[school])

    def _tell(self, alerts: Iterable[Alert], untold: Untold) -> None:
        for alert in alerts:
            count_alert(self._metrics, alert)
            value = None if is_gone(alert, untold.erased) else encode_alert(alert)
            self._outgoing.append(self._message(alert.id.encode(), value))
            if untold.arrived_at:
                self._told_arrivals.append(untold.arrived_at)

    def _message(self, alert_id: bytes, value: bytes | None) -> Outgoing:
        """Make a message of all that was read; without a value it deletes the alert."""
        return Outgoing(ALERTS, alert_id, value, ((EVENTS_OFFSET, str(self.next).encode()),))

    async def write(self) -> list[float]:
        """Write what waits, but for pages; gives when what was told of now arrived."""
        outgoing, arrivals = self._outgoing, self._told_arrivals
        if outgoing:
            self._ends = await self.log.write(outgoing)
        self._outgoing = self._outgoing[len(outgoing) :]  # it waited until it was there
        self._told_arrivals = self._told_arrivals[len(arrivals) :]
        return arrivals

    async def checkpoint(self) -> list[float]:
        """Write what waits, and then all pages with the position up to which they go.

        What was told is written before, so that the position is behind it.
        """
        arrivals = await self.write()
        await self._forget()
        pages, self._pages = self._pages, {}
        position = self._position()
        written = [Outgoing(PAGES, str(key).encode(), page) for key, page in pages.items()]
        await self.log.write([*written, Outgoing(PAGES, KEY, write_position(position))])
        self._checkpointed, self._checkpointed_until = position, self.next
        return arrivals

    async def _forget(self) -> None:
        """Delete what was ever told of the pupils who were erased; no page forgets them before."""
        if not self._to_forget:
            return
        ids = await self.log.alerts_about(self._to_forget)
        if ids:
            self._ends = await self.log.write([self._message(each, None) for each in ids])
        self._to_forget = {}

    def _position(self) -> Position:
        """Up to where the pages go that are written now."""
        waiting = (each.since for each in self.untold.values())
        events = min([self.next, *waiting, *self._set_aside_at.values()])
        self._ahead = {school: at for school, at in self._ahead.items() if at > events}
        return Position(
            events=events,
            alerts=self._checkpointed.alerts if self._unheard else self._ends.alerts,
            rejects=self._ends.rejects,
            refused=max(self.next, self._rejected_until),
            ahead=self._ahead,
            came=tuple((school, date, at) for (school, date), at in self.came.dates.items()),
            log=self.place.log or self._checkpointed.log,
            pages=FORMAT_VERSION,
        )
