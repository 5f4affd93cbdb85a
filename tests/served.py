"""`gemist serve` as a user starts it: a process of its own, asked over HTTP."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

PATIENCE_SECONDS = 30.0
COMMAND = (sys.executable, "-m", "gemist")


def environment() -> dict[str, str]:
    """Where the program is found, and nobody's settings."""
    path = ":".join(filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    own = {name: value for name, value in os.environ.items() if not name.startswith("GEMIST_")}
    return own | {"PYTHONPATH": path}


def gemist(*words: object, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*before, *COMMAND, *map(str, words)], capture_output=True, text=True, check=False,
        timeout=PATIENCE_SECONDS, env=environment(),
    )  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


class Served:
    """A node that serves a folder, until it is stopped or killed."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, env=self.environment()
            )
        limit = time.monotonic() + PATIENCE_SECONDS
        while self.get("/readyz") != 200:
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < limit, "not ready"
            time.sleep(0.02)

    def command(self) -> list[str]:
        """How it is started."""
        listen = f"127.0.0.1:{self.port}"
        return [*COMMAND, "serve", "--data", str(self.folder), "--listen", listen]

    def environment(self) -> dict[str, str]:
        """With which settings."""
        return environment()

    def kill(self) -> None:
        """As a power cut would end it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """As an operator ends it; its status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE_SECONDS)

    def get(self, path: str) -> int | None:
        """The status of an answer; None where nobody answers."""
        try:
            with contextlib.closing(self.connection()) as connection:
                connection.request("GET", path)
                return connection.getresponse().status
        except OSError:
            return None

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def token(self, *schools: str) -> str:
        words = [word for school in schools for word in ("--school", school)]
        made = gemist("token", "create", "--data", self.folder, *words)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()


@contextlib.contextmanager
def serving(folder: Path, log: Path) -> Iterator[Served]:
    """A node that is stopped at the end, whatever happens."""
    served = Served(folder, log)
    try:
        served.start()
        yield served
    finally:
        if served._process is not None and served._process.poll() is None:
            served.stop()


def post(
    connection: http.client.HTTPConnection, token: str, lines: Sequence[bytes]
) -> tuple[int, dict]:
    """Send events; the answer's status and body. Raises `OSError` or `HTTPException`."""
    connection.request(
        "POST", "/v1/events", b"\n".join(lines),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"},
    )  # fmt: skip
    answer = connection.getresponse()
    return answer.status, orjson.loads(answer.read())
