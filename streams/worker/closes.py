"""When the worker that owns a school's partition writes the `close` of its day (SEMANTICS.md 2)."""

from collections.abc import Callable
from datetime import time
from time import monotonic
from typing import Final

from streams.closing import close_line, due_dates
from streams.worker.turns import Turns

_AGAIN_SECONDS: Final = 60.0
"""One that was written and did not come back is written again: twice does no harm."""


class Closes:
    """What was written, and what is due."""

    def __init__(self, close_at: time | None, now: Callable[[], float]) -> None:
        self._close_at = close_at
        self._now = now
        self._written: dict[tuple[str, int], float] = {}

    def due(self, turns: Turns) -> dict[str, bytes]:
        """The `close` events of a partition that are to be written now, by school.

        There is none before all has been read: a `close` may be there already.
        """
        partition = turns.partition
        if self._close_at is None or not partition.came or not turns.has_read_all:
            return {}
        dates = {
            (school, date): arrived_at
            for (school, date), arrived_at in partition.came.dates.items()
            if school in partition.schools  # it may be set aside
        }
        timezones = {school: partition.timezone_of(school) for school, _ in dates}
        now, ticks = self._now(), monotonic()
        due = {
            school: date
            for school, date in due_dates(dates, timezones, self._close_at, now).items()
            if ticks >= self._written.get((school, date), ticks - _AGAIN_SECONDS) + _AGAIN_SECONDS
        }
        self._written |= dict.fromkeys(due.items(), ticks)
        return {school: close_line(school, date, int(now)) for school, date in due.items()}
