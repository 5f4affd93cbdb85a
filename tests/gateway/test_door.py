"""The door's contract: what comes in, what is answered, what the log then has."""

import gzip
import json

import msgspec
import pytest
from litestar.testing import TestClient
from senders import BOTH, NOW, TOKEN, register

from config.settings import Gateway
from models.events.types import EVENT_TYPES, Mark
from streams.gateway.app import build_gateway
from streams.gateway.log import BusyError, UnkeptError
from streams.gateway.says import SENTENCES

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


@pytest.fixture
def client_of_memory(memory, tokens, limits, metrics, clock):
    with TestClient(build_gateway(memory, tokens, limits, metrics, clock)) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield client


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (BusyError(7), 429),
        (BusyError(0), 429),
        (UnkeptError("x", is_full=True), 507),
        (UnkeptError("x", is_full=False), 503),
    ],
)
def test_what_the_log_cannot_keep_is_not_acknowledged(client_of_memory, memory, trouble, status):
    memory.trouble = trouble
    for answer in (
        send(client_of_memory, register()),
        client_of_memory.get("/v1/received", params={"date": "2026-11-23"}),
    ):
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert int(answer.headers["retry-after"]) >= max(1, getattr(trouble, "retry_after", 1))
        assert answer.headers["content-type"] == "application/problem+json"
    memory.trouble = None
    assert send(client_of_memory, register()).status_code == 200


def test_it_is_ready_while_its_log_is(client_of_memory, memory):
    assert client_of_memory.get("/readyz").text == "ready\n"
    memory.why_unready = "the disk is full"
    answer = client_of_memory.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the disk is full\n")
    assert client_of_memory.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ([register(id="a"), register(id="b")], JSON),
        (json.dumps([register(id="a"), register(id="b")], indent=2).encode(), JSON),
        (b"\n".join(json.dumps(register(id=i)).encode() for i in "ab"), LINES),
        (b"\r\n\r\n".join(json.dumps(register(id=i)).encode() for i in "ab"), JSON),
        (
            gzip.compress(b"\n".join(json.dumps(register(id=i)).encode() for i in "ab"), mtime=0),
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
    assert (reject["reason"], reject["field"]) == ("status", "marks[0].status")
    assert reject["value"] == "gone"
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


def test_the_address_may_be_spelled_with_a_stroke_at_its_end(client):
    answer = client.post("/v1/events/", json=register())
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)


def test_nobody_sends_without_a_token(client):
    del client.headers["Authorization"]
    answer = client.post("/v1/events", json=register())
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


# ---- much in one request


@pytest.fixture
def client_of_much(memory, tokens, metrics, clock):
    with TestClient(build_gateway(memory, tokens, Gateway(), metrics, clock)) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield client


@pytest.mark.parametrize("as_array", [False, True])
def test_a_large_body_is_answered_event_by_event_too(client_of_much, memory, as_array):
    events = [register(id=f"r{number}") for number in range(2000)]
    events[1234] |= {"school": "02CD"}
    lines = [json.dumps(event).encode() for event in events]
    body = b"[" + b",".join(lines) + b"]" if as_array else b"\n".join(lines)
    assert len(body) > 256 * 1024
    answer = send(client_of_much, body, JSON if as_array else LINES)
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (1999, 1)
    assert verdicts(answer)[1233:1236] == [
        (1233, "r1233", "accepted"),
        (1234, "r1234", "rejected"),
        (1235, "r1235", "accepted"),
    ]
    assert [arrival.line for arrival, _ in memory.kept] == lines


def test_a_large_body_that_is_broken_is_told_so(client_of_much, memory):
    answer = send(client_of_much, b"[" + b"{}," * 100_000)
    assert (answer.status_code, memory.kept) == (413, [])
    answer = send(client_of_much, b"[" + json.dumps(register()).encode() * 1000)
    assert (answer.status_code, memory.kept) == (400, [])


# ---- what came in


