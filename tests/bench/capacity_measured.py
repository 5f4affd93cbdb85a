"""What the capacity page rests on: measured on one simulated school, in a minute, or read from
the figures of the other benches.

The school goes through the program's own parts: the live core, its pages, Kafka's record batches,
a node's log, a desk. What is measured of pupils' days is of the last days, when books are full.
"""

import asyncio
import json
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from sqlite3 import connect
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from sqlalchemy import delete

from alerts.alert import encode_alert
from alerts.desk.people import Person
from alerts.desk.tables import OUTBOX, OUTBOX_CASE
from alerts.pages import write_changed, write_watch
from alerts.roles import Role
from alerts.watch import Watch
from alerts.words import Language
from config.metrics import new_metrics
from models.events.instants import instant_of
from models.simulator import Plan, Style, simulate
from streams.embedded.folder import log_of
from streams.embedded.log import running_node
from streams.gateway.log import Arrival
from streams.step import Batch, Engine
from tests.bench.capacity_books import SchoolPages
from tests.bench.capacity_needs import PUPILS_A_REGISTER, SESSIONS, Figures
from tests.bench.contest import module
from tests.desk.school_desk import SchoolDesk

PUPILS, HISTORY_DAYS, DAYS = 312, 80, 20
"""A school as there are on average in the country; the last days are those that are measured."""
BOOKS = 40
SCHOOL = "s001"
ZONE = ZoneInfo("Europe/Amsterdam")
PLAN = Plan(
    pupils=PUPILS,
    days=HISTORY_DAYS + DAYS,
    seed=1,
    sessions=SESSIONS,
    style=Style.LISTED,
    group_size=PUPILS_A_REGISTER,
    closes=True,
)
_CLOSED_AT = "the close of a school of 1,000"
_RATIO = re.compile(r"^\| registers of 25 ÷ replay \| ([0-9.]+) \|", re.MULTILINE)


class _Head(msgspec.Struct):
    type: str
    recorded_at: str
    date: str | None = None
    mentor: str | None = None


Line = tuple[_Head, bytes]


def lines_of(plan: Plan) -> list[Line]:
    """A school's events, in order of recording."""
    lines = [line for block in simulate(plan) for line in block.data.splitlines()]
    return [(msgspec.json.decode(line, type=_Head), line) for line in lines]


def split(lines: Sequence[Line], days: int) -> tuple[list[Line], list[Line]]:
    """The history, and what was recorded from the first of so many newest school days on."""
    dates = sorted({head.date for head, _ in lines if head.type == "register" and head.date})
    first = dates[-days]
    begins = next(place for place, (head, _) in enumerate(lines) if head.date == first)
    return list(lines[:begins]), list(lines[begins:])


def figures(bench: Path, bench_kafka: Path, tell: Callable[[str], None]) -> Figures:
    """Measure what can be measured here, and read the rest from ``bench.json`` and
    ``bench-kafka.md``; raises `LookupError` where they do not have it."""
    lines = lines_of(PLAN)
    history, newest = split(lines, DAYS)
    pupil_days = PUPILS * DAYS
    tell("the live core, register by register")
    core = _core(history, newest)
    tell("books read back, in a process of its own")
    process_bytes, book_bytes, read_back = _books(core.watch, newest[-1][0].recorded_at[:10])
    tell("a node's log")
    node_bytes = _node(lines) / pupil_days
    tell("a desk")
    desk = _desk(lines)
    return Figures(
        told_seconds=median(core.told),
        checkpoint_seconds=median(core.written),
        close_pupil_seconds=_close_pupil_seconds(bench),
        kafka_ratio=_kafka_ratio(bench_kafka),
        read_back_seconds=read_back / (BOOKS * PUPILS),
        process_bytes=process_bytes,
        book_bytes=book_bytes / (BOOKS * PUPILS),
        pages_bytes=sum(len(page) for _, page in write_watch(core.watch)) / PUPILS,
        rewritten_bytes=core.pages_bytes / pupil_days,
        line_bytes=sum(len(line) for _, line in newest) / pupil_days,
        record_bytes=sum(record_bytes(SCHOOL.encode(), line) for _, line in newest) / pupil_days,
        alert_bytes=core.alert_bytes / pupil_days,
        node_bytes=node_bytes,
        cases=desk.new_cases / pupil_days,
        case_bytes=desk.case_bytes / desk.cases,
        messages=desk.messages / pupil_days,
        message_bytes=desk.message_bytes / desk.messages,
    )


def record_bytes(key: bytes, value: bytes) -> int:
    """A record that is a batch by itself, as a gateway writes it when little comes in."""
    batch = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=DefaultRecordBatch.CODEC_GZIP,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=2**20,
    )
    batch.append(0, timestamp=0, key=key, value=value, headers=[])
    return len(batch.build())


def _close_pupil_seconds(bench: Path) -> float:
    steps = {step["name"]: step["milliseconds"] for step in json.loads(bench.read_text())["steps"]}
    return float(steps[_CLOSED_AT]) / 1000 / 1000


def _kafka_ratio(bench_kafka: Path) -> float:
    found = _RATIO.search(bench_kafka.read_text())
    if found is None:
        raise LookupError(f"{bench_kafka} does not say how a worker compares with a replay")
    return float(found[1])


class _Core:
    """A school in the live core: every register of the newest days told, and written, by itself."""

    def __init__(self) -> None:
        self.engine = Engine("nl")
        self.told: list[float] = []
        self.written: list[float] = []
        self.pages_bytes = 0
        self.alert_bytes = 0

    @property
    def watch(self) -> Watch:
        return self.engine.schools[SCHOOL].watch

    def take(self, lines: Sequence[bytes]) -> float:
        begun = time.process_time()
        step = self.engine.step(Batch(lines, range(len(lines))))
        spent = time.process_time() - begun
        self.alert_bytes += sum(len(encode_alert(alert)) for alert in step.alerts)
        return spent

    def write(self) -> float:
        begun = time.process_time()
        pages = list(write_changed(self.watch))
        spent = time.process_time() - begun
        self.pages_bytes += sum(len(page or b"") for _, page in pages)
        return spent


