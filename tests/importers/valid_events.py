"""SEMANTICS.md section 1 once more, written apart from the program: what is a valid event."""

import datetime as dt
import json
import re
from zoneinfo import ZoneInfo

STATUSES = {"withdrawn", "present", "late", "left_early", "absent"}
REASONS = {"elsewhere", "medical", "illness", "leave", "suspended", "unknown", "unauthorised"}
MARK_FIELDS = {"pupil", "status", "reason", "minutes_missed"}
FIELDS = {
    "school": {"timezone", "reporting", "sessions_per_day", "minutes_per_session"},
    "calendar": {"date", "open", "reason"},
    "register": {"date", "session", "group", "by", "marks"},
}


def is_id(value):
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", value) is not None


def is_whole(value, low, high):
    return type(value) is int and low <= value <= high


def is_date(value):
    return (
        re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
        and dt.date.fromisoformat(value) is not None
    )


def check_mark(mark):
    assert set(mark) <= MARK_FIELDS, mark
    assert is_id(mark["pupil"])
    assert mark["status"] in STATUSES
    assert mark.get("reason", "unknown") in REASONS
    assert is_whole(mark.get("minutes_missed", 0), 0, 600)


def check(event):
    """Raise AssertionError unless ``event`` is one that every engine must accept."""
    assert is_id(event["id"])
    assert is_id(event["school"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["recorded_at"])
    assert set(event) <= {"type", "id", "school", "recorded_at"} | FIELDS[event["type"]], event
    match event["type"]:
        case "school":
            assert ZoneInfo(event["timezone"])
            assert event["reporting"] in {"all", "exceptions"}
            if event["reporting"] == "exceptions":
                assert "sessions_per_day" in event
            assert is_whole(event.get("sessions_per_day", 1), 1, 12)
            assert is_whole(event.get("minutes_per_session", 1), 1, 600)
        case "calendar":
            assert is_date(event["date"])
            assert isinstance(event["open"], bool)
        case "register":
            assert is_date(event["date"])
            assert is_whole(event["session"], 1, 12)
            assert all(is_id(event.get(name, "x")) for name in ("group", "by"))
            recorded = dt.datetime.fromisoformat(event["recorded_at"]).date()
            assert (dt.date.fromisoformat(event["date"]) - recorded).days <= 7
            for mark in event["marks"]:
                check_mark(mark)


def read(path):
    """Every event of a log, each checked."""
    raw = path.read_bytes()
    assert not raw or raw.endswith(b"\n")
    events = [json.loads(line) for line in raw.splitlines()]
    for event in events:
        check(event)
    return events


def marks(events):
    """Every mark, with the date and session of its register."""
    return [
        (event["date"], event["session"], mark)
        for event in events
        if event["type"] == "register"
        for mark in event["marks"]
    ]
