"""``make capacity``: what a school, forty, six hundred and a country need, into docs/capacity.md.

    python -m tests.bench.capacity            # measures for a minute, and writes page and figures
    python -m tests.bench.capacity --again    # writes the page anew from the figures that are there

Needs no broker. The figures stand beside the page, in ``docs/capacity.json``.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tests.bench import capacity_needs as rules
from tests.bench.capacity_measured import DAYS, HISTORY_DAYS, PUPILS, figures
from tests.bench.capacity_needs import REGIONS, Figures, Needs, Region, needs
from tests.bench.report import machine, table
from tests.bench.run import write

PAGE: Final = Path("docs/capacity.md")
_KIB, _MIB, _GIB, _TIB = 2**10, 2**20, 2**30, 2**40
_NONE: Final = "-"


def bytes_text(number: float) -> str:
    """Bytes as a person reads them.

    >>> bytes_text(1536), bytes_text(20 * 2**30)
    ('1.5 KiB', '20 GiB')
    """
    for unit, size in (("TiB", _TIB), ("GiB", _GIB), ("MiB", _MIB), ("KiB", _KIB)):
        if number >= size:
            return (
                f"{number / size:,.1f} {unit}"
                if number < 10 * size
                else f"{number / size:,.0f} {unit}"
            )
    return f"{number:,.0f} bytes"


def seconds_text(number: float) -> str:
    """Seconds as a person reads them."""
    return f"{number:,.0f} s" if number >= 10 else f"{number:.1f} s"


Row = tuple[str, Callable[[Region, Needs], str]]

_ROWS: Final[Sequence[Row]] = (
    ("schools", lambda region, _: f"{region.schools:,}"),
    ("pupils", lambda region, _: f"{region.pupils:,}"),
    ("engine", lambda region, _: "Kafka" if region.on_kafka else "a node"),
    (
        "registers in the busiest second",
        lambda _, need: f"{need.load.registers_a_second:,.1f}",
    ),
    ("cores busy then", lambda _, need: f"{need.load.peak_cores:.2f}"),
    (
        "workers, a core each (one may be away)",
        lambda region, need: f"{need.workers}" if region.on_kafka else "the node, 1 core",
    ),
    ("memory of each", lambda _, need: bytes_text(need.worker_bytes)),
    (
        "partitions",
        lambda region, need: f"{need.partitions}" if region.on_kafka else _NONE,
    ),
    ("close of all days", lambda _, need: seconds_text(need.close_seconds)),
    ("all books read back", lambda _, need: seconds_text(need.recovery_seconds)),
    (
        "disk of all brokers together",
        lambda region, need: bytes_text(need.brokers_bytes) if region.on_kafka else _NONE,
    ),
    (
        "disk of the node's log",
        lambda region, need: _NONE if region.on_kafka else bytes_text(need.node_bytes),
    ),
    (
        "disk of the desk's database",
        lambda region, need: (
            bytes_text(need.desk_bytes) + (" (PostgreSQL)" if region.on_kafka else " (SQLite)")
        ),
    ),
    ("from schools, busiest second", lambda _, need: f"{bytes_text(need.network_in)}/s"),
    (
        "to and from brokers then",
        lambda region, need: f"{bytes_text(need.network_brokers)}/s" if region.on_kafka else _NONE,
    ),
)


def need_rows(found: Figures) -> Iterator[Sequence[str]]:
    """What each region needs, a column each."""
    each = [(region, needs(region, found)) for region in REGIONS]
    for name, said in _ROWS:
        yield name, *(said(region, need) for region, need in each)


def figure_rows(found: Figures) -> Iterator[Sequence[str]]:
    """Every figure, and where it is from."""
    here = "measured here"
    yield (
        "one register of 25 told, by itself on an open day",
        f"{1000 * found.told_seconds:.2f} ms CPU",
        here,
    )
    yield "the pages that it changes", f"{1000 * found.checkpoint_seconds:.2f} ms CPU", here
    yield (
        "the close of a day, for each pupil",
        f"{1e6 * found.close_pupil_seconds:.0f} µs CPU",
        "measured by `make bench`",
    )
    yield (
        "a worker's speed beside a replay's",
        f"{found.kafka_ratio:.2f}",
        "measured by `make bench-kafka`",
    )
    yield (
        "a book read back, for each pupil",
        f"{1e6 * found.read_back_seconds:.0f} µs CPU",
        here,
    )
    yield "a worker without books", bytes_text(found.process_bytes), here
    for name, amount in (
        ("a book in memory after a day's close, for each pupil", found.book_bytes),
        ("its pages, for each pupil", found.pages_bytes),
        ("pages written in a pupil's day", found.rewritten_bytes),
        ("what a school sends of a pupil's day", found.line_bytes),
        ("the same on `school-events`", found.record_bytes),
        ("messages of alerts of a pupil's day", found.alert_bytes),
        ("a node's log of a pupil's day", found.node_bytes),
        ("a case, with its alerts, in SQLite", found.case_bytes),
        ("a message to a person, in SQLite", found.message_bytes),
    ):
        yield name, f"{amount:,.0f} bytes", here
    for name, count in (("new cases", found.cases), ("messages to people", found.messages)):
        yield f"{name}, of 1,000 pupils a day", f"{1000 * count:.1f}", f"{here}, of invented pupils"


def assumption_rows() -> Iterator[Sequence[str]]:
    """What was not measured."""
    yield (
        "a country",
        "8,000 schools, 2,500,000 pupils",
        _THE_NETHERLANDS,
    )
    yield "pupils a register", f"{rules.PUPILS_A_REGISTER}", "assumed"
    yield (
        "sessions a day",
        f"{rules.SESSIONS}",
        "assumed: 2 in primary, 6 to 8 in secondary schools",
    )
    yield "school days a year", f"{rules.SCHOOL_DAYS_A_YEAR}", "SEMANTICS.md 1"
    minutes = rules.FIRST_LESSON_SECONDS // 60
    yield (
        "the morning",
        f"a first lesson's registers in {minutes} minutes, {rules.BURST} times the mean at most",
        "assumed",
    )
    yield "the close", f"all schools at once, within {rules.CLOSE_SECONDS} s", "wanted"
    yield "recovery", f"all books within {rules.RECOVERY_SECONDS} s", "wanted"
    yield (
        "retention",
        f"{rules.EVENTS_DAYS} days; messages {rules.MESSAGES_DAYS}; cases {rules.CASE_YEARS} years",
        "docs/node.md, docs/kafka.md; at most",
    )
    yield "replication", f"{rules.REPLICATION}", "docs/kafka.md"
    yield (
        "PostgreSQL beside SQLite",
        f"{rules.POSTGRESQL_TO_SQLITE} times the bytes",
        "assumed, not measured",
    )
    yield "spare room", f"{rules.SPARE} times what is used, of memory and disk", "chosen"


def markdown(found: Figures, measured_on: dict[str, str]) -> str:
    """The page."""
    facts = ", ".join(f"{name} {value}" for name, value in measured_on.items())
    names = [region.name for region in REGIONS]
    needed = table(["", *names], need_rows(found))
    measured = table(["what", "figure", "from"], figure_rows(found))
    assumed = table(["what", "is", "from"], assumption_rows())
    return "\n".join(
        [_HEAD, *needed, _READING, f"{facts}. {_MODEL}", *measured, _ASSUMED, *assumed, _RULES]
    )


_THE_NETHERLANDS: Final = (
    "the Netherlands, rounded up: 7,309 primary and secondary schools with 2,426,369 pupils in 2020"
    " (https://www.nji.nl/cijfers/onderwijs, of DUO)"
)

_HEAD: Final = """\
# Capacity

