"""What somebody who means harm cannot do."""

import gzip
import json
import tracemalloc

import pytest
from builders import bad_line
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from senders import BOTH, TOKEN, register

from models.events.checks import read_line
from streams.gateway.tokens import TokensUnreadableError
from streams.head import Head, read_head

JSON = {"Content-Type": "application/json"}
GZIP = JSON | {"Content-Encoding": "gzip"}
LINES = {"Content-Type": "application/x-ndjson"}


def send(client, body, headers=JSON):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/v1/events", content=content, headers=headers)


def packed(body):
    return gzip.compress(body, mtime=0)


def short(value):
    """What a case is called: its first letters."""
    return "".join(filter(str.isalnum, repr(value)))[:16] if isinstance(value, bytes) else None


def problem(answer):
    """Status and kind of a problem, whose words are there."""
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["detail"]
    assert told["title"]
    return answer.status_code, told["type"].removeprefix("/docs#")


# ---- tokens


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN} {TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN},",
        f"Bearer\t{TOKEN}",
        "Bearer ' OR 1=1 --",
        "Bearer " + "a" * 600,
        "Bearer \xe9",
    ],
)
@pytest.mark.parametrize("path", ["/v1/events", "/v1/received"])
def test_without_a_valid_token_nothing_is_taken_and_nothing_is_told(client, path, authorization):
    del client.headers["Authorization"]
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    if path == "/v1/events":
        answer = client.post(path, json=register(), headers=headers)
    else:
        answer = client.get(path, headers=headers)
    assert problem(answer) == (401, "no-token")
    assert answer.headers["www-authenticate"].startswith('Bearer realm="gemist"')
    assert TOKEN not in answer.text


def test_two_authorizations_are_none(client):
    del client.headers["Authorization"]
    headers = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", f"Bearer {BOTH}")]
    assert problem(client.get("/v1/received", headers=headers)) == (401, "no-token")


def test_bearer_is_read_in_any_case(client):
    client.headers["Authorization"] = f"bEARER {TOKEN}"
    assert send(client, register()).status_code == 200


def test_a_token_that_was_revoked_is_refused_at_once(client, tokens):
    assert send(client, register()).status_code == 200
    del tokens.known[TOKEN]
    assert problem(send(client, register())) == (401, "no-token")


def test_when_nobody_can_say_whose_a_token_is_the_sender_comes_again(client, tokens, monkeypatch):
    def unreadable(_token):
        raise TokensUnreadableError("disk I/O error")

    monkeypatch.setattr(tokens, "schools_of", unreadable)
    answer = send(client, register())
    assert problem(answer) == (503, "unkept")
    assert int(answer.headers["retry-after"]) > 0
    assert "disk" not in answer.text


def test_what_another_school_sent_is_not_shown(client):
    assert problem(client.get("/v1/received", params={"school": "02CD"})) == (403, "other-school")


# ---- whose an event is


def deep(levels):
    return b'{"school":"02CD","x":' + b"[" * levels + b"]" * levels + b"}"


def of_another(**fields):
    return json.dumps(register(school="02CD") | fields).encode()


DISGUISES = [
    of_another(),
    of_another().replace(b'"school"', b'"sch\\u006fol"'),
    of_another()[:-1] + b',"x":' + b"1" * 5000 + b"}",
    of_another()[:-1] + b',"x":' + b"[" * 900 + b"]" * 900 + b"}",
    of_another()[:-1] + b',"x":' + b"[" * 1015 + b"]" * 1015 + b"}",
    b'{"school":"01AB",' + of_another()[1:],
    of_another()[:-1] + b',"id":' + b"9" * 30 + b',"id":"r1"}',
]


@pytest.mark.parametrize("line", DISGUISES, ids=short)
@pytest.mark.parametrize("as_array", [False, True])
def test_no_disguise_makes_an_event_the_senders_own(client, line, as_array):
    answer = send(client, b"[" + line + b"]" if as_array else line)
    assert problem(answer)[0] in {400, 403, 422}
    for event in answer.json().get("events", ()):
        assert event["status"] == "rejected"


