"""What was measured on Kafka as a page of Markdown: every figure beside its yardstick."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.kafka_cold import DAYS, PUPILS_A_SCHOOL, SCHOOLS, SESSIONS, ColdStart
from tests.bench.kafka_live import Latency
from tests.bench.kafka_pair import Pair
from tests.bench.kafka_throughput import BARE, PLAIN, PLAIN_RECORDS, REPLAY, WORKER, Result
from tests.bench.report import machine, table

NOTES = Path(__file__).with_name("kafka_notes.md")
"""What was found and tried, by whoever measured last."""
MOST_SECONDS_TO_ALERT, LEAST_SPEEDUP = 1.0, 1.6
MOST_COLD_SECONDS, MOST_COLD_BYTES = 60.0, 6 * 2**30
LEAST_OF_REPLAY, LEAST_OF_BARE, LEAST_OF_PLAIN = 0.6, 0.5, 10.0


def speed_rows(result: Result) -> Iterator[Sequence[str]]:
    """One row a contestant."""
    for name, speed in result.speeds.items():
        yield (
            f"{result.log.style}",
            name,
            f"{speed.marks:,}",
            f"{speed.cost.cpu_seconds:.2f}",
            f"{speed.cost.wall_seconds:.2f}",
            f"{speed.marks_a_cpu_second:,.0f}",
            f"{speed.marks_a_second:,.0f}",
            f"{speed.start.cpu_seconds:.1f}",
            f"{speed.cost.peak_bytes / 1e6:,.0f}",
        )


def promise_rows(listed: Result, single: Result) -> Iterator[Sequence[str]]:
    """Ratios of speeds, by CPU seconds and by the clock, beside what is wanted."""
    for what, result, other, least in (
        ("registers of 25 ÷ replay", listed, REPLAY, LEAST_OF_REPLAY),
        ("one mark a message ÷ the bare loop", single, BARE, LEAST_OF_BARE),
        ("one mark a message ÷ the plain agent", single, PLAIN, LEAST_OF_PLAIN),
    ):
        worker, yardstick = result.speeds[WORKER], result.speeds[other]
        by_cpu = worker.marks_a_cpu_second / yardstick.marks_a_cpu_second
        by_clock = worker.marks_a_second / yardstick.marks_a_second
        is_met = min(by_cpu, by_clock) >= least
        yield what, f"{by_cpu:.2f}", f"{by_clock:.2f}", f"≥ {least:g}", met(is_met=is_met)


def met(*, is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def other_rows(latency: Latency, pair: Pair, cold: ColdStart) -> Iterator[Sequence[str]]:
    """What is wanted in seconds and bytes."""
    p50, p99 = latency.under(0.5), latency.under(0.99)
    missing = latency.triggers - len(latency.seconds)
    yield (
        f"mark to alert, p99, at {latency.marks_a_second:,.0f} marks/s, one a message",
        f"{p99:.2f} s (p50 {p50:.2f} s; {len(latency.seconds)} alerts, {missing} not seen)",
        f"< {MOST_SECONDS_TO_ALERT:g} s",
        met(is_met=p99 < MOST_SECONDS_TO_ALERT and not missing),
    )
    both = f"{pair.cpu_seconds[1]:.1f} and {pair.cpu_seconds[2]:.1f} s CPU"
    yield (
        "two workers ÷ one",
        f"{pair.speedup:.2f} by the clock; {both}; one has {pair.greatest_share:.0%} of the events",
        f"≥ {LEAST_SPEEDUP:g}",
        met(is_met=pair.speedup >= LEAST_SPEEDUP),
    )
    yield cold_row(cold)


def cold_row(cold: ColdStart) -> Sequence[str]:
    """A cold start; only one in full can meet what is wanted."""
    share, cost = cold.schools / SCHOOLS, cold.cost
    is_met = cost.wall_seconds < MOST_COLD_SECONDS and cost.peak_bytes < MOST_COLD_BYTES
    seconds = f"ready after {cold.ready_seconds:.1f} s, all books read after"
    seconds += f" {cost.wall_seconds:.1f} s, {cost.cpu_seconds:.1f} s CPU"
    pages = f"{cold.pages:,} pages, {cold.pages_bytes / 1e6:,.0f} MB"
    return (
        f"cold start, {cold.schools * PUPILS_A_SCHOOL:,} pupils, {DAYS} days, {SESSIONS} sessions",
        f"{seconds}, {cost.peak_bytes / 2**30:.2f} GiB; {pages}",
        f"in full < {MOST_COLD_SECONDS:g} s, < {MOST_COLD_BYTES / 2**30:g} GiB",
        met(is_met=is_met) if share == 1 else f"this is {share:.0%}",
    )


def markdown(listed: Result, single: Result, latency: Latency, pair: Pair, cold: ColdStart) -> str:
    """The whole page."""
    header = ("log", "who", "marks", "CPU s", "wall s", "marks/CPU s", "marks/s")
    header += ("start, CPU s", "peak MB")
    rows = (row for result in (listed, single) for row in speed_rows(result))
    wanted = ("what", "by CPU", "by the clock", "wanted", "met")
    return "\n".join(
        [
            "# Bench on Kafka",
            "",
            "Made by `make bench-kafka`, in one run, but for its last section. A contestant is a",
            "process on one core, the broker on the others; contestants take turns, figures are",
            "medians, and what each takes to start is taken off. *bare* is an aiokafka loop that",
            "parses each record with orjson. *plain* is a Faust agent with `async for` and a table",
            f"of patterns, on the log's first {PLAIN_RECORDS:,} events.",
            "",
            ", ".join(f"{name} {value}" for name, value in machine().items())
            + f", load at the end {os.getloadavg()[0]:.1f}",
            "",
            "## A history read",
            "",
            *table(wanted, promise_rows(listed, single)),
            *table(header, rows),
            "## Live, together, and from the start",
            "",
            *table(("what", "measured", "wanted", "met"), other_rows(latency, pair, cold)),
            NOTES.read_text(),
        ]
    )
