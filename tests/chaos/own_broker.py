"""A broker of the test's own, that may die, and whose disk may be full."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

BROKER = Path(__file__).resolve().parents[2] / "deploy" / "kafka" / "broker.py"
GONE_SECONDS = 60


def free_ports(count):
    """So many ports in a row that nobody listens on."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = probe.getsockname()[1]
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


class OwnBroker:
    """Listens twice: for this test on ``address``, and for workers behind a proxy."""

    def __init__(self, home, proxy_port):
        self._home = home
        self._port = free_ports(3)
        self._proxy_port = proxy_port
        self.address = f"127.0.0.1:{self._port}"
        self.behind_proxy = ("127.0.0.1", self._port + 2)

    def _run(self, action):
        ports = ["--port", str(self._port), "--proxy", str(self._proxy_port)]
        subprocess.run(
            [sys.executable, BROKER, action, "--home", self._home, *ports],
            check=True,
            capture_output=True,
            timeout=150,
        )

    def start(self):
        self._run("start")

    def stop(self):
        self._run("stop")

    def kill(self):
        """Kill -9, and wait until it is gone: one that is still dying would count as started."""
        os.kill(self._pid(), signal.SIGKILL)
        deadline = time.monotonic() + GONE_SECONDS
        while self.is_running():
            assert time.monotonic() < deadline, f"not gone {GONE_SECONDS} s after kill -9"
            time.sleep(0.05)

    def fill_disk(self):
        """Let no file grow: what is appended fails, as on a disk without room."""
        _, hard = resource.prlimit(self._pid(), resource.RLIMIT_FSIZE)
        resource.prlimit(self._pid(), resource.RLIMIT_FSIZE, (4096, hard))

    def is_running(self):
        try:
            command = Path(f"/proc/{self._pid()}/cmdline").read_text(encoding="utf-8")
        except OSError:
            return False
        return str(self._home) in command

    def log(self):
        return (self._home / "broker.log").read_text(errors="replace")

    def _pid(self):
        return int((self._home / "pid").read_text())
