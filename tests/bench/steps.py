"""What the core's parts cost inside this process.

The harness calls both functions, and leaves a section out of the report where one gives nothing.
Time is CPU time (``time.process_time``), the median of several runs; the harness has pinned the
process to one core.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

import msgspec

from alerts.watch import Watch
from models.events.columns import Columns
from models.simulator import Plan, Style, simulate
from streams.files import read_lines
from streams.step import Batch, Engine
from streams.tables import tables_of
from tests.bench.logs import Log

HISTORY_DAYS = 70
SAMPLES = 5
MARKS_A_BATCH = 5_000


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


def _spent(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def part_costs(log: Log) -> list[PartCost]:
    """Decode of a log; its marks into books and days into outcomes; its last tables."""
    engine = Engine("nl", live=False)
    taken: list[Columns] = []
    marks = 0

    def decode() -> None:
        position = 1
        columns = Columns()
        for lines in read_lines(str(log.path)):
            engine.decoder.read_lines(lines, range(position, position + len(lines)), columns)
            position += len(lines)
            if columns.marks() >= 400_000:
                taken.append(columns)
                columns = Columns()
        taken.append(columns)

    decoding = _spent(decode)
    marks = sum(columns.marks() for columns in taken)
    watches: list[Watch] = []

    def work() -> None:
        for columns in taken:
            deque(engine.take(columns), maxlen=0)
        watches.extend(watch for watch, _ in engine.end())

    working = _spent(work)
    tabling = _spent(lambda: [tables_of(watch) for watch in watches])
    return [
        PartCost("decode into columns", decoding, marks),
        PartCost("book, patterns, rules, episodes, difference", working, marks),
        PartCost("tables of the last day", tabling, marks),
    ]


class _Type(msgspec.Struct):
    type: str
    school: str
    date: str | None = None


def _days(lines: Iterable[bytes]) -> tuple[list[bytes], dict[str, list[bytes]]]:
    """What comes before the first register, and the lines from each day's first register on."""
    head: list[bytes] = []
    days: dict[str, list[bytes]] = {}
    newest = ""
    for line in lines:
        read = msgspec.json.decode(line, type=_Type)
        if read.type == "register" and (read.date or "") > newest:
            newest = read.date or ""
        if newest:
            days.setdefault(newest, []).append(line)
        else:
            head.append(line)
    return head, days


def _engine(schools: int, pupils: int) -> tuple[Engine, list[list[bytes]], list[str]]:
    """A live engine with a history, the days that follow it, and the dates of all days."""
    plan = Plan(
        pupils=pupils,
        schools=schools,
        days=HISTORY_DAYS + SAMPLES,
        seed=1,
        sessions=2,
        style=Style.LISTED,
    )
    blocks = b"".join(block.data for block in simulate(plan))
    head, days = _days(blocks.splitlines())
    engine = Engine("nl")
    dates = sorted(days)
    history = [head, *(days[date] for date in dates[:-SAMPLES])]
    for lines in history:
        engine.step(Batch(lines, range(len(lines))))
    return engine, [days[date] for date in dates[-SAMPLES:]], dates


def _school_of(line: bytes) -> str:
    return msgspec.json.decode(line, type=_Type).school


def _registers(lines: list[bytes]) -> list[bytes]:
    return [line for line in lines if b'"type":"register"' in line]


def step_costs() -> list[StepCost]:
    """A batch on an open day, the close of a school of 1,000, a correction 30 days back."""
    return [_open_day(), *_one_school()]


def _open_day() -> StepCost:
    engine, days, _ = _engine(40, 40 * 250)
    costs = []
    for day in days:
        registers = _registers(day)
        first = list({_school_of(line): line for line in reversed(registers)}.values())
        rest = [line for line in registers if line not in first]
        engine.step(Batch(first, range(len(first))))  # every school's day before closes
        batch = rest[: MARKS_A_BATCH // 25]
        costs.append(_spent(lambda batch=batch: engine.step(Batch(batch, range(len(batch))))))
        engine.step(Batch(day, range(len(day))))
    name = f"{MARKS_A_BATCH:,} marks of 40 schools on an open day"
    return StepCost(name, 1000 * median(costs), "registers of 25, the live rules asked")


def _one_school() -> list[StepCost]:
    engine, days, dates = _engine(1, 1_000)
    school = next(iter(engine.schools))
    closes, corrections = [], []
    for day, date in zip(days, dates[-SAMPLES:], strict=True):
        lines = [line for line in day if b'"type":"close"' not in line]
        engine.step(Batch(lines, range(len(lines))))
        close = (
            b'{"type":"close","id":"close-%s","school":"%s","recorded_at":"%sT16:30:00Z",'
            b'"date":"%s"}'
        ) % (date.encode(), school.encode(), date.encode(), date.encode())
        closes.append(_spent(lambda close=close: engine.step(Batch([close], [0]))))
        pupil = engine.schools[school].book.pupils[7]
        correction = (
            b'{"type":"register","id":"c-%s","school":"%s","recorded_at":"%sT17:00:00Z",'
            b'"date":"%s","session":1,"marks":[{"pupil":"%s","status":"absent"}]}'
        ) % (
            date.encode(),
            school.encode(),
            date.encode(),
            dates[dates.index(date) - 30].encode(),
            pupil.encode(),
        )
        corrections.append(_spent(lambda line=correction: engine.step(Batch([line], [0]))))
    return [
        StepCost("the close of a school of 1,000", 1000 * median(closes)),
        StepCost("one correction 30 days back, a school of 1,000", 1000 * median(corrections)),
    ]
