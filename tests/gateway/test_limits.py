"""What a sender cannot do to the door: slow clients, great bodies, and what is no HTTP."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import tracemalloc
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from senders import TOKEN, register

from config.settings import Gateway
from streams.gateway.app import build_gateway
from streams.gateway.log import Outcome
from streams.gateway.serving import serving

HEAD = (
    b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer " + TOKEN.encode() + b"\r\n"
)
EVENT = json.dumps(register()).encode()
WAIT_SECONDS = 20


@pytest.fixture
def log(memory):
    """Any log will do."""
    return memory


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


@contextmanager
def opened(app, limits, metrics):
    """The address of a running door."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = listening.getsockname()
    with serving(app, listening, limits, metrics):
        yield address


@pytest.fixture
def door(app, limits, metrics):
    """A door that waits for nobody."""
    with opened(app, limits, metrics) as address:
        yield address


@pytest.fixture
def patient_door(app, metrics):
    """A door that waits for a machine with much else to do."""
    with opened(app, Gateway(connections=8), metrics) as address:
        yield address


def connected(door):
    return socket.create_connection(door, timeout=WAIT_SECONDS)


def answer(connection):
    """Status and body of the next answer."""
    file = connection.makefile("rb", buffering=0)
    line = file.readline()
    if not line:
        return None
    length = 0
    while (header := file.readline().strip().lower()) != b"":
        if header.startswith(b"content-length:"):
            length = int(header.split(b":")[1])
    body = b""
    while len(body) < length:
        body += file.read(length - len(body))
    return int(line.split()[1]), json.loads(body)


def whole(body, *more):
    return HEAD + b"".join(more) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def cut_offs(metrics):
    return {
        sample.labels["reason"]: sample.value
        for sample in metrics.door_cut_off.collect()[0].samples
        if sample.name.endswith("_total")
    }


def test_one_connection_takes_many_requests(patient_door):
    with connected(patient_door) as connection:
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


def test_headers_that_follow_a_body_at_once_are_not_counted_with_it(door, limits):
    body = EVENT + b" " * 2 * limits.header_bytes
    with connected(door) as connection:
        connection.sendall(whole(body) * 2 + HEAD)
        assert [answer(connection)[0] for _ in range(3)] == [200, 200, 408]


def test_what_is_no_http_is_told_so(patient_door):
    with connected(patient_door) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert answer(connection)[0] == 400


@pytest.mark.parametrize(
    "line",
    [
        b"GET /\xff HTTP/1.1",
        b"GET /%ff%00%0d%0a HTTP/1.1",
        b"CONNECT x:1 HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET http://elsewhere/healthz?x HTTP/1.1",
        b"PRI * HTTP/2.0",
        b"TRACE /v1/events HTTP/1.1",
        b"GET /v1/events HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade",
        b"POST /v1/events HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        b"POST /v1/events HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6",
        b"POST /v1/events HTTP/1.1\r\nContent-Length: -5",
    ],
)
def test_an_odd_request_harms_nobody(patient_door, line):
    with connected(patient_door) as connection, connected(patient_door) as other:
        connection.sendall(line + b"\r\nHost: x\r\n\r\n")
        status = int(connection.recv(4096).split()[1])
        assert 200 <= status < 500
        other.sendall(whole(EVENT))
        assert answer(other)[0] == 200


def test_more_connections_than_allowed_are_told_to_come_later(patient_door):
    held = [connected(patient_door) for _ in range(8)]
    try:
        held[-1].sendall(whole(EVENT))
        assert answer(held[-1])[0] == 200  # so all of them have been taken
        with connected(patient_door) as one_more:
            assert answer(one_more)[0] == 429
    finally:
        for connection in held:
            connection.close()


# ---- great bodies


