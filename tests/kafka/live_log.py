"""A log of many schools for a live engine, made of the conformance cases."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

CASES = Path(__file__).resolve().parents[1] / "conformance"
SCHOOL = re.compile(rb'("school":\s*")([A-Za-z0-9-]+)(")')
RECORDED_AT = re.compile(rb'"recorded_at":\s*"([^"]+)"')


def cases() -> list[bytes]:
    """Every line of every case, with a case's schools named after it: they must not meet."""
    lines = []
    for case in sorted(CASES.glob("*/log.ndjson")):
        name = case.parent.name[:2].encode()
        renamed = SCHOOL.sub(rb"\g<1>" + name + rb"-\2\3", case.read_bytes())
        lines += [line for line in renamed.split(b"\n") if line.strip()]
    return lines


def closes(school_days: Path) -> Iterator[bytes]:
    """A `close` of each school's last day, as `school_days.csv` of a replay lists them."""
    days = defaultdict(list)
    with school_days.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            days[row["school"]].append(row["date"])
    for school, dates in days.items():
        close = {"type": "close", "id": f"close-{max(dates)}", "school": school}
        close |= {"recorded_at": f"{max(dates)}T23:59:00Z", "date": max(dates)}
        yield json.dumps(close).encode()


def key(line: bytes) -> bytes:
    """The school that a line names; a line that cannot be read has to have one too."""
    named = SCHOOL.search(line)
    return named[2] if named else b"nobody"


def arrival_ms(line: bytes) -> int:
    """When a line can have arrived: at the time at which it says that it was recorded."""
    said = RECORDED_AT.search(line)
    try:
        return int(datetime.fromisoformat(said[1].decode()).timestamp() * 1000)
    except (TypeError, ValueError, OverflowError):
        return 0


def standing(messages: Iterable[tuple[str, dict | None]]) -> set[tuple]:
    """What stands after messages by id: the greatest version of each, of equal ones the last.

    A message of None is a tombstone: it deletes the alert.
    """
    newest: dict[str, dict] = {}
    for name, message in messages:
        if message is None:
            newest.pop(name, None)
        elif name not in newest or message["version"] >= newest[name]["version"]:
            newest[name] = message
    columns = ("id", "school", "pupil", "group", "kind", "tier", "opened_on")
    return {
        tuple(message[column] for column in columns)
        for message in newest.values()
        if message["state"] not in {"closed", "withdrawn"}
    }
