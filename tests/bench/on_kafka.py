"""``make bench-kafka``: a worker on a real broker, beside its yardsticks.

    python -m tests.bench.on_kafka               # some ten minutes
    python -m tests.bench.on_kafka --full        # the cold start of 2.4 million pupils: some more

Starts a broker of its own, and writes ``docs/bench-kafka.md``.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.simulator import Style
from tests.bench import kafka_cold, kafka_live, kafka_pair
from tests.bench.kafka_report import markdown
from tests.bench.kafka_throughput import BARE, PLAIN, REPLAY, WORKER, measure
from tests.bench.logs import FOLDER, Size
from tests.bench.run import write

PORT = 29792
HISTORY = Size(40, 10_000, 25)


@contextmanager
def broker(cores: set[int]) -> Iterator[str]:
    """A broker of the bench's own, on some cores."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    command = [sys.executable, "deploy/kafka/broker.py", "--home", str(FOLDER / "kafka")]
    subprocess.run([*command, "--port", str(PORT), "start"], check=True)
    os.sched_setaffinity(0, everywhere)
    try:
        yield f"127.0.0.1:{PORT}"
    finally:
        subprocess.run([*command, "stop"], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="tests.bench.on_kafka", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, medians are taken")
    parser.add_argument("--full", action="store_true", help="the cold start in full")
    parser.add_argument("--out", type=Path, default=Path("docs/bench-kafka.md"))
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    everywhere = os.sched_getaffinity(0)
    with broker(everywhere - {max(everywhere)} or everywhere) as bootstrap:
        listed = measure(bootstrap, Style.LISTED, HISTORY, [WORKER, REPLAY, BARE], options.repeat)
        single = measure(
            bootstrap,
            Style.SINGLE,
            HISTORY.of_one_mark(),
            [WORKER, REPLAY, BARE, PLAIN],
            options.repeat,
        )
    with broker(everywhere) as bootstrap:
        pair = kafka_pair.measure(bootstrap, HISTORY)
        latency = kafka_live.measure(bootstrap, everywhere)  # by now the broker has warmed up
        schools = kafka_cold.SCHOOLS if options.full else kafka_cold.SCHOOLS // 10
        cold = kafka_cold.measure(bootstrap, schools, everywhere)
    write(options.out, markdown(listed, single, latency, pair, cold))


if __name__ == "__main__":
    main()