@given(st.randoms(use_true_random=False))
def test_the_door_and_the_book_read_the_same_school_in_a_line(random):
    line = bad_line(random)
    event, _ = read_line(line, 0)
    if event is not None:
        head = read_head(line)
        assert (head.school, head.recorded_at, head.id) == (
            event.school,
            event.recorded_at,
            event.id,
        )


@pytest.mark.parametrize("line", DISGUISES, ids=short)
def test_the_door_reads_whatever_the_book_reads(line):
    event, _ = read_line(line, 0)
    expected = Head(None, None, None) if event is None else Head("02CD", event.recorded_at, "r1")
    assert read_head(line) == expected


# ---- what a body may be


@given(st.lists(st.randoms(use_true_random=False), min_size=1, max_size=5))
def test_no_line_is_the_programs_mistake(client_of_many, randoms):
    lines = [bad_line(random) for random in randoms]
    answer = send(client_of_many, b"\n".join(lines), LINES)
    assert answer.status_code in {200, 400, 403, 413, 422}
    if answer.status_code not in {400, 413}:
        left = [line for line in b"\n".join(lines).split(b"\n") if line.strip(b" \t\r\n")]
        assert len(answer.json()["events"]) == len(left)


@pytest.fixture(scope="module")
def client_of_many():
    """One client for all the examples of a property."""
    from memory_log import MemoryLog  # noqa: PLC0415
    from senders import FewTokens, Hand  # noqa: PLC0415

    from config.metrics import new_metrics  # noqa: PLC0415
    from config.settings import Gateway  # noqa: PLC0415
    from streams.gateway.app import build_gateway  # noqa: PLC0415

    app = build_gateway(MemoryLog(Hand()), FewTokens(), Gateway(), new_metrics(), Hand())
    with TestClient(app) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield client


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b" \r\n\t", 400),
        (b"[]", 400),
        (b"[ \n ]", 400),
        (b"[1, 2", 400),
        (b'[{"type":"close"},]', 400),
        (b"[NaN]", 400),
        (b'[{}\x00, "]', 400),
        (b"[" * 100_000, 413),
        (b"[" * 30_000 + b"]" * 30_000, 400),
        (b'{\n"type": "register",\n"marks": [\n{"pupil": "p81"},\n]\n}', 400),
        (b"null", 422),
        (b"\xff\xfe", 422),
        (b"\xef\xbb\xbf{}", 422),
        (b'{"type":"close","id":"\\ud800"}', 422),
        (b'{"type":"register","session":18446744073709551617}', 422),
        (b'{"session":' + b"1" * 5000 + b"}", 422),
        (b"[18446744073709551617, -1e999, 1.5]", 422),
        (b'["\xff"]', 422),
        (b'[{"school":"\xff"}]', 422),
        (b'["\\ud800"]', 400),
        (deep(20_000), 422),
    ],
    ids=short,
)
def test_what_is_no_event_is_refused_and_never_the_programs_mistake(client, body, status):
    answer = send(client, body)
    assert problem(answer)[0] == status


def test_an_object_on_many_lines_is_one_event_on_one_line(client):
    pretty = json.dumps(register(), indent=2).replace("\n", "\r\n").encode()
    assert send(client, pretty).json()["accepted"] == 1
    assert send(client, b"[" + pretty + b"]").json()["accepted"] == 1
    read = client.get("/v1/received", params={"date": "2026-11-23"}).json()
    assert read["events"] == {"register": 2}


def test_blank_lines_are_nothing(client):
    line = json.dumps(register()).encode()
    answer = send(client, b"\n \r\n" + line + b"\r\n\t\n" + line + b"\n\n", LINES)
    assert [event["index"] for event in answer.json()["events"]] == [0, 1]


def test_a_line_that_is_no_json_harms_no_other(client):
    line = json.dumps(register()).encode()
    answer = send(client, line + b"\n{broken\n" + line, LINES)
    verdicts = [event["status"] for event in answer.json()["events"]]
    assert verdicts == ["accepted", "rejected", "accepted"]
    assert answer.json()["events"][1]["rejects"][0]["reason"] == "json"


