"""What was measured on Kafka as a page of Markdown: every figure beside its yardstick."""

from collections.abc import Iterator, Sequence

from tests.bench.kafka_throughput import BARE, PLAIN, REPLAY, WORKER, Result
from tests.bench.report import machine, table

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


def markdown(listed: Result, single: Result) -> str:
    """The whole page."""
    header = ("log", "who", "marks", "CPU s", "wall s", "marks/CPU s", "marks/s")
    header += ("start, CPU s", "peak MB")
    rows = (row for result in (listed, single) for row in speed_rows(result))
    wanted = ("what", "by CPU", "by the clock", "wanted", "met")
    return "\n".join(
        [
            "# Bench on Kafka",
            "",
            ", ".join(f"{name} {value}" for name, value in machine().items()),
            "",
            "## A history read",
            "",
            *table(wanted, promise_rows(listed, single)),
            *table(header, rows),
        ]
    )
