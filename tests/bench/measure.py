"""Which contestants run on which logs, in turns: A B C, A B C, so that a slow minute hits all."""

import filecmp
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from models.simulator import Style
from tests.bench import replay
from tests.bench.contest import Cost, median, module, run
from tests.bench.logs import FOLDER, Log, Size, log

FLOOR, NAIVE, DUCKDB, REPLAY = "floor", "naive", "duckdb", "replay"
#: The naive one keeps a tuple a slot; on greater logs it would measure the machine's swap.
NAIVE_GREATEST_SLOTS = 4_000_000
_EMPTY = Log("", "empty", Size(1, 1, 1), 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Result:
    """What the contestants took on one log."""

    log: Log
    costs: dict[str, Cost]
    agreements: dict[str, str] = field(default_factory=dict)
    """What was compared between contestants' answers, and how it came out."""


def contestants(a_log: Log, names: list[str]) -> dict[str, Callable[[], list[str]]]:
    """Commands by name; a function each, since a replay wants a folder that is new."""
    table = {name: str(FOLDER / f"{name}.csv") for name in (NAIVE, DUCKDB)}
    known: dict[str, Callable[[], list[str]]] = {
        FLOOR: lambda: module("floor", a_log.path),
        NAIVE: lambda: module("naive", a_log.path, table[NAIVE]),
        DUCKDB: lambda: module("duckdb_windows", a_log.path, table[DUCKDB]),
        REPLAY: lambda: replay.command(a_log, FOLDER / "replay"),
    }
    return {name: known[name] for name in names}


def measure(a_log: Log, names: list[str], repeat: int) -> Result:
    """Run each contestant ``repeat`` times, in turns, and take medians."""
    found: dict[str, list[Cost]] = defaultdict(list)
    commands = contestants(a_log, names)
    for turn in range(repeat):
        for name, command in commands.items():
            cost = run(command(), FOLDER / f"{name}.err")
            found[name].append(cost)
            _tell(f"{Path(a_log.path).name}  {name} {turn + 1}/{repeat}  {cost.cpu_seconds:.2f} s")
    costs = {name: median(each) for name, each in found.items()}
    return Result(a_log, costs, _agreements(names))


def compare(size: Size, repeat: int) -> list[Result]:
    """All styles of one size, against all yardsticks that suit them."""
    results = []
    for style in Style:
        a_log = log(style, size.of_one_mark() if style is Style.SINGLE else size)
        names = [FLOOR]
        if style is not Style.SINGLE:
            names += [NAIVE] if a_log.slots <= NAIVE_GREATEST_SLOTS else []
            names += [DUCKDB]
        results.append(measure(a_log, names + _if_it_exists(), repeat))
    return results


def scale(size: Size, repeat: int) -> dict[str, Result]:
    """A log, and the same with ten times the pupils, the schools, the days."""
    sizes = {
        "base": size,
        "pupils x 10": size.times(pupils=10),
        "schools x 10": size.times(schools=10),
        "days x 10": size.times(days=10),
    }
    return {
        name: measure(log(Style.LISTED, each), [FLOOR, *_if_it_exists()], repeat)
        for name, each in sizes.items()
    }


def start_up(repeat: int) -> Result:
    """What each costs on an empty log: the interpreter and the imports."""
    path = FOLDER / "empty.ndjson"
    FOLDER.mkdir(exist_ok=True)
    path.touch()
    empty = Log(str(path), "empty", _EMPTY.size, 0, 0, 0, 0, 0)
    return measure(empty, [FLOOR, *_if_it_exists()], repeat)


def _if_it_exists() -> list[str]:
    return [REPLAY] if replay.exists() else []


def _agreements(names: list[str]) -> dict[str, str]:
    """Do those who computed the same say the same?"""
    found = {}
    naive, duckdb = FOLDER / f"{NAIVE}.csv", FOLDER / f"{DUCKDB}.csv"
    if NAIVE in names and DUCKDB in names:
        same = filecmp.cmp(naive, duckdb, shallow=False)
        found["naive and DuckDB, every figure"] = "the same" if same else "DIFFERENT"
    if REPLAY in names and DUCKDB in names:
        differ = replay.disagreements(FOLDER / "replay", duckdb)
        found["replay and DuckDB, minutes and lateness"] = (
            "the same" if differ == 0 else f"DIFFERENT in {differ} rows"
        )
    return found


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