@pytest.mark.parametrize("identity", ["x\r\nSet-Cookie: a=b", "\x1b[31mred", "a\u2028b", "é" * 64])
def test_an_id_that_is_none_is_told_to_nobody_and_breaks_nothing(client, identity):
    answer = send(client, register(id=identity))
    assert problem(answer) == (422, "refused")
    [event] = answer.json()["events"]
    assert event["id"] is None
    [told] = client.get("/v1/received").json()["rejects"]
    assert told["event"] is None
    assert "set-cookie" not in answer.headers
    assert b"\x1b" not in answer.content


# ---- how large


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b" " * 65_537, JSON),
        (b"{}\n" * 201, LINES),
        (b"{},\n" * 1000, LINES),
        (b"{}" + b"\n" * 60_000 + b"{}", LINES),
        (b"[" + b"1," * 30_000 + b"1]", JSON),
        (b"[" + b",".join([b"{}"] * 201) + b"]", JSON),
        (packed(b" " * 10_000_000), GZIP),
        (packed(packed(b" " * 10_000_000)) * 40, GZIP),
    ],
    ids=short,
)
def test_more_than_the_door_bears_is_too_large(client, body, headers):
    status = problem(send(client, body, headers))
    assert status in {(413, "too-large"), (400, "broken")}
    assert status[0] == 413 or headers == GZIP


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        packed(b'{"a":1}')[:-3],
        packed(b"{}") + b"x",
        packed(b"{}") * 2,
        b"\x1f\x8b",
    ],
    ids=short,
)
def test_what_is_no_gzip_is_broken(client, body):
    assert problem(send(client, body, GZIP)) == (400, "broken")


@pytest.mark.parametrize("headers", [JSON, LINES], ids=["json", "lines"])
def test_gzip_that_no_header_tells_of_is_said_to_be_gzip(client, headers):
    answer = send(client, packed(json.dumps(register()).encode()), headers)
    assert problem(answer) == (400, "broken")
    assert "Content-Encoding: gzip" in answer.json()["detail"]


def test_a_zip_bomb_takes_no_memory(client):
    bomb = packed(b" " * 60_000_000)
    assert len(bomb) < 64 * 1024
    tracemalloc.start()
    try:
        answer = send(client, bomb, GZIP)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert problem(answer) == (413, "too-large")
    assert most < 8_000_000


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        JSON | {"Content-Encoding": "br"},
        JSON | {"Content-Encoding": "gzip, gzip"},
        JSON | {"Content-Encoding": "deflate"},
    ],
)
def test_what_is_not_taken_is_said(client, headers):
    assert problem(send(client, register(), headers)) == (415, "media")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "application/json; charset=UTF-8"},
        {"Content-Type": 'APPLICATION/JSON;charset="utf-8"'},
        {"Content-Type": "application/jsonl"},
        JSON | {"Content-Encoding": "identity"},
    ],
)
def test_what_is_taken_may_be_said_in_several_ways(client, headers):
    assert send(client, register(), headers).status_code == 200


# ---- elsewhere


def test_what_is_not_there_is_a_problem_too(client):
    assert problem(client.get("/v1/nothing")) == (404, "not-found")
    assert problem(client.get("/%1b[31m%0d%0aX: y/../..")) == (404, "not-found")
    answer = client.delete("/v1/events")
    assert problem(answer) == (405, "method")
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize(
    "query",
    [
        "date=2026-02-30",
        "date=20261123",
        "date=",
        "date=2026-11-23&date=2026-11-24",
        "date=2026-11-23%0d%0aX:%20y",
        "date=%ff",
        "&".join(f"x{number}=1" for number in range(99)),
    ],
)
def test_a_query_that_cannot_be_read_is_broken(client, query):
    assert problem(client.get(f"/v1/received?{query}")) == (400, "broken")


def test_a_token_for_several_schools_says_which(client):
    client.headers["Authorization"] = f"Bearer {BOTH}"
    assert problem(client.get("/v1/received")) == (400, "broken")
    assert client.get("/v1/received", params={"school": "02CD"}).json()["school"] == "02CD"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_health_and_figures_need_no_token_and_tell_of_no_pupil(client, path):
    send(client, register())
    del client.headers["Authorization"]
    answer = client.get(path)
    assert answer.status_code == 200
    for secret in ("01AB", "p81", "r1\n", TOKEN):
        assert secret not in answer.text
