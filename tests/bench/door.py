"""The node under load, beside a bare server: ``python -m tests.bench.door``.

A node and whoever sends have a core each. Prints JSON; its status says whether the ratios that
are wanted are reached.

- *single*: requests with one register of one mark each over 64 connections, in turns with a bare
  server of the same framework that only answers.
- *lines*: registers of 25 as NDJSON, 1,000 a request, over 4 connections.
- *alert*: one register a request, 500 a second, one in seven of a pupil who is away, so that
  minutes add up to alerts of a live rule. What passes from an event's arrival to its alert being
  kept is read from the node's own histogram, of which the bound that 99 % are under is told.
"""

import contextlib
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import orjson

from tests.served import Served, environment, free_port, gemist

SINGLE_EVENTS, LINES_EVENTS, ALERT_EVENTS = 20_000, 40_000, 7_500
SCHOOLS = tuple(f"S{number}" for number in range(20))
PUPILS = 500
ROUNDS = 3
LEAST_EVENTS_A_SECOND, LEAST_MARKS_A_SECOND, MOST_P99_SECONDS = 2_000, 50_000, 1.0
MONDAY = date(2026, 11, 23)


def register(number: int, marks: Sequence[dict], session: int, day: date = MONDAY) -> bytes:
    school = SCHOOLS[number % len(SCHOOLS)]
    return orjson.dumps(
        {
            "type": "register",
            "id": f"r{number}",
            "school": school,
            "recorded_at": f"{day}T08:{number // 60 % 60:02}:{number % 60:02}Z",
            "date": str(day),
            "session": session,
            "minutes": 50,
            "group": f"G{number % 40}",
            "marks": list(marks),
        }
    )


def mark(school: str, pupil: int, *, away: bool) -> dict:
    named = {"pupil": f"{school}-p{pupil:04}"}
    return named | ({"status": "absent", "reason": "unauthorised"} if away else
                    {"status": "present"})  # fmt: skip


def one_mark_each(count: int, rng: random.Random, day: date) -> list[bytes]:
    """Registers of one mark; one in seven is away, so that minutes add up to alerts."""
    bodies = []
    for number in range(count):
        school = SCHOOLS[number % len(SCHOOLS)]
        said = mark(school, rng.randrange(PUPILS), away=rng.random() < 1 / 7)
        bodies.append(register(number, [said], rng.randrange(1, 9), day))
    return bodies


def registers_of_25(count: int, rng: random.Random) -> list[bytes]:
    """Registers as schools send them when a history is loaded, 1,000 a request."""
    lines = []
    for number in range(count):
        school = SCHOOLS[number % len(SCHOOLS)]
        first = rng.randrange(PUPILS - 25)
        marks = [mark(school, first + each, away=rng.random() < 0.05) for each in range(25)]
        day = MONDAY - timedelta(days=60 - number * 60 // count)
        lines.append(register(number, marks, rng.randrange(1, 9), day))
    return [b"\n".join(lines[start : start + 1000]) for start in range(0, count, 1000)]


def load(folder: Path, port: int, token: str, bodies: list[bytes], connections: int,
         a_second: int = 0) -> dict:  # fmt: skip
    """Send bodies from a process of its own, on the last core."""
    (folder / "bodies").write_bytes(b"\0".join(bodies))
    plan = {"bodies": str(folder / "bodies"), "port": port, "token": token, "path": "/v1/events",
            "connections": connections, "a_second": a_second}  # fmt: skip
    (folder / "plan.json").write_text(json.dumps(plan))
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", folder / "plan.json"],
        capture_output=True, check=True, env=environment(),
        preexec_fn=lambda: os.sched_setaffinity(0, {max(os.sched_getaffinity(0))}),
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["statuses"] == [200], found["statuses"]
    return found


@contextlib.contextmanager
def node(folder: Path) -> Iterator[tuple[Served, str]]:
    served = Served(folder / "node", folder / "stderr")
    token = served.token(*SCHOOLS)
    served.start()
    try:
        yield served, token
    finally:
        served.stop()


@contextlib.contextmanager
def bare() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bare", str(port)], stderr=subprocess.PIPE,
        env=environment(),
    )  # fmt: skip
    assert process.stderr is not None
    process.stderr.readline()
    time.sleep(0.5)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def single(folder: Path) -> dict:
    """Requests of one event, in turns with a server that only answers."""
    rng = random.Random(1)
    rates: dict[str, list[float]] = {"node": [], "bare": []}
    with node(folder) as (served, token), bare() as port:
        for turn in range(ROUNDS):
            bodies = one_mark_each(SINGLE_EVENTS, rng, MONDAY + timedelta(days=turn))
            for name, at in (("node", served.port), ("bare", port)):
                found = load(folder, at, token, bodies, 64)
                rates[name].append(SINGLE_EVENTS / found["wall_seconds"])
    best = {name: round(max(each)) for name, each in rates.items()}
    return best | {"ratio": round(best["node"] / best["bare"], 2)}


def lines(folder: Path) -> dict:
    """A history as NDJSON."""
    bodies = registers_of_25(LINES_EVENTS, random.Random(2))
    with node(folder) as (served, token):
        found = load(folder, served.port, token, bodies, 4)
    return {"marks_a_second": round(25 * LINES_EVENTS / found["wall_seconds"])}


def standing_after(served: Served) -> dict[float, float]:
    """How many alerts stood within so many seconds of what they followed of."""
    connection = served.connection()
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    found = re.findall(r'gemist_mark_to_alert_seconds_bucket\{le="(.+?)"\} (.+)', text)
    return {float(bound): float(count) for bound, count in found}


def settled(served: Served) -> dict[float, float]:
    """The same, when all that a history has to say is told."""
    before = standing_after(served)
    time.sleep(2)
    while (after := standing_after(served)) != before:
        before = after
        time.sleep(2)
    return after


def under(share: float, counts: dict[float, float]) -> float:
    """The bound under which a share of what was counted is."""
    return next(bound for bound, count in counts.items() if count >= share * counts[math.inf])


def alert(folder: Path) -> dict:
    """What an event takes until its alert stands, at a steady rate."""
    with node(folder) as (served, token):
        history = registers_of_25(LINES_EVENTS // 4, random.Random(3))
        load(folder, served.port, token, history, 4)
        bodies = one_mark_each(ALERT_EVENTS, random.Random(4), MONDAY)
        before = settled(served)
        found = load(folder, served.port, token, bodies, 64, a_second=500)
        time.sleep(1)
        after = standing_after(served)
    told = gemist("export", "alerts", "--data", folder / "node").stdout.count("\n")
    seconds = found["seconds"]
    return {
        "events_a_second": round(ALERT_EVENTS / found["wall_seconds"]),
        "alert_messages": told,
        "answer_p99_seconds": round(seconds[len(seconds) * 99 // 100], 4),
        "p99_seconds": under(0.99, {each: after[each] - before[each] for each in after}),
    }


def main() -> int:
    """Measure, and say whether what is wanted is reached."""
    found = {}
    for measure in (single, lines, alert):
        with tempfile.TemporaryDirectory() as folder:
            found[measure.__name__] = measure(Path(folder))
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    is_reached = (
        found["single"]["node"] >= LEAST_EVENTS_A_SECOND
        and found["lines"]["marks_a_second"] >= LEAST_MARKS_A_SECOND
        and found["alert"]["p99_seconds"] <= MOST_P99_SECONDS
    )
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
