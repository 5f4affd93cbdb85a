"""Replay: a log in, alerts and tables out (SEMANTICS.md 7).

The log is in files, or on Kafka (`streams.event_topic`). For backtests, training and audits.
Schools are independent of one another, so ``jobs`` processes may share them: one process reads,
and hands each line to whoever has its school.
"""

import os
import re
import shutil
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from typing import IO, Any, Final
from zlib import crc32

import msgspec
import orjson

from alerts.alert import Alert
from models.events.checks import Reject
from models.events.columns import Columns
from models.scorecard.serving import Scorecard
from streams.files import FILE_SHIFT, LINE_MASK, Progress, read_numbered
from streams.step import Batch, Engine, Step
from streams.tables import SchoolTables, tables_of, write_tables

MARKS_A_BATCH: Final = 200_000
"""So many marks are decoded before schools take them: a school's part is then worth an array."""
_WAITING_BATCHES: Final = 8


@dataclass(frozen=True, slots=True)
class Portion:
    """Some lines of a log, with the position of each, and what is refused unread."""

    lines: Sequence[bytes]
    positions: Sequence[int]
    """The place of its name among all, shifted by `streams.files.FILE_SHIFT`, and the line's."""
    refused: Sequence[Reject] = ()


Read = Callable[[Sequence[str], Progress], Iterator[Portion]]
"""Reads what is known by some names, each of them in order."""


def read_files(names: Sequence[str], progress: Progress) -> Iterator[Portion]:
    """Read logs in files; raises as `streams.files.read_numbered` does."""
    for lines, positions in read_numbered(names, progress):
        yield Portion(lines, positions)


@dataclass(slots=True)
class Summary:
    """What a replay counted."""

    events: Counter[str] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    alerts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, other: "Summary") -> None:
        """Add what another process counted."""
        self.events += other.events
        self.marks += other.marks
        self.rejects += other.rejects
        for kind, states in other.alerts.items():
            self.alerts.setdefault(kind, Counter()).update(states)

    def as_dict(self, seconds: float) -> dict[str, Any]:
        """Give it as ``summary.json`` has it."""
        marks = self.marks.total()
        return {
            "events": dict(sorted(self.events.items())),
            "marks": dict(sorted(self.marks.items())),
            "rejects": dict(sorted(self.rejects.items())),
            "alerts": {kind: dict(sorted(of.items())) for kind, of in sorted(self.alerts.items())},
            "seconds": round(seconds, 3),
            "marks_per_second": round(marks / seconds) if seconds else 0,
        }


@dataclass(frozen=True, slots=True)
class Options:
    """How to replay."""

    pack: str
    every_batch: bool = False
    jobs: int = 1
    scorecard: Scorecard | None = None