@pytest.mark.parametrize("is_chunked", [False, True])
def test_of_a_hundred_megabytes_the_first_are_enough_to_say_no(patient_door, is_chunked):
    size, part = 100_000_000, b" " * 65_536
    length = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: %d" % size
    if is_chunked:
        part = b"10000\r\n" + part + b"\r\n"
    tracemalloc.start()
    try:
        with connected(patient_door) as connection:
            connection.sendall(HEAD + length + b"\r\n\r\n" + part * 2)
            status, problem = answer(connection)
            assert (status, problem["type"]) == (413, "/docs#too-large")
            with suppress(ConnectionError):  # it may be cut off at any time
                for _ in range(size // len(part)):
                    connection.sendall(part)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8_000_000


def test_who_waits_for_a_word_before_a_great_body_gets_it(patient_door):
    with connected(patient_door) as connection:
        connection.sendall(
            HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(EVENT)
        )
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(EVENT)
        assert answer(connection)[0] == 200
    with connected(patient_door) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 100000000\r\n\r\n")
        assert answer(connection)[0] == 413


def test_after_a_refusal_the_connection_can_be_used_again(patient_door):
    with connected(patient_door) as connection:
        unknown = whole(EVENT).replace(TOKEN.encode(), b"nobody")
        connection.sendall(unknown)
        assert answer(connection)[0] == 401
        connection.sendall(whole(EVENT))
        assert answer(connection)[0] == 200


def test_who_does_not_read_long_answers_is_cut_off(door, metrics):
    refused = whole(json.dumps([{"school": "01AB", "x": "y" * 20}] * 190).encode())
    with connected(door) as connection, suppress(ConnectionError):
        while True:  # the door stops to read, and then ends the connection
            connection.sendall(refused)
    assert cut_offs(metrics) == {"slow reader": 1}


# ---- much at once, and the end


class Gate:
    """A log that keeps nothing until it is told to."""

    def __init__(self):
        self.opened, self.asked = threading.Event(), threading.Event()

    async def append(self, arrivals):
        self.asked.set()
        await asyncio.to_thread(self.opened.wait, WAIT_SECONDS)
        return [Outcome(accepted=True) for _ in arrivals]

    def unready(self):
        return None


def test_more_requests_at_once_than_the_door_bears_are_told_to_come_again(tokens, metrics, clock):
    gate, limits = Gate(), Gateway(requests=1)
    app = build_gateway(gate, tokens, limits, metrics, clock)
    with (
        opened(app, limits, metrics) as address,
        connected(address) as first,
        connected(address) as second,
    ):
        first.sendall(whole(EVENT))
        assert gate.asked.wait(WAIT_SECONDS)
        second.sendall(whole(EVENT))
        status, problem = answer(second)
        assert (status, problem["type"]) == (429, "/docs#too-much")
        gate.opened.set()
        assert answer(first)[0] == 200
        second.sendall(whole(EVENT))
        assert answer(second)[0] == 200


def test_bodies_that_take_all_the_room_are_told_to_come_again(tokens, metrics, clock, log):
    limits = Gateway(held_bytes=1024)
    app = build_gateway(log, tokens, limits, metrics, clock)
    with (
        opened(app, limits, metrics) as address,
        connected(address) as connection,
    ):
        connection.sendall(whole(EVENT + b" " * 1024))
        assert answer(connection)[0] == 429
        connection.sendall(whole(EVENT))  # what was held was given back
        assert answer(connection)[0] == 200


SERVED = """
import asyncio, socket, sys
from senders import FewTokens, Hand
from config.metrics import new_metrics
from config.settings import Gateway
from streams.gateway.app import build_gateway
from streams.gateway.app import build_gateway
from streams.gateway.log import Outcome
from streams.gateway.serving import serve

class Slow:
    async def append(self, arrivals):
        print("asked", flush=True)
        await asyncio.sleep(1)
        return [Outcome(accepted=True) for _ in arrivals]

limits, metrics = Gateway(), new_metrics()
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
serve(build_gateway(Slow(), FewTokens(), limits, metrics, Hand()), listening, limits, metrics)
print("ended", flush=True)
"""


def test_at_sigterm_what_is_under_way_is_answered_and_the_program_goes_on():
    here = str(Path(__file__).parent)
    path = os.pathsep.join((here, str(Path.cwd())))
    with subprocess.Popen(
        [sys.executable, "-c", SERVED],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    ) as server:
        address = ("127.0.0.1", int(server.stdout.readline()))
        with connected(address) as idle, connected(address) as connection:
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.sendall(whole(EVENT))
            assert server.stdout.readline() == "asked\n"
            server.send_signal(signal.SIGTERM)
            assert answer(connection)[0] == 200
            assert connection.recv(1) == b""
        assert server.stdout.read() == "ended\n"
    assert server.returncode == 0
