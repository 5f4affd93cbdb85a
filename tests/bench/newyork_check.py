"""Does snow raise a flood? Reads the alerts of New York's replay and counts by day.

    gemist replay .bench/newyork.ndjson --out .bench/newyork --pack any
    python -m tests.bench.newyork_check .bench/newyork/alerts.ndjson

Counted are pupils' alerts as they first stand: of each id the message ``open`` once, on its
``opened_on``, unless the greatest version is ``withdrawn``. The snow day must not open more than
twice the median of the days on which any opened.
"""

import argparse
import json
import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.bench.newyork import SNOW_DAY

MOST = 2.0


@dataclass(frozen=True, slots=True)
class Counts:
    """Alerts opened in a replay."""

    pupil_alerts: dict[date, int]
    """By the day on which they opened; days without any are not there."""
    group_notices: dict[date, int]
    """Schools' and groups' notices by the day on which they opened."""
    school_notices: dict[date, int]
    """Of those, the notices about a whole school."""

    @property
    def median(self) -> float:
        """Over the days on which any pupil's alert opened; 0 where none did."""
        return statistics.median(self.pupil_alerts.values()) if self.pupil_alerts else 0.0

    def flooded(self, day: date = SNOW_DAY) -> bool:
        """More than twice the median on a day."""
        return self.pupil_alerts.get(day, 0) > MOST * self.median


def count(alerts: Path) -> Counts:
    """Count the alerts of an ``alerts.ndjson`` (SEMANTICS.md section 7)."""
    opened: dict[str, dict] = {}
    newest: dict[str, dict] = {}
    with alerts.open("rb") as file:
        for line in file:
            message = json.loads(line)
            known = newest.get(message["id"])
            if known is None or message["version"] >= known["version"]:
                newest[message["id"]] = message
            if message["state"] == "open":
                opened.setdefault(message["id"], message)
    pupils: Counter[date] = Counter()
    groups: Counter[date] = Counter()
    schools: Counter[date] = Counter()
    for alert, message in opened.items():
        if newest[alert]["state"] == "withdrawn":
            continue
        day = date.fromisoformat(message["opened_on"])
        if message["kind"] == "group":
            groups[day] += 1
            schools[day] += message["group"] is None
        else:
            pupils[day] += 1
    return Counts(dict(pupils), dict(groups), dict(schools))


def report(counts: Counts) -> str:
    """What was counted, in lines for a reader."""
    on_snow = counts.pupil_alerts.get(SNOW_DAY, 0)
    most = sorted(counts.pupil_alerts.items(), key=lambda item: -item[1])[:5]
    return "\n".join(
        [
            (
                f"pupil alerts opened: {sum(counts.pupil_alerts.values())}"
                f" on {len(counts.pupil_alerts)} days, median {counts.median:g} a day"
            ),
            "most on: " + ", ".join(f"{day} {number}" for day, number in most),
            (
                f"on {SNOW_DAY}: {on_snow} pupil alerts,"
                f" {counts.group_notices.get(SNOW_DAY, 0)} notices of kind group"
                f" ({counts.school_notices.get(SNOW_DAY, 0)} about a whole school)"
            ),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="newyork_check", description=__doc__.splitlines()[0])
    parser.add_argument("alerts", type=Path)
    counts = count(parser.parse_args().alerts)
    print(report(counts))  # noqa: T201
    if counts.flooded():
        raise SystemExit(f"on the snow day more than {MOST:g} times the median opened")


if __name__ == "__main__":
    main()
