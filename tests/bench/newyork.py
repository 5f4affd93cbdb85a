"""New York City's daily attendance of 2013-14, expanded to invented pupils, as a log of events.

The shares are real: for every school and day as many of its pupils are absent as the city
published (``nyc_daily_attendance.csv.gz``, from ajschumacher/NYCattends). *Who* is absent is
invented: every pupil has a propensity of his or her own (log-normal, so that a few make up most
of the absence), and who was away on the school day before is more likely to be away again. On
13 February 2014 snow left the city at 43.6 %.

    python -m tests.bench.newyork nyc_daily_attendance.csv.gz --schools 100 --pupils 100 \
        --seed 1 --out .bench/newyork.ndjson

A school's day without a figure (``NS``: not submitted by 16:00, or no row) has no register.
"""

import argparse
import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

FIRST, LAST = "20130901", "20140630"
SNOW_DAY = date(2014, 2, 13)
TIMEZONE = "America/New_York"
#: A school is dense with figures for so many of the year's 182 days.
DENSE_DAYS = 165
GROUP_SIZE = 25
#: Spread of the propensities' logarithm, and how much more likely absence is on the day after
#: absence: so that a year's shares missed are spread over pupils as in absence_per_pupil_year.json
#: (grades 9 to 12 of the plain year 2017-18, which miss as much as New York: half of the pupils
#: less than 6 %, one in twenty more than 32 %).
SPREAD, AGAIN = 0.9, 2.5
REASONS = ("illness", "unknown", "unauthorised", "leave", "medical")
REASON_SHARES = (0.50, 0.32, 0.08, 0.05, 0.05)


def read_attendance(path: Path) -> dict[str, dict[date, float]]:
    """Share present by school and day of the school year, without what was not submitted."""
    found: dict[str, dict[date, float]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="ascii", newline="") as file:
        for row in csv.DictReader(file):
            day, percent = row["date"], row["attendance_pct"]
            if FIRST <= day <= LAST and percent != "NS":
                found[row["school"]][date.fromisoformat(day)] = float(percent) / 100
    return dict(found)


def choose_schools(
    attendance: dict[str, dict[date, float]], count: int, seed: int
) -> dict[str, dict[date, float]]:
    """A sample of the schools whose year is dense, by name."""
    dense = sorted(school for school, days in attendance.items() if len(days) >= DENSE_DAYS)
    if count > len(dense):
        raise SystemExit(f"newyork: only {len(dense)} schools have {DENSE_DAYS} days")
    chosen = np.random.default_rng([seed, 0]).choice(len(dense), count, replace=False)
    return {dense[at]: attendance[dense[at]] for at in sorted(chosen.tolist())}


def absent_pupils(
    days: dict[date, float], pupils: int, random: np.random.Generator
) -> Iterator[tuple[date, np.ndarray]]:
    """By day, ``[pupils]`` of booleans: as many are absent as the day's share says, rounded.

    The absent are drawn without replacement, each in proportion to a weight: the smallest of
    exponential waiting times divided by the weights.
    """
    weight = np.exp(random.normal(0.0, SPREAD, pupils))
    away = np.zeros(pupils, bool)
    for day in sorted(days):
        waiting = random.exponential(1.0, pupils) / np.where(away, weight * AGAIN, weight)
        away = np.zeros(pupils, bool)
        away[np.argsort(waiting)[: round(pupils * (1.0 - days[day]))]] = True
        yield day, away


def school_lines(
    school: str, days: dict[date, float], pupils: int, random: np.random.Generator
) -> Iterator[tuple[str, str]]:
    """One school's events as (recorded_at, line)."""
    groups = -(-pupils // GROUP_SIZE)
    first, names = min(days), [f"{school}-{number:04d}" for number in range(pupils)]
    group_of = [f"G{number * groups // pupils + 1}" for number in range(pupils)]
    opening = _utc(first - timedelta(days=3), 9 * 3600)
    yield (
        opening,
        (
            f'{{"type":"school","id":"school","school":"{school}","recorded_at":"{opening}",'
            f'"timezone":"{TIMEZONE}","reporting":"all","sessions_per_day":1,'
            f'"minutes_per_session":300}}'
        ),
    )
    for name, group in zip(names, group_of, strict=True):
        yield (
            opening,
            (
                f'{{"type":"enrolment","id":"e.{name}","school":"{school}","recorded_at":"{opening}",'
                f'"pupil":"{name}","from":"{first}","group":"{group}","mentor":"m{group[1:]}",'
                f'"status":"enrolled"}}'
            ),
        )
    for day, away in absent_pupils(days, pupils, random):
        marks: dict[str, list[str]] = {group: [] for group in group_of}
        absent = np.flatnonzero(away).tolist()
        reasons = random.choice(len(REASONS), len(absent), p=REASON_SHARES).tolist()
        for pupil, reason in zip(absent, reasons, strict=True):
            marks[group_of[pupil]].append(
                f'{{"pupil":"{names[pupil]}","status":"absent","reason":"{REASONS[reason]}"}}'
            )
        for group, said in marks.items():
            recorded = _utc(day, 9 * 3600 + int(random.integers(0, 6 * 3600)))
            yield (
                recorded,
                (
                    f'{{"type":"register","id":"r.{day}.{group}","school":"{school}",'
                    f'"recorded_at":"{recorded}","date":"{day}","session":1,"group":"{group}",'
                    f'"default":"present","marks":[{",".join(said)}]}}'
                ),
            )
    last = max(days)
    closed = _utc(last, 17 * 3600 + 1800)
    yield (
        closed,
        (
            f'{{"type":"close","id":"close-{last}","school":"{school}","recorded_at":"{closed}",'
            f'"date":"{last}"}}'
        ),
    )


def _utc(day: date, second: int) -> str:
    """A local second of a day, in UTC."""
    local = datetime.combine(day, time(), ZoneInfo(TIMEZONE)) + timedelta(seconds=second)
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def main() -> None:
    parser = argparse.ArgumentParser(prog="newyork", description=__doc__.splitlines()[0])
    parser.add_argument("attendance", type=Path, help="nyc_daily_attendance.csv.gz")
    parser.add_argument("--schools", type=int, default=100)
    parser.add_argument("--pupils", type=int, default=100, help="pupils of each school")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    chosen = choose_schools(read_attendance(options.attendance), options.schools, options.seed)
    lines: list[tuple[str, str]] = []
    for number, (school, days) in enumerate(chosen.items(), start=1):
        random = np.random.default_rng([options.seed, number])
        lines += school_lines(school, days, options.pupils, random)
    lines.sort(key=lambda line: line[0])  # stable: a school's own events keep their order
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("".join(f"{text}\n" for _, text in lines), encoding="ascii")
    print(f"{len(lines):,} events of {len(chosen)} schools to {options.out}")  # noqa: T201


if __name__ == "__main__":
    main()