def _core(history: Iterable[Line], newest: Sequence[Line]) -> _Core:
    core = _Core()
    for _, day in groupby(history, key=lambda line: line[0].recorded_at[:10]):
        core.take([line for _, line in day])
    core.write()
    core.alert_bytes = core.pages_bytes = 0
    for head, line in newest:
        told, written = core.take([line]), core.write()
        if head.type == "register" and head.date == head.recorded_at[:10]:
            core.told.append(told)
            core.written.append(written)
    return core


def _books(watch: Watch, newest: str) -> tuple[int, int, float]:
    """Bytes of a worker's process, and bytes and CPU seconds of `BOOKS` books in it."""
    pupils = watch.book.pupils
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pages"
        with file.open("wb") as written:
            for number in range(BOOKS):
                watch.book.school = f"C{number:05}"
                pages = {str(key): page for key, page in write_watch(watch)}
                lines = _next_day(watch.book.school, newest, pupils)
                each = SchoolPages(watch.book.school, pages, lines)
                written.write(msgspec.json.encode(each) + b"\n")
        watch.book.school = SCHOOL
        command = module("capacity_books", str(file))
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    before, spent, taken = done.stdout.split()
    return int(before), int(taken), float(spent)


def _next_day(school: str, newest: str, pupils: Sequence[str]) -> list[bytes]:
    """The first lesson of the day after, which every tenth pupil misses, and its close."""
    day = date.fromisoformat(newest) + timedelta(days=1)
    event = {"school": school, "recorded_at": f"{day}T16:00:00Z", "date": str(day)}
    marks = [
        {"pupil": pupil, "status": "present" if number % 10 else "absent"}
        for number, pupil in enumerate(pupils)
    ]
    register = {"type": "register", "id": "next", "session": 1, "marks": marks}
    close = {"type": "close", "id": "closed"}
    return [msgspec.json.encode(event | each) for each in (register, close)]


def _node(lines: Sequence[Line]) -> int:
    """Bytes by which the newest days make a node's log greater, its pages left out."""
    history, newest = split(lines, DAYS)
    with tempfile.TemporaryDirectory() as folder:
        sizes = []
        for part in (history, newest):
            last = instant_of(part[-1][0].recorded_at)
            with running_node(
                Path(folder), lambda: Engine("nl"), new_metrics(), lambda now=last: now, None
            ) as log:
                for _, day in groupby(part, key=lambda line: line[0].recorded_at[:10]):
                    asyncio.run(log.append([Arrival(line, SCHOOL) for _, line in day]))
                    while log.has_untold:
                        time.sleep(0.01)
            sizes.append(_without_pages(log_of(Path(folder))))
    return sizes[1] - sizes[0]


def _without_pages(log: Path) -> int:
    with closing(connect(log)) as connection:
        connection.execute("VACUUM")
        (pages,) = connection.execute("SELECT sum(length(content)) FROM page").fetchone()
    return log.stat().st_size - int(pages)


class _DeskCost(NamedTuple):
    """What a desk holds after some weeks, in SQLite."""

    cases: int
    new_cases: int
    """Of them, those that did not stand when the desk began."""
    messages: int
    case_bytes: int
    message_bytes: int


def _desk(lines: Sequence[Line]) -> _DeskCost:
    """Hear the newest days hour by hour, and say each morning what is due."""
    history, newest = split(lines, DAYS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        desk = SchoolDesk(folder, SCHOOL)
        empty = _vacuumed(folder)
        mentors = sorted({head.mentor for head, _ in lines if head.mentor})
        people = [_person(each, Role.MENTOR) for each in mentors]
        desk.load([], [*people, _person("c1", Role.CARE_TEAM)])
        began = instant_of(history[-1][0].recorded_at)
        desk.hear([line for _, line in history], began)
        stood = _cases(folder)
        before = date.fromisoformat(history[-1][0].recorded_at[:10])
        for hour, some in groupby(newest, key=lambda line: line[0].recorded_at[:13]):
            today = date.fromisoformat(hour[:10])
            for morning in _mornings(before, today):
                desk.compose(morning)
            before, now = today, instant_of(f"{hour}:59:59Z")
            desk.hear([line for _, line in some], now)
            desk.compose(now)
        whole, messages, cases = _vacuumed(folder), len(desk.messages()), _cases(folder)
        with desk.desk.begin() as connection:
            for table in (OUTBOX_CASE, OUTBOX):
                connection.execute(delete(table))
        with_cases = _vacuumed(folder)
        desk.desk.dispose()
    return _DeskCost(cases, cases - stood, messages, with_cases - empty, whole - with_cases)


def _cases(folder: Path) -> int:
    with closing(connect(folder / "desk.db")) as connection:
        (cases,) = connection.execute('SELECT count(*) FROM "case"').fetchone()
    return int(cases)


def _mornings(after: date, until: date) -> Iterable[int]:
    """Half past seven of the days after one, to another."""
    for days in range(1, (until - after).days + 1):
        day = after + timedelta(days=days)
        yield int(datetime(day.year, day.month, day.day, 7, 30, tzinfo=ZONE).timestamp())


def _person(person: str, role: Role) -> Person:
    return Person(SCHOOL, person, role, person, f"{person}@school.example", Language.DUTCH)


def _vacuumed(folder: Path) -> int:
    with closing(connect(folder / "desk.db")) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (folder / "desk.db").stat().st_size
