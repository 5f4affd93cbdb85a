"""The books of a log's schools: what the log says is applied in rounds, and told school by school.

What follows of an event (pages, alerts, and that it is too old) is kept by a transaction a
school, with the position up to which it holds. So after a crash the pages and alerts of each
school are those of exactly the events before its position, and the rest is applied again.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from alerts.alert import Alert
from alerts.pages import read_watch, write_changed
from models.events.columns import Columns
from streams.embedded.erasing import Erasures, add_rejects, delete_alerts
from streams.embedded.rows import Arrived, reject_rows
from streams.embedded.store import NEXT_POSITION, WORKED_OUT, RejectRow, Store
from streams.embedded.vacuum import TO_VACUUM
from streams.failure import log_failure
from streams.gateway.log import Arrival
from streams.step import Batch, Counts, Engine, Erased, first_positions, is_gone

_EVENTS_AT_ONCE: Final = 4000


@dataclass(slots=True)
class Untold:
    """What is in a school's book, and not in its pages and alerts yet."""

    since: int
    """The position of the first such event."""
    arrived_at: float
    """When it came; seconds since 1970."""
    too_old: list[RejectRow] = field(default_factory=list)
    erased: set[Erased] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a school, and what it followed of."""

    alerts: tuple[Alert, ...]
    untold: Untold


class Books:
    """Reads pages, applies events, tells."""

    def __init__(self, store: Store, engine: Engine, now: float) -> None:
        self._store = store
        self.engine = engine
        self.erasures = Erasures(store.connection)
        self.untold: dict[str, Untold] = {}
        """By school, the one that waits longest first."""
        self.stuck: dict[str, int] = {}
        """Schools that cannot be worked out, which is a fault of gemist's: the first event that
        is not. What they send is kept; a program without the fault goes on with it."""
        self._read_pages(now)
        self._read_on(now)

    # ---- from the log

    def _read_pages(self, now: float) -> None:
        end = self._store.progress(NEXT_POSITION)
        for school, pages in self._store.pages().items():
            watch = read_watch(school, pages, self.engine.pack, self.engine.scorecard)
            self.engine.adopt(watch)
            self.untold[school] = Untold(end, now)  # rules may be others than they were

    def _read_on(self, now: float) -> None:
        """Apply the events that no page holds yet."""
        worked_out = self._store.worked_out()
        waiting = (
            (position, Arrival(line, school))
            for position, school, line in self._store.events_from(self._store.progress(WORKED_OUT))
            if position >= worked_out.get(school, 0) and school not in self.stuck
        )
        while part := dict(islice(waiting, _EVENTS_AT_ONCE)):
            of_schools: dict[str, dict[int, Arrival]] = {}
            for position, arrival in part.items():
                of_schools.setdefault(arrival.school, {})[position] = arrival
            for school, arrived in of_schools.items():
                self._note_untold(school, min(arrived), now)
                try:
                    self.apply(self.decode(arrived), arrived, now)
                except Exception as error:  # noqa: BLE001 - whatever it is, other schools go on
                    self._set_aside(school, error)

    def decode(self, arrived: Arrived) -> Columns:
        """Read what came; the books are as they were."""
        lines = [arrival.line for arrival in arrived.values()]
        return self.engine.decode(Batch(lines, list(arrived)))

    # ---- into memory

    def apply(self, columns: Columns, arrived: Arrived, now: float) -> Counts:
        """Apply events that are kept; ``columns`` are what was accepted of what arrived.

        Where this fails, what is in memory is of no use any more: read it from the log again.
        """
        first = first_positions(columns, self.engine)
        if not self.stuck.keys().isdisjoint(first):
            kept = {
                at: each
                for at, each in arrived.items()
                if each.refused is None and each.school not in self.stuck
            }
            columns = self.decode(kept)
            first = first_positions(columns, self.engine)
        for school, position in first.items():
            self._note_untold(school, position, now)
        *of_schools, whole = self.engine.apply(columns)
        for step in of_schools:
            for reject in step.rejects:  # too old: nothing else is refused by a book
                rows = reject_rows(arrived, int(now), {reject.position: [reject]})
                self.untold[arrived[reject.position].school].too_old += rows
        for school, pupil in whole.erased:
            self.untold[school].erased.add((school, pupil))
        return whole.counts

    # ---- and out of it

    def tell_next(self, until: int, now: int) -> Told:
        """Tell what follows for the school that waits longest, and keep it with its pages.

        ``until``: the position of the next event that there will be. Raises `sqlite3.Error`, and
        then nothing of it was kept, and what is in memory is of no use any more.
        """
        school, untold = next(iter(self.untold.items()))
        try:
            alerts = self.engine.schools[school].publish()
            pages = list(write_changed(self.engine.schools[school].watch))
            if alerts or pages or untold.too_old:
                with self._store.transaction():
                    self._keep(school, untold, alerts, until, now)
                    self._store.write_pages(pages)
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, other schools go on
            self._set_aside(school, error)
            return Told((), untold)
        del self.untold[school]
        return Told(tuple(alerts), untold)

    def _keep(
        self,
        school: str,
        untold: Untold,
        alerts: Iterable[Alert],
        until: int,
        now: int,
    ) -> None:
        add_rejects(self._store, untold.too_old, self.erasures)
        gone = [each for each in alerts if is_gone(each, untold.erased)]
        kept = [each for each in alerts if not is_gone(each, untold.erased)]
        self._store.add_alerts(until, now, kept)
        for _, pupil in untold.erased:
            withdrawn = {each.id for each in gone if each.pupil == pupil}
            delete_alerts(self._store.connection, school, pupil, withdrawn)
        if untold.erased:  # the file may have been written anew since the event was kept
            self._store.set_progress(TO_VACUUM, 1)
        self._store.set_worked_out(school, until)
        self._store.set_progress(WORKED_OUT, self._first_untold(school, until))

    def _note_untold(self, school: str, position: int, now: float) -> None:
        untold = self.untold.setdefault(school, Untold(position, now))
        untold.since = min(untold.since, position)

    def _first_untold(self, told: str, until: int) -> int:
        waiting = (each.since for school, each in self.untold.items() if school != told)
        return min([until, *waiting, *self.stuck.values()])

    def _set_aside(self, school: str, error: Exception) -> None:
        log_failure("the events of a school cannot be worked out", error)
        untold = self.untold.pop(school, None)
        self.stuck.setdefault(school, 0 if untold is None else untold.since)
        if school in self.engine.schools:
            self.engine.drop(school)
