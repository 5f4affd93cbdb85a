"""What one would write first: a dict for every event, a dict of slots, loops over pupils.

    python -m tests.bench.naive LOG OUT.csv

It computes the last day's windows alone, as the DuckDB query beside it does, and writes the same
table to the byte. The simulator's logs need less than SEMANTICS.md allows (in order, no erasure,
no withdrawals, no reports), and this takes advantage of it; common cause is left out.
"""

import csv
import gc
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import orjson

WINDOWS = (5, 20, 60)
WEEKS = 4
UNAUTHORISED = {None, "unknown", "unauthorised"}
HEADER = (
    "school",
    "pupil",
    *(f"{name}_sessions_{days}" for days in WINDOWS for name in ("missed", "expected")),
    "unauthorised_minutes_4w",
    "late_60",
)


class Book:
    """Everything a log said, in dicts."""

    def __init__(self) -> None:
        self.slots: dict[tuple[str, str], dict[tuple[str, int], tuple]] = defaultdict(dict)
        self.defaults: dict[tuple[str, str, str], dict[int, str]] = defaultdict(dict)
        self.enrolments: dict[tuple[str, str], dict[str, dict]] = defaultdict(dict)
        self.days: dict[str, set[str]] = defaultdict(set)

    def take(self, event: dict) -> None:
        school, recorded = event["school"], event["recorded_at"]
        if event["type"] == "enrolment":
            self.enrolments[school, event["pupil"]][event["from"]] = event
        elif event["type"] == "register":
            day, session = event["date"], event["session"]
            self.days[school].add(day)
            if event.get("default") == "present":
                self.defaults[school, event["group"], day][session] = recorded
            for mark in event["marks"]:
                slots = self.slots[school, mark["pupil"]]
                before = slots.get((day, session))
                if before is None or before[0] <= recorded:
                    minutes = mark.get("minutes_missed")
                    if minutes is None:
                        minutes = event["minutes"] if mark["status"] == "absent" else 0
                    slots[day, session] = (recorded, mark["status"], mark.get("reason"), minutes)


def read(path: Path) -> Book:
    book = Book()
    with path.open("rb") as file:
        for line in file:
            book.take(orjson.loads(line))
    return book


def monday(day: str) -> date:
    found = date.fromisoformat(day)
    return found - timedelta(days=found.weekday())


def pupil_row(  # noqa: C901 — one loop, as one would write it first
    book: Book, school: str, pupil: str, days: list[str], weeks: set[date]
) -> list[int]:
    """A pupil's figures; ``days`` are the school's newest 60, newest first."""
    missed, expected = [0] * len(WINDOWS), [0] * len(WINDOWS)
    minutes = late = 0
    slots = book.slots.get((school, pupil), {})
    history = sorted(book.enrolments[school, pupil].items(), reverse=True)
    sessions = defaultdict(list)
    for (day, session), mark in slots.items():
        sessions[day].append((session, mark))
    for back, day in enumerate(days):
        held = next((event for since, event in history if since <= day), None)
        if held is None or held["status"] != "enrolled":
            continue
        known = dict(sessions.get(day, ()))
        for session, recorded in book.defaults.get((school, held["group"], day), {}).items():
            if session not in known or known[session][0] < recorded:
                known[session] = (recorded, "present", None, 0)
        for _, status, reason, lost in known.values():
            away = status == "absent" and reason != "elsewhere"
            for at, window in enumerate(WINDOWS):
                if back < window:
                    expected[at] += 1
                    missed[at] += away
            if reason in UNAUTHORISED:
                late += status == "late"
                if status in {"absent", "left_early"} and monday(day) in weeks:
                    minutes += lost
    return [value for pair in zip(missed, expected, strict=True) for value in pair] + [
        minutes,
        late,
    ]


def rows(book: Book) -> list[tuple]:
    """One row a pupil enrolled on the school's last day, by school and pupil."""
    found = []
    newest = {school: sorted(days, reverse=True)[:60] for school, days in book.days.items()}
    weeks = {
        school: set(sorted({monday(day) for day in days}, reverse=True)[:WEEKS])
        for school, days in newest.items()
    }
    for school, pupil in sorted(book.enrolments):
        days = newest[school]
        history = sorted(book.enrolments[school, pupil].items(), reverse=True)
        held = next((event for since, event in history if since <= days[0]), None)
        if held is not None and held["status"] == "enrolled":
            found.append((school, pupil, *pupil_row(book, school, pupil, days, weeks[school])))
    return found


def main() -> None:
    gc.disable()  # millions of tuples that are all kept: to look for rings of them is no fair cost
    table = rows(read(Path(sys.argv[1])))
    with Path(sys.argv[2]).open("w", newline="", encoding="ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(table)


if __name__ == "__main__":
    main()
