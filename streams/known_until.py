"""A school's log as it was at the end of some date; and whether its pupils are invented."""

from bisect import bisect_right
from dataclasses import fields, replace
from typing import Final

from models.events.columns import Registers
from models.events.instants import DAY_SECONDS, EPOCH
from models.events.types import School
from models.simulator.records import SCHOOL_NAME
from streams.school_logs import SchoolLog

_OF_A_MARK: Final = frozenset({"pupil", "code", "minutes"})


def known_until(log: SchoolLog, date: int) -> SchoolLog:
    """Keep what was recorded by the end of a date, in UTC; what came of a pupil ends there too."""
    end = (date + 1 - EPOCH) * DAY_SECONDS - 1
    if log.newest_at <= end:
        return log
    registers = bisect_right(log.registers.at.tolist(), end)
    marks = int(log.marks_before[registers])
    others = bisect_right(log.other_at.tolist(), end)
    kept = {
        each.name: getattr(log.registers, each.name)[
            : marks if each.name in _OF_A_MARK else registers
        ]
        for each in fields(Registers)
    }
    return replace(
        log,
        registers=Registers(**kept),
        marks_before=log.marks_before[: registers + 1],
        others=log.others[:others],
        other_at=log.other_at[:others],
        registers_before=log.registers_before[:others],
        newest_at=end,
    )


def is_simulated(log: SchoolLog) -> bool:
    """Say whether the log says that ``gemist simulate`` wrote it: by the name of its school."""
    return any(
        isinstance(each, School) and str(each.name or "").startswith(SCHOOL_NAME)
        for each in log.others
    )
