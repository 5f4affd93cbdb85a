"""The measurements as a page of Markdown: every figure beside its yardstick, and their ratio."""

import os
import platform
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from tests.bench.contest import Cost
from tests.bench.measure import DUCKDB, FLOOR, NAIVE, REPLAY, Result
from tests.bench.steps import PartCost, StepCost

#: What does not count as the book's memory: interpreter, libraries, buffers.
FIXED_BYTES = 200_000_000
MOST_BYTES_PER_SLOT = 10.0
MOST_GROWTH = 11.0


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor() or "unknown",
    )
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cpu": model,
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "system": f"{platform.system()} {platform.release()}",
    }


def table(header: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    """A Markdown table; nothing where there are no rows."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header), *lines, ""]


def speed_rows(results: Sequence[Result]) -> Iterator[Sequence[str]]:
    """One row a style and contestant."""
    for result in results:
        for name, cost in result.costs.items():
            seconds = cost.cpu_seconds
            yield (
                f"{result.log.style}",
                name,
                f"{seconds:.2f}",
                f"{cost.wall_seconds:.2f}",
                f"{result.log.marks / seconds:,.0f}",
                f"{result.log.slots / seconds:,.0f}",
                *(_times(result.costs, other, seconds) for other in (FLOOR, NAIVE, DUCKDB)),
                f"{cost.peak_bytes / 1e6:,.0f}",
            )


def _times(costs: dict[str, Cost], other: str, seconds: float) -> str:
    """How many times as fast as another: above 1 is faster."""
    return f"{costs[other].cpu_seconds / seconds:.2f}" if other in costs else "-"


def promise_rows(results: Sequence[Result]) -> Iterator[Sequence[str]]:
    """What issue 5 wants of the replay, and what was measured; nothing before it can replay."""
    by_style = {result.log.style: result for result in results if REPLAY in result.costs}
    if len(by_style) < len(results):
        return
    listed, default, single = (by_style[style] for style in ("listed", "default", "single"))
    ratio = listed.costs[DUCKDB].cpu_seconds / listed.costs[REPLAY].cpu_seconds
    yield ("listed: speed ÷ DuckDB's", f"{ratio:.2f}", "≥ 1, wanted 1.5", _met(ratio >= 1))
    own = _slots_a_second(default) / _slots_a_second(listed)
    yield ("default: slots/s ÷ listed's", f"{own:.2f}", "≥ 5", _met(own >= 5))
    ratio = default.costs[DUCKDB].cpu_seconds / default.costs[REPLAY].cpu_seconds
    yield ("default: speed ÷ DuckDB's", f"{ratio:.2f}", "", "")
    ratio = default.costs[FLOOR].cpu_seconds / listed.costs[FLOOR].cpu_seconds
    ratio = default.log.slots / listed.log.slots / ratio
    yield ("default: slots/s of decoding alone ÷ listed's", f"{ratio:.2f}", "", "")
    ratio = single.costs[FLOOR].cpu_seconds / single.costs[REPLAY].cpu_seconds
    yield (
        "one mark a register: speed ÷ decoding alone",
        f"{ratio:.2f}",
        "≥ 0.25",
        _met(ratio > 0.25),
    )
    for result in (listed, default, single):
        each = bytes_per_slot(result)
        yield (
            f"{result.log.style}: bytes a slot beyond 200 MB",
            f"{each:.1f}" if result.costs[REPLAY].peak_bytes > FIXED_BYTES else "below 200 MB",
            f"≤ {MOST_BYTES_PER_SLOT:g}",
            _met(each <= MOST_BYTES_PER_SLOT),
        )


def bytes_per_slot(result: Result) -> float:
    """Peak memory of the replay beyond the fixed part, over the slots of 100 school days."""
    beyond = max(result.costs[REPLAY].peak_bytes - FIXED_BYTES, 0)
    return beyond / max(result.log.book_slots, 1)


def _slots_a_second(result: Result) -> float:
    return result.log.slots / result.costs[REPLAY].cpu_seconds


def _met(met: bool) -> str:  # noqa: FBT001
    return "yes" if met else "**no**"


def scaling_rows(results: dict[str, Result], empty: Result) -> Iterator[Sequence[str]]:
    """Each size's cost, and how many times the base's; start-up is taken off both."""
    base = results["base"]
    for name, result in results.items():
        for contestant, cost in result.costs.items():
            start = empty.costs[contestant].cpu_seconds
            net = cost.cpu_seconds - start
            growth = net / max(base.costs[contestant].cpu_seconds - start, 1e-9)
            yield (
                name,
                contestant,
                f"{result.log.marks:,}",
                f"{net:.2f}",
                f"{growth:.2f}" if name != "base" else "1",
                f"≤ {MOST_GROWTH:g}" if contestant == REPLAY and name != "base" else "",
            )


def markdown(
    results: Sequence[Result],
    scaling: dict[str, Result],
    empty: Result,
    parts: Sequence[PartCost],
    steps: Sequence[StepCost],
) -> str:
    """The whole page."""
    facts = machine()
    lines = [
        "# Bench",
        "",
        "Made by `make bench`; everything here was measured in one run, each contestant a process",
        "on one core, in turns, medians. CPU seconds are user and system, start of the interpreter",
        "included. *x floor*, *x naive*, *x DuckDB*: how many times as fast as reading and",
        "decoding alone (msgspec), as dicts and loops, as one DuckDB query with one thread that",
        "computes the last day's windows alone.",
        "",
        ", ".join(f"{name} {value}" for name, value in facts.items()),
        "",
    ]
    for result in results:
        made = result.log
        lines.append(
            f"- {made.style}: {made.size.schools} schools, {made.size.pupils:,} pupils,"
            f" {made.size.days} days, {made.size.sessions} sessions; {made.marks:,} marks,"
            f" {made.slots:,} slots, {made.events:,} events, {made.bytes / 1e6:,.0f} MB."
            + "".join(f" {what}: {how}." for what, how in result.agreements.items())
        )
    header = ("log", "who", "CPU s", "wall s", "marks/s", "slots/s")
    header += ("x floor", "x naive", "x DuckDB", "peak MB")
    lines += ["", "## Speed", "", *table(header, speed_rows(results))]
    promises = list(promise_rows(results))
    if promises:
        header = ("promise", "measured", "wanted", "met")
        lines += ["## Promises", "", *table(header, iter(promises))]
    if scaling:
        header = ("size", "who", "marks", "CPU s, net", "times the base", "wanted")
        lines += ["## Scaling", "", *table(header, scaling_rows(scaling, empty))]
    if parts:
        rows = (
            (part.name, f"{part.cpu_seconds:.2f}", f"{part.marks / part.cpu_seconds:,.0f}")
            for part in parts
        )
        lines += ["## Parts of a replay", "", *table(("part", "CPU s", "marks/s"), rows)]
    if steps:
        rows = ((step.name, f"{step.milliseconds:.1f}", step.note) for step in steps)
        lines += ["## A batch in a live engine", "", *table(("batch", "ms", ""), rows)]
    return "\n".join(lines)