def received(client, token=TOKEN, **query):
    answer = client.get("/v1/received", params=query, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_was_refused_is_shown_newest_first_with_its_reason(client, clock):
    marks = [{"pupil": "p81", "status": "gone"}, {"pupil": "p82", "status": "late"}]
    send(client, register(id="r1", marks=marks))
    clock.now += 60
    send(client, register(id="r2", recorded_at="2026-11-23T09:40:00Z"))
    found = received(client)
    assert (found["events"], found["marks"], found["rejected"]) == ({"register": 1}, 1, 2)
    assert [(r["event"], r["reason"], r["arrived_at"]) for r in found["rejects"]] == [
        ("r2", "clock", "2026-11-23T08:42:07Z"),
        ("r1", "status", "2026-11-23T08:41:07Z"),
    ]
    assert all(reject["says"] for reject in found["rejects"])
    assert found["last_arrived_at"] == "2026-11-23T08:42:07Z"


def test_an_event_of_another_school_is_shown_to_the_one_who_sent_it(client):
    send(client, [register(), register(id="r2", school="02CD")])
    found = received(client)
    assert found["events"] == {"register": 1}
    assert [(r["event"], r["reason"], r["value"]) for r in found["rejects"]] == [
        ("r2", "school", "02CD")
    ]
    assert received(client, BOTH, school="02CD")["rejected"] == 0


def test_a_line_of_no_school_is_shown_to_the_one_who_sent_it(client):
    send(client, b"{broken", LINES)
    send(client, {"type": "register", "id": "r7"})
    assert [(r["event"], r["reason"]) for r in received(client)["rejects"]] == [
        ("r7", "school"),
        (None, "json"),
    ]


def test_sending_again_is_counted_and_does_no_harm(client):
    for _ in range(2):
        assert verdicts(send(client, register())) == [(0, "r1", "accepted")]
    assert received(client)["events"] == {"register": 2}


def test_today_is_the_schools_today(client, clock):
    clock.now = 1_795_475_400  # 2026-11-23T23:10:00Z: tomorrow in Amsterdam
    send(client, register())
    assert received(client)["date"] == "2026-11-24"
    school = register(type="school", id="s1", timezone="America/New_York")
    send(client, school)
    found = received(client)
    assert (found["date"], found["timezone"]) == ("2026-11-23", "America/New_York")
    assert found["events"] == {"register": 1, "school": 1}


@pytest.mark.parametrize("date", ["0001-01-01", "1970-01-01", "9999-12-31"])
def test_any_date_can_be_asked_for(client, date):
    send(client, register())
    found = received(client, date=date)
    assert (found["date"], found["events"], found["rejects"]) == (date, {}, [])
    assert found["last_arrived_at"] is None


def test_every_kind_of_event_is_taken(client):
    head = {"school": "01AB", "recorded_at": "2026-11-23T08:40:00Z"}
    events = [
        head | {"type": "school", "id": "s1", "name": "De Brug"},
        head | {"type": "enrolment", "id": "e1", "pupil": "p81", "from": "2026-08-24"},
        head | {"type": "calendar", "id": "c1", "date": "2026-10-12", "open": False},
        register(),
        head | {"type": "response", "id": "a1", "pupil": "p81", "alert": "x", "action": "seen"},
        head | {"type": "erase", "id": "x1", "pupil": "p82"},
        head | {"type": "close", "id": "k1", "date": "2026-11-23"},
    ]
    answer = send(client, events)
    assert answer.json()["accepted"] == len(events)
    assert received(client)["events"] == {event["type"]: 1 for event in events}


def test_each_reason_for_a_refusal_has_a_sentence_that_names_its_field():
    named = {
        field.encode_name for kind in (*EVENT_TYPES, Mark) for field in msgspec.structs.fields(kind)
    } - {"name"}
    others = {"type", "json", "object", "mark", "clock", "in the future", "too old"}
    assert named | others | {"key", "partition"} == SENTENCES.keys()
    assert all(f"`{field}`" in SENTENCES[field] for field in named)
