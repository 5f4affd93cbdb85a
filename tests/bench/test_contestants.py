"""The yardsticks compute the same; the report sets each figure beside its yardstick."""

import subprocess
import sys
from pathlib import Path

import pytest

from models.simulator import Plan, Style, simulate
from tests.bench import floor
from tests.bench.contest import Cost
from tests.bench.logs import Log, Size
from tests.bench.measure import Result
from tests.bench.report import bytes_per_slot, markdown, promise_rows


@pytest.mark.parametrize("style", [Style.LISTED, Style.DEFAULT])
def test_dicts_and_loops_say_what_duckdb_says(tmp_path: Path, style: Style) -> None:
    log = tmp_path / "log.ndjson"
    plan = Plan(pupils=600, schools=3, days=75, seed=5, style=style)
    blocks = list(simulate(plan))
    log.write_bytes(b"".join(block.data for block in blocks))
    tables = []
    for name in ("naive", "duckdb_windows"):
        out = tmp_path / f"{name}.csv"
        command = [sys.executable, "-m", f"tests.bench.{name}", str(log), str(out)]
        subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
        tables.append(out.read_text())
    assert tables[0] == tables[1]
    assert len(tables[0].splitlines()) > 550
    marks = sum(block.marks for block in blocks)
    assert floor.decode(log) == (sum(block.events for block in blocks), marks)


def result(style: Style, **seconds: float) -> Result:
    log = Log("x", style, Size(1, 100, 10), 1000, 10, 2000, 2000, 2000)
    costs = {name: Cost(cpu, cpu, 230_000_000) for name, cpu in seconds.items()}
    return Result(log, costs)


def test_promises_are_checked_once_replay_was_measured() -> None:
    results = [
        result(Style.LISTED, floor=1.0, naive=9.0, duckdb=4.0, replay=2.0),
        result(Style.DEFAULT, floor=0.2, naive=3.0, duckdb=1.0, replay=0.5),
        result(Style.SINGLE, floor=2.0, replay=4.0),
    ]
    rows = {row[0]: row for row in promise_rows(results)}
    assert rows["listed: speed ÷ DuckDB's"][1:] == ("2.00", "≥ 1, wanted 1.5", "yes")
    assert rows["default: slots/s ÷ listed's"][1:] == ("4.00", "≥ 5", "**no**")
    assert rows["one mark a register: speed ÷ decoding alone"][1] == "0.50"
    assert bytes_per_slot(results[0]) == 30_000_000 / 2000
    empty = result(Style.LISTED, floor=0.1, replay=0.2)
    page = markdown(results, {"base": results[2]}, empty, [], [])
    assert "## Promises" in page
    assert list(promise_rows([result(Style.LISTED, floor=1.0)])) == []
