"""Every event that the simulator writes is one that SEMANTICS.md section 1 allows."""

import json
import re
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from models.simulator import Plan, Style, simulate

ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
REASONS = {"elsewhere", "medical", "illness", "leave", "suspended", "unknown", "unauthorised"}
FIELDS = {
    "school": {"name", "timezone", "reporting", "sessions_per_day", "minutes_per_session"},
    "enrolment": {"pupil", "from", "until", "group", "mentor", "status", "phase", "left_for"},
    "calendar": {"date", "open", "reason"},
    "register": {"date", "session", "minutes", "group", "by", "default", "marks"},
    "close": {"date"},
}


def plan(style: Style = Style.LISTED, **others: object) -> Plan:
    settings = {"pupils": 330, "schools": 3, "days": 60, "seed": 11, "sessions": 3}
    return Plan(style=style, **(settings | others))  # type: ignore[arg-type]


def log(a_plan: Plan) -> list[dict[str, object]]:
    data = b"".join(block.data for block in simulate(a_plan))
    return [json.loads(line) for line in data.decode("ascii").splitlines()]


@pytest.fixture(scope="module", params=list(Style))
def events(request: pytest.FixtureRequest) -> list[dict]:
    return log(plan(request.param, closes=True))


def test_every_event_has_its_fields_and_no_others(events: list[dict]) -> None:
    for event in events:
        own = set(event) - {"type", "id", "school", "recorded_at"}
        assert own <= FIELDS[event["type"]], event
        for name in ("id", "school", "pupil", "group", "mentor", "by"):
            assert event.get(name) is None or ID.fullmatch(event[name]), event
        assert datetime.strptime(event["recorded_at"], "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007


def test_marks_are_what_the_table_allows(events: list[dict]) -> None:
    for event in events:
        if event["type"] != "register":
            continue
        assert 1 <= event["session"] <= 3
        assert event["minutes"] == 100
        assert date.fromisoformat(event["date"]).weekday() < 5
        for mark in event["marks"]:
            assert set(mark) <= {"pupil", "status", "reason", "minutes_missed"}
            assert ID.fullmatch(mark["pupil"])
            assert mark["status"] in {"present", "late", "left_early", "absent"}
            assert mark.get("reason", "unknown") in REASONS
            assert 0 <= mark.get("minutes_missed", 0) <= 100


def test_enrolments_are_what_the_table_allows(events: list[dict]) -> None:
    enrolments = [event for event in events if event["type"] == "enrolment"]
    assert {event["status"] for event in enrolments} == {"enrolled", "left"}
    for event in enrolments:
        assert event.get("left_for") in {None, "diploma", "school", "work", "other"}
        assert event.get("phase") in {None, "po", "vo"}
        assert date.fromisoformat(event["from"]) - timedelta(days=4) <= date.fromisoformat(
            event["recorded_at"][:10]
        )
    keys = [(event["school"], event["pupil"], event["from"]) for event in enrolments]
    assert len(keys) == len(set(keys))


def test_an_id_names_one_event_of_its_school(events: list[dict]) -> None:
    ids = [(event["school"], event["id"]) for event in events]
    assert len(ids) == len(set(ids))


def test_events_come_in_the_order_in_which_they_were_recorded(events: list[dict]) -> None:
    recorded = [event["recorded_at"] for event in events]
    assert recorded == sorted(recorded)
    schools = [event["school"] for event in events if event["type"] == "register"]
    changes = sum(one != other for one, other in pairwise(schools))
    assert changes > 3 * 60, "schools are interleaved, not one after the other each day"


def test_nothing_is_refused_as_in_the_future_or_too_old(events: list[dict]) -> None:
    for event in events:
        if event["type"] in {"register", "close"}:
            said = date.fromisoformat(event["recorded_at"][:10])
            assert timedelta(0) <= said - date.fromisoformat(event["date"]) < timedelta(days=40)


def test_every_pupil_marked_is_enrolled_that_day(events: list[dict]) -> None:
    since: dict[str, list[tuple[str, str]]] = {}
    for event in events:
        if event["type"] == "enrolment":
            since.setdefault(event["pupil"], []).append((event["from"], event["status"]))
    ghosts = 0
    for event in events:
        for mark in event.get("marks", ()):
            held = max(one for one in since[mark["pupil"]] if one[0] <= event["date"])
            ghosts += held[1] != "enrolled"
    absences = sum(len(event.get("marks", ())) for event in events)
    assert ghosts <= 0.02 * absences, "who is gone unnoticed is listed absent at the most"


def test_the_last_day_ends_with_a_close_of_every_school() -> None:
    for closes in (False, True):
        events = log(plan(closes=closes, days=12))
        assert [event["type"] for event in events[-3:]] == ["close"] * 3
        assert {event["school"] for event in events[-3:]} == {"s001", "s002", "s003"}
        assert len({event["date"] for event in events[-3:]}) == 1
        assert sum(event["type"] == "close" for event in events) == (36 if closes else 3)


def test_closed_days_are_in_the_calendar_before_they_come(events: list[dict]) -> None:
    closed = {
        (event["school"], event["date"]): event["recorded_at"]
        for event in events
        if event["type"] == "calendar"
    }
    assert any(day == "2025-10-22" for _, day in closed), "the autumn holiday"
    assert all(recorded[:10] <= day for (_, day), recorded in closed.items())
    for event in events:
        if event["type"] == "register":
            assert (event["school"], event["date"]) not in closed


def test_registers_of_25_with_everyone_listed_or_exceptions_or_one_mark() -> None:
    listed, default, single = (
        [event for event in log(plan(style)) if event["type"] == "register"] for style in Style
    )
    taught = [event for event in listed if event.get("group")]
    assert 20 <= sum(len(event["marks"]) for event in taught) / len(taught) <= 25
    assert all(event["default"] == "present" for event in default if event.get("group"))
    assert not any("default" in event for event in default if not event.get("group"))
    assert all(len(event["marks"]) == 1 for event in single if event.get("group"))


def test_styles_tell_the_same_story() -> None:
    stories = []
    for style in Style:
        slots: dict[tuple, tuple] = {}
        for event in log(plan(style)):
            for mark in event.get("marks", ()):
                slot = (mark["pupil"], event["date"], event["session"])
                slots[slot] = (mark["status"], mark.get("reason"), mark.get("minutes_missed"))
        stories.append({slot for slot, mark in slots.items() if mark[0] != "present"})
    listed, default, single = stories
    assert listed == single
    assert listed <= default, "with a default, who is gone unnoticed is listed too"
    assert len(default) < 1.05 * len(listed)


def test_reasons_become_known_later() -> None:
    said: dict[tuple, list[str]] = {}
    for event in log(plan()):
        for mark in event.get("marks", ()):
            slot = (mark["pupil"], event["date"], event["session"])
            said.setdefault(slot, []).append(mark.get("reason", "unknown"))
    corrected = [reasons for reasons in said.values() if len(reasons) > 1]
    assert 0.002 < len(corrected) / len(said) < 0.03
    assert {reasons[-1] for reasons in corrected} >= {"illness", "unauthorised"}
