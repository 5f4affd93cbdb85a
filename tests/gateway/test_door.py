"""The door's contract: what comes in, what is answered, what the log then has."""

import gzip
import json

import pytest
from conftest import BOTH, NOW, register

from streams.gateway.log import BusyError, UnkeptError

LINES = {"Content-Type": "application/x-ndjson"}
JSON = {"Content-Type": "application/json"}


def send(client, body, headers=JSON, token=None):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    more = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post("/v1/events", content=content, headers=headers | more)


def verdicts(answer):
    return [(e["index"], e["id"], e["status"]) for e in answer.json()["events"]]


def test_one_object_is_accepted_and_counted(client):
    body = json.dumps(register(), indent=None, separators=(" , ", ":")).encode()
    answer = send(client, body)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "accepted": 1,
        "rejected": 0,
        "events": [{"index": 0, "id": "r1", "status": "accepted", "rejects": []}],
    }
    assert client.get("/v1/received", params={"date": "2026-11-23"}).json() == {
        "school": "01AB",
        "date": "2026-11-23",
        "timezone": "Europe/Amsterdam",
        "events": {"register": 1},
        "marks": 1,
        "rejected": 0,
        "rejects": [],
        "last_arrived_at": "2026-11-23T08:41:07Z",
    }


@pytest.mark.parametrize("trouble", [BusyError(7), UnkeptError("x", is_full=True)])
def test_what_the_log_cannot_keep_is_not_acknowledged(client, log, trouble):
    log.trouble = trouble
    answer = send(client, register())
    assert answer.status_code == {BusyError: 429, UnkeptError: 507}[type(trouble)]
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ([register(id="a"), register(id="b")], JSON),
        (json.dumps([register(id="a"), register(id="b")], indent=2).encode(), JSON),
        (b"\n".join(json.dumps(register(id=i)).encode() for i in "ab"), LINES),
        (b"\r\n\r\n".join(json.dumps(register(id=i)).encode() for i in "ab"), JSON),
        (
            gzip.compress(b"\n".join(json.dumps(register(id=i)).encode() for i in "ab")),
            LINES | {"Content-Encoding": "gzip"},
        ),
    ],
    ids=["array", "pretty array", "lines", "lines said to be JSON", "gzip"],
)
def test_many_events_come_as_an_array_or_as_lines(client, body, headers):
    answer = send(client, body, headers)
    assert answer.status_code == 200
    assert verdicts(answer) == [(0, "a", "accepted"), (1, "b", "accepted")]


def test_a_register_without_some_of_its_marks_is_accepted_partly(client):
    marks = [{"pupil": "p81", "status": "gone"}, {"pupil": "p82", "status": "late"}]
    answer = send(client, register(marks=marks))
    [event] = answer.json()["events"]
    assert (answer.status_code, event["status"]) == (200, "partly")
    [reject] = event["rejects"]
    assert (reject["reason"], reject["field"], reject["value"]) == ("status", "status", "gone")
    assert "absent" in reject["says"]


def test_an_event_of_another_school_is_refused_and_counts_for_nobody(client):
    answer = send(client, [register(), register(id="r2", school="02CD")])
    assert answer.status_code == 200
    assert verdicts(answer) == [(0, "r1", "accepted"), (1, "r2", "rejected")]
    [reject] = answer.json()["events"][1]["rejects"]
    assert (reject["reason"], reject["field"], reject["value"]) == ("school", "school", "02CD")
    answer = client.get(
        "/v1/received",
        params={"school": "02CD", "date": "2026-11-23"},
        headers={"Authorization": f"Bearer {BOTH}"},
    )
    assert (answer.json()["events"], answer.json()["rejected"]) == ({}, 0)


def test_a_token_for_two_schools_may_send_for_both(client):
    both = [register(), register(id="r2", school="02CD")]
    assert send(client, both, token=BOTH).json()["accepted"] == 2


def test_only_events_of_other_schools_are_forbidden(client):
    answer = send(client, register(school="02CD"))
    assert (answer.status_code, answer.json()["type"]) == (403, "/docs#other-school")
    assert answer.json()["events"][0]["status"] == "rejected"


def test_a_clock_that_is_ahead_is_refused(client, clock):
    ahead = register(recorded_at="2026-11-23T08:51:08Z")
    answer = send(client, ahead)
    assert answer.status_code == 422
    assert answer.json()["events"][0]["rejects"][0]["reason"] == "clock"
    clock.now = NOW + 1
    assert send(client, ahead).status_code == 200


def test_nobody_sends_without_a_token(client):
    del client.headers["Authorization"]
    answer = client.post("/v1/events", json=register())
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