class _Part:
    """The schools of one process: lines in, lines of two files out, tables at the end."""

    def __init__(self, options: Options, alerts: IO[bytes]) -> None:
        self.summary = Summary()
        self.rejects: list[Reject] = []
        self._options = options
        self._alerts = alerts
        self._engine = Engine(options.pack, options.scorecard, live=options.every_batch)
        self._columns = Columns()

    def take(self, lines: Sequence[bytes], positions: Sequence[int]) -> None:
        if self._options.every_batch:
            for line, position in zip(lines, positions, strict=True):
                self._note(self._engine.step(Batch([line], [position])))
            return
        self._engine.decoder.read_lines(lines, positions, self._columns)
        if self._columns.marks() + self._columns.events() >= MARKS_A_BATCH:
            self._apply()

    def refuse(self, refused: Sequence[Reject]) -> None:
        self.rejects += refused
        self.summary.rejects.update(reject.reason for reject in refused)

    def _apply(self) -> None:
        columns, self._columns = self._columns, Columns()
        for step in self._engine.take(columns):
            self._note(step)

    def _note(self, step: Step) -> None:
        self.summary.events += step.counts.events
        self.summary.marks += step.counts.marks_by_status
        self.refuse(step.rejects)
        self._write(step.alerts)

    def _write(self, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            self.summary.alerts.setdefault(alert.kind.value, Counter())[alert.state.value] += 1
        self._alerts.write(_ENCODER.encode_lines(alerts))

    def end(self) -> list[SchoolTables]:
        self._apply()
        tables = []
        for watch, alerts in self._engine.end():
            self._write(alerts)
            tables.append(tables_of(watch))
        return tables


_ENCODER: Final = msgspec.json.Encoder()


def replay(
    names: Sequence[str],
    out: Path,
    options: Options,
    *,
    progress: Progress,
    stopwatch: Callable[[], float],
    read: Read = read_files,
) -> Summary:
    """Replay logs into a folder, which must be new or empty; all of it is written, or nothing.

    ``stopwatch`` gives the seconds since the start. Raises what ``read`` does: of files
    `streams.files.UnreadableError`.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = out.parent / f".{out.name}.{os.getpid()}.partial"
    folder.mkdir()
    try:
        work_out = _in_one_process if options.jobs == 1 else _in_some_processes
        done = work_out(read(names, progress), folder, options)
        _write_rejects(folder / "rejects.ndjson", done.rejects, names)
        write_tables(folder, done.tables)
        summary = done.summary.as_dict(stopwatch())
        (folder / "summary.json").write_bytes(
            orjson.dumps(summary, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        )
        _move(folder, out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return done.summary


def _move(folder: Path, out: Path) -> None:
    if not out.exists():
        folder.rename(out)
        return
    for file in sorted(folder.iterdir()):
        file.rename(out / file.name)


@dataclass(slots=True)
class _Done:
    summary: Summary
    rejects: list[Reject]
    tables: list[SchoolTables]


def _in_one_process(portions: Iterator[Portion], folder: Path, options: Options) -> _Done:
    with (folder / "alerts.ndjson").open("wb") as alerts:
        part = _Part(options, alerts)
        for portion in portions:
            part.take(portion.lines, portion.positions)
            part.refuse(portion.refused)
        tables = part.end()
    return _Done(part.summary, part.rejects, tables)


# ---- several processes

_SCHOOL: Final = re.compile(rb'"school"\s*:\s*"([A-Za-z0-9._:-]{1,64})"')


def _school_of(line: bytes) -> bytes:
    """The school of a line, or nothing where it will be refused anyway."""
    found = _SCHOOL.search(line)
    if found is not None and line.count(b'"school"') == 1 and b"\\" not in line:
        return found[1]
    return _school_read(line)


def _school_read(line: bytes) -> bytes:
    try:
        read = orjson.loads(line)
    except orjson.JSONDecodeError:
        return b""
    school = read.get("school") if isinstance(read, dict) else None
    return school.encode() if isinstance(school, str) else b""


def _in_some_processes(portions: Iterator[Portion], folder: Path, options: Options) -> _Done:
    context = get_context("spawn")
    refused: list[Reject] = []
    waiting: list[Queue[Any]] = [context.Queue(_WAITING_BATCHES) for _ in range(options.jobs)]
    results: Queue[Any] = context.Queue()
    files = [folder / f"alerts.{job}" for job in range(options.jobs)]
    workers = [
        context.Process(
            target=_work, args=(options, files[job], waiting[job], results), daemon=True
        )
        for job in range(options.jobs)
    ]
    for worker in workers:
        worker.start()
    try:
        for portion in portions:
            refused += portion.refused
            parts: list[tuple[list[bytes], list[int]]] = [([], []) for _ in workers]
            for line, position in zip(portion.lines, portion.positions, strict=True):
                part = parts[crc32(_school_of(line)) % len(workers)]
                part[0].append(line)
                part[1].append(position)
            for queue, part in zip(waiting, parts, strict=True):
                queue.put(part)
        for queue in waiting:
            queue.put(None)
        done = [results.get() for _ in workers]
    finally:
        for worker in workers:
            worker.terminate()
    failed = next((each for each in done if isinstance(each, str)), None)
    if failed is not None:
        raise RuntimeError(f"a process of the replay failed:\n{failed}")
    unread = Summary(rejects=Counter(reject.reason for reject in refused))
    return _merged([*done, _Done(unread, refused, [])], files, folder)


def _work(options: Options, alerts: Path, waiting: "Queue[Any]", results: "Queue[Any]") -> None:
    try:
        with alerts.open("wb") as file:
            part = _Part(options, file)
            while (batch := waiting.get()) is not None:
                part.take(*batch)
            tables = part.end()
        results.put(_Done(part.summary, part.rejects, tables))
    except Exception:  # noqa: BLE001 - told to the process that waits, which fails with it
        results.put(traceback.format_exc())


def _merged(done: Sequence[_Done], files: Sequence[Path], folder: Path) -> _Done:
    summary = Summary()
    with (folder / "alerts.ndjson").open("wb") as alerts:
        for file in files:
            with file.open("rb") as part:
                shutil.copyfileobj(part, alerts)
            file.unlink()
    for each in done:
        summary.add(each.summary)
    rejects = [reject for each in done for reject in each.rejects]
    return _Done(summary, rejects, [table for each in done for table in each.tables])


# ---- files

_REJECT_KEYS: Final = ("file", "line", "reason", "field", "value")


def _write_rejects(file: Path, rejects: list[Reject], names: Sequence[str]) -> None:
    rejects.sort(key=lambda each: each.position)
    with file.open("wb") as out:
        for each in rejects:
            name, line = names[each.position >> FILE_SHIFT], each.position & LINE_MASK
            values = (name, line, each.reason, each.field, each.value)
            told = dict(zip(_REJECT_KEYS, values, strict=True))
            out.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