What gemist needs for so many schools. Made by `make capacity`. **Every figure of the first table
is projected**: worked out of the second table (measured) and the third (assumed) by the rules
below. No installation of this size was run; nearest to it is a cold start of 240,000 pupils, and
once one of 2.4 million ([bench-kafka.md](bench-kafka.md)).
"""

_MODEL: Final = f"""\
One simulated school of {PUPILS} pupils, {rules.SESSIONS} sessions a day, {HISTORY_DAYS + DAYS}
school days with every mark listed; of days the last {DAYS}, when its book is full. A *pupil's day*
is one pupil on one school day. The pupils are invented: cases and messages of real ones are other.
A load at the end that is above 1 is other work on the machine, which makes CPU figures greater.
"""

_ASSUMED: Final = "## Assumed\n"

_READING: Final = """\
What it says:

- **Cores are for the morning, the close and the recovery.** The greatest of the three decides. A
  worker is one process and uses one core.
- **Memory is for recovery.** Books are in memory, all of them. What is counted is that one worker
  is away and the others hold its partitions.
- **One node bears some dozens of schools** with ease. It is Kafka that bears the failure of a
  machine; take it when that matters, not when the node is full.
- Two gateways, one notify and a second one that waits are beside the workers. Each is one process
  with one core. What a gateway bears was not measured; a node's door took 2,300 single events a
  second (ARCHITECTURE.md), and the country's busiest second brings a fraction of that.
