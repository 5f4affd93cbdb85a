"""What the core's parts cost inside this process: filled by whoever knows the core.

The harness calls both functions, and leaves a section out of the report where one gives nothing.
Time is CPU time (``time.process_time``), the median of several runs; the harness has pinned the
process to one core.
"""

from dataclasses import dataclass

from tests.bench.logs import Log


@dataclass(frozen=True, slots=True)
class PartCost:
    """One part of a replay (decode, book, patterns) over a whole log."""

    name: str
    cpu_seconds: float
    marks: int


@dataclass(frozen=True, slots=True)
class StepCost:
    """One batch in a live engine."""

    name: str
    """Such as "5,000 marks of 40 schools on an open day"."""
    milliseconds: float
    note: str = ""


def part_costs(log: Log) -> list[PartCost]:
    """Decode, book and patterns of a log, each by itself."""
    del log
    return []


def step_costs() -> list[StepCost]:
    """A batch on an open day, the close of a school of 1,000, a correction 30 days back."""
    return []
