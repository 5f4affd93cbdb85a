"""``make bench``: all measurements in one run, as a table and as JSON.

    python -m tests.bench.run                 # 2,000,000 marks, some minutes
    python -m tests.bench.run --full          # 20,000,000 marks of 400 schools, 1.1 GB a file

Writes ``docs/bench.md`` and, beside it, ``docs/bench.json``.
"""

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path

from tests.bench.logs import Size, forget
from tests.bench.measure import Result, compare, scale, start_up
from tests.bench.report import machine, markdown
from tests.bench.steps import part_costs, step_costs

#: Marks of one file: pupils x days x sessions.
QUICK, FULL = Size(40, 10_000, 100), Size(400, 100_000, 100)
QUICK_BASE, FULL_BASE = Size(8, 4_000, 25), Size(40, 40_000, 25)


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench.run", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="20,000,000 marks of 400 schools")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, medians are taken")
    parser.add_argument("--out", type=Path, default=Path("docs/bench.md"))
    parser.add_argument("--no-scaling", action="store_true", help="leave ten times the size out")
    parser.add_argument("--keep", action="store_true", help="keep the logs of --full")
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    empty = start_up(options.repeat)
    results = compare(FULL if options.full else QUICK, options.repeat)
    base = FULL_BASE if options.full else QUICK_BASE
    scaling = {} if options.no_scaling else scale(base, options.repeat)
    parts, steps = part_costs(results[0].log), step_costs()
    write(options.out, markdown(results, scaling, empty, parts, steps))
    found = {
        "machine": machine(),
        "start_up": asdict(empty),
        "results": [asdict(result) for result in results],
        "scaling": {name: asdict(result) for name, result in scaling.items()},
        "parts": [asdict(part) for part in parts],
        "steps": [asdict(step) for step in steps],
    }
    write(options.out.with_suffix(".json"), json.dumps(found, indent=1) + "\n")
    if options.full and not options.keep:
        _forget([*results, *scaling.values()])


def write(path: Path, text: str) -> None:
    """A file that is whole once it has its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _forget(results: list[Result]) -> None:
    for result in results:
        forget(result.log)


if __name__ == "__main__":
    main()
