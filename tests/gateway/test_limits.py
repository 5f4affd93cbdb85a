"""What a sender cannot do to the door: slow clients, great bodies, and what is no HTTP."""

import json
import socket

import pytest
from conftest import TOKEN, register

from config.settings import Gateway
from streams.gateway.serving import serving

HEAD = (
    b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer " + TOKEN.encode() + b"\r\n"
)
EVENT = json.dumps(register()).encode()
WAIT_SECONDS = 20


@pytest.fixture
def limits():
    return Gateway(
        body_bytes=64 * 1024,
        header_bytes=2048,
        header_seconds=0.4,
        body_seconds=0.6,
        idle_seconds=0.5,
        connections=8,
    )


@pytest.fixture
def door(app, limits, metrics):
    """The address of a running door."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = listening.getsockname()
    with serving(app, listening, limits, metrics):
        yield address


def connected(door):
    return socket.create_connection(door, timeout=WAIT_SECONDS)


def answer(connection):
    """Status and body of the next answer, and whether nothing follows it."""
    file = connection.makefile("rb")
    line = file.readline()
    if not line:
        return None
    length = 0
    while (header := file.readline().strip().lower()) != b"":
        if header.startswith(b"content-length:"):
            length = int(header.split(b":")[1])
    return int(line.split()[1]), json.loads(file.read(length))


def whole(body, *more):
    return HEAD + b"".join(more) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def cut_offs(metrics):
    return {
        sample.labels["reason"]: sample.value
        for sample in metrics.door_cut_off.collect()[0].samples
        if sample.name.endswith("_total")
    }


def test_one_connection_takes_many_requests(door):
    with connected(door) as connection:
        for _ in range(3):
            connection.sendall(whole(EVENT))
            assert answer(connection)[0] == 200


def test_who_sends_headers_a_byte_now_and_then_is_cut_off(door, metrics):
    with connected(door) as connection:
        connection.sendall(HEAD)  # and never the empty line
        assert answer(connection)[0] == 408
        assert connection.recv(1) == b""
    assert cut_offs(metrics) == {"slow headers": 1}


def test_who_sends_nothing_is_cut_off_without_a_word(door, metrics):
    with connected(door) as connection:
        assert connection.recv(1) == b""
    with connected(door) as connection:
        connection.sendall(whole(EVENT))
        assert answer(connection)[0] == 200
        connection.sendall(b"\r\n")  # a line end that begins no request
        assert connection.recv(1) == b""
    assert cut_offs(metrics) == {}


def test_who_sends_a_body_slowly_is_cut_off_and_nothing_is_kept(door, metrics, log):
    with connected(door) as connection:
        connection.sendall(whole(EVENT)[:-1])
        status, problem = answer(connection)
        assert (status, problem["type"]) == (408, "/docs#too-slow")
        assert connection.recv(1) == b""
    assert cut_offs(metrics) == {"slow body": 1}
    assert log.kept == []


def test_a_drip_of_bytes_buys_no_time(door):
    with connected(door) as connection:
        connection.sendall(HEAD + b"Content-Length: 10000\r\n\r\n")
        connection.settimeout(0.05)
        for _ in range(200):
            try:
                connection.sendall(b" ")
                connection.recv(12, socket.MSG_PEEK)
                break
            except TimeoutError:
                continue
            except OSError:
                break
        connection.settimeout(WAIT_SECONDS)
        assert answer(connection)[0] == 408


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: " + b"x" * 3000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: " + b"x" * 3000,
        b"GET /" + b"x" * 3000,
    ],
)
def test_headers_have_a_size(door, sent):
    with connected(door) as connection:
        connection.sendall(sent)
        assert answer(connection)[0] == 431
        assert connection.recv(1) == b""


def test_what_is_no_http_is_told_so(door):
    with connected(door) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert answer(connection)[0] == 400


def test_more_connections_than_allowed_are_told_to_come_later(door, limits):
    held = [connected(door) for _ in range(limits.connections)]
    try:
        held[-1].sendall(whole(EVENT))
        assert answer(held[-1])[0] == 200  # so all of them have been taken
        with connected(door) as one_more:
            assert answer(one_more)[0] == 429
    finally:
        for connection in held:
            connection.close()