- **Not measured and not in the table**: the brokers' cores and memory, PostgreSQL's, Prometheus'
  and Grafana's. Give three brokers what Kafka's own documentation asks for.

## Measured
"""

_RULES: Final = f"""\
## Rules

Each is a function of `tests/bench/capacity_needs.py`.

- **Registers in the busiest second**: pupils ÷ {rules.PUPILS_A_REGISTER} ÷
  {rules.FIRST_LESSON_SECONDS} s x {rules.BURST}.
- **Cores busy then**: these registers x (told + pages), as if each came by itself, ÷ the worker's
  speed beside a replay's.
- **Workers**: the greatest of cores busy, CPU of the close ÷ {rules.CLOSE_SECONDS} s and CPU of
  reading all books ÷ {rules.RECOVERY_SECONDS} s, rounded up, and one more.
- **Memory of each**: (a worker without books + all books ÷ the workers that are left) x
  {rules.SPARE}, in steps of half a GiB. A node without books is taken to be as great as a worker.
- **Partitions**: {rules.PARTITIONS_A_WORKER} a worker, {rules.LEAST_PARTITIONS} at least. They
  cannot be added to later but by `gemist topics grow`, so take those of the size that you will
  be.
- **Disk of the brokers**: (events of {rules.EVENTS_DAYS} days + pages + what is written of them in
  a day, which compaction may leave + alerts of {rules.CASE_YEARS} years) x {rules.REPLICATION} x
  {rules.SPARE}. Alerts are kept as long as each is the newest of its key: after
  {rules.CASE_YEARS} years they go on to grow.
- **Disk of a node's log**: (events of {rules.EVENTS_DAYS} days + pages) x 2, since the file is
  written anew at night, x {rules.SPARE}. A backup is as great again, elsewhere.
- **Disk of the desk's database**: cases of {rules.CASE_YEARS} years + messages of
  {rules.MESSAGES_DAYS} days, x {rules.SPARE}.
- **Network**: what schools send, as JSON; brokers: the same as records, written to
  {rules.REPLICATION} replicas and read by the worker and notify.
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="tests.bench.capacity", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--again", action="store_true", help="the page alone, from the figures")
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args()
    kept = options.out.with_suffix(".json")
    if not options.again:
        bench, bench_kafka = Path("docs/bench.json"), Path("docs/bench-kafka.md")
        found = figures(bench, bench_kafka, lambda line: print(line, file=sys.stderr))  # noqa: T201
        here = machine() | {"load at the end": f"{os.getloadavg()[0]:.1f}"}
        text = json.dumps({"machine": here, "figures": asdict(found)}, indent=1)
        write(kept, text + "\n")
    read = json.loads(kept.read_text())
    write(options.out, markdown(Figures(**read["figures"]), read["machine"]))


if __name__ == "__main__":
    main()
