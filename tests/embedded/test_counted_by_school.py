"""What a node counts of named schools, and what it shows of itself at any time."""

import asyncio
import json
from importlib.resources import files

import pytest
from nodes import Clock, node, query, send, wait_until
from prometheus_client import generate_latest

from alerts.alert import State
from config.metrics import new_metrics
from models.events.checks import Reject
from models.scorecard.file import parse_scorecard
from models.scorecard.serving import Scorecard
from streams.gateway.log import Arrival

SCORECARD = files("config") / "scorecards" / "simulated.json"
NOW = "2026-11-24T12:00:00+00:00"
"""A Tuesday."""


def register(school="A1", date="2026-11-24", pupils=2, **fields):
    marks = [{"pupil": f"p{number}", "status": "present"} for number in range(pupils)]
    said = {
        "type": "register", "id": date, "school": school, "recorded_at": f"{date}T09:00:00Z",
        "date": date, "session": 1, "marks": marks,
    }  # fmt: skip
    return json.dumps(said | fields).encode()


@pytest.fixture
def metrics():
    return new_metrics(["A1", "Z9"])


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def log(tmp_path, metrics, clock):
    with node(tmp_path / "node", clock, metrics=metrics) as running:
        yield running


def counted(metrics, name, **labels):
    return metrics.registry.get_sample_value(name, labels)


def rejects(metrics, school, reason):
    return counted(metrics, "gemist_school_rejects_total", school=school, reason=reason)


def test_of_a_named_school_what_came_and_was_refused_is_counted_and_of_no_other(
    log, metrics, tmp_path
):
    close = {"type": "close", "id": "k", "school": "A1", "recorded_at": "2026-11-24T11:00:00Z"}
    send(
        log,
        register(),
        register("B1", pupils=9),
        json.dumps(close | {"date": "2026-11-24"}).encode(),
    )
    send(log, register(marks=[{"pupil": "p1", "status": "gone"}]), b"not so", sender="A1")
    send(log, b"not so", register("B1", session=99), sender="B1")
    assert counted(metrics, "gemist_school_events_total", school="A1") == 3
    assert counted(metrics, "gemist_school_marks_total", school="A1") == 2
    assert (rejects(metrics, "A1", "status"), rejects(metrics, "A1", "json")) == (1, 1)
    assert counted(metrics, "gemist_rejects_total", reason="session") == 1
    assert counted(metrics, "gemist_school_events_total", school="Z9") == 0
    assert query(tmp_path / "node", "SELECT count(*) FROM event WHERE school = 'B1'") == [(1,)]
    assert b"B1" not in generate_latest(metrics.registry)


def test_what_is_too_old_for_its_book_is_the_schools_too(log, metrics):
    days = [f"2026-{month:02}-{day:02}" for month in (8, 9) for day in range(1, 27)]
    send(log, *(register(date=date) for date in days))
    send(log, register(date="2024-11-24"))
    assert rejects(metrics, "A1", "too old") == 1


def test_what_the_door_refuses_is_of_the_tokens_school(log, metrics):
    refused = Reject(0, "school", "school", "B1")
    accepted = Arrival(register(), "A1")
    asyncio.run(log.append([accepted, Arrival(register("B1"), "Z9", refused)]))
    assert (rejects(metrics, "Z9", "school"), rejects(metrics, "A1", "school")) == (1, None)


def test_a_node_shows_its_schools_its_lag_and_who_is_silent(log, metrics, clock, monkeypatch):
    ticks = [0.0]
    monkeypatch.setattr("streams.feeds.monotonic", lambda: ticks[0])
    week = [f"2026-11-{day}" for day in (12, 13, 16, 17, 18, 19, 20, 23)]
    send(log, *(register(date=date) for date in week), *(register("B1", date) for date in week))
    assert counted(metrics, "gemist_schools", partition="0") == 2
    assert counted(metrics, "gemist_lag_seconds", partition="0") == 0
    assert counted(metrics, "gemist_silent_schools", partition="0") == 0
    assert counted(metrics, "gemist_feed_silence_seconds", school="A1") == 27 * 3600
    never = counted(metrics, "gemist_feed_silence_seconds", school="Z9")
    assert never == clock(), "one that was never heard of has been silent for ever"
    clock.move_on(days=1)
    ticks[0] += 61
    assert counted(metrics, "gemist_silent_schools", partition="0") == 2
    send(log, register(date="2026-11-25"))
    ticks[0] += 61
    assert counted(metrics, "gemist_silent_schools", partition="0") == 1


def test_a_node_that_tells_nothing_shows_how_old_the_oldest_event_is(
    log, metrics, clock, monkeypatch
):
    monkeypatch.setattr("streams.embedded.writer.Writer._tell", lambda _: None)
    asyncio.run(log.append([Arrival(register(), "A1")]))
    clock.move_on(seconds=40)
    assert counted(metrics, "gemist_lag_seconds", partition="0") == 40
    monkeypatch.undo()
    wait_until(lambda: counted(metrics, "gemist_lag_seconds", partition="0") == 0, "it is told")


def test_scores_in_alerts_are_counted(tmp_path, clock):
    metrics = new_metrics()
    card = Scorecard(parse_scorecard(SCORECARD.read_bytes()))
    with node(tmp_path / "node", clock, scorecard=card, metrics=metrics) as log:
        marks = [{"pupil": "p1", "status": "absent"}]
        enrolled = {"type": "enrolment", "id": "e", "school": "A1", "pupil": "p1"}
        start = {"recorded_at": "2026-08-01T09:00:00Z", "from": "2026-08-01"}
        days = [f"2026-{month:02}-{day:02}" for month in (9, 10) for day in range(1, 27)]
        close = {"type": "close", "id": "k", "school": "A1", "recorded_at": "2026-10-27T09:00:00Z"}
        send(
            log,
            json.dumps(enrolled | start).encode(),
            *(register(date=date, marks=marks) for date in days),
            json.dumps(close | {"date": "2026-10-26"}).encode(),
        )
    told = [
        counted(metrics, "gemist_alerts_total", kind="attendance", state=state) for state in State
    ]
    assert sum(told) == counted(metrics, "gemist_alert_scores_count") == 1
