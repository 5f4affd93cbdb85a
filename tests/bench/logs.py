"""The logs that are measured: made by the simulator once, and kept under ``.bench/``.

A log's name tells its plan and the simulator's own digest, so that a change of the simulator makes
new files. 20,000,000 marks are about one gigabyte; :func:`forget` deletes them.
"""

import hashlib
import json
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path

import models.simulator
from models.simulator import Plan, Style, simulate

FOLDER = Path(".bench")
#: A book reaches back 100 school days (SEMANTICS.md section 2).
BOOK_DAYS = 100
_SEED = 20140213
#: One mark a register takes 220 bytes a mark.
_GREATEST_SINGLE_MARKS = 5_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """A district to measure on."""

    schools: int
    pupils: int
    days: int
    sessions: int = 2

    def times(self, *, schools: int = 1, pupils: int = 1, days: int = 1) -> "Size":
        """A greater district: more schools bring their pupils, more pupils fill the schools."""
        return Size(
            self.schools * schools, self.pupils * schools * pupils, self.days * days, self.sessions
        )

    def of_one_mark(self) -> "Size":
        """A fifth of the schools, where one mark a register would make a file of gigabytes."""
        if self.pupils * self.days * self.sessions <= _GREATEST_SINGLE_MARKS:
            return self
        return Size(self.schools // 5, self.pupils // 5, self.days, self.sessions)


@dataclass(frozen=True, slots=True)
class Log:
    """A file to measure on, and what is in it."""

    path: str
    style: str
    size: Size
    bytes: int
    events: int
    marks: int
    slots: int
    """Sessions of pupils that registers spoke about."""
    book_slots: int
    """Of those, the ones of the newest 100 school days."""


def log(style: Style, size: Size) -> Log:
    """The log of a style and size; made when it is not there yet."""
    name = f"{style}-{size.schools}x{size.pupils}x{size.days}x{size.sessions}-{_digest()}"
    path, facts = FOLDER / f"{name}.ndjson", FOLDER / f"{name}.json"
    if path.exists() and facts.exists():
        known = json.loads(facts.read_text())
        return Log(**(known | {"size": Size(**known["size"])}))
    FOLDER.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    plan = Plan(
        pupils=size.pupils,
        days=size.days,
        seed=_SEED,
        schools=size.schools,
        sessions=size.sessions,
        style=style,
    )
    events = marks = slots = 0
    newest: deque[int] = deque(maxlen=BOOK_DAYS)
    with part.open("wb") as file:
        for block in simulate(plan):
            file.write(block.data)
            events, marks, slots = events + block.events, marks + block.marks, slots + block.slots
            newest.append(block.slots)
    made = Log(str(path), style, size, part.stat().st_size, events, marks, slots, sum(newest))
    part.rename(path)
    facts.write_text(json.dumps(asdict(made)))
    return made


def forget(a_log: Log) -> None:
    """Delete a log, and what was found in it."""
    path = Path(a_log.path)
    for file in (path, path.with_suffix(".json")):
        file.unlink(missing_ok=True)


def _digest() -> str:
    """The simulator's sources, in a few digits."""
    found = hashlib.sha256()
    for source in sorted(Path(models.simulator.__file__).parent.glob("*.py")):
        found.update(source.read_bytes())
    return found.hexdigest()[:8]
