"""A real Prometheus, run on a folder of a test."""

import json
import os
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager

import pytest
from served import free_port

LIMIT_SECONDS = 120


def program(name):
    """Where Debian's package put a program; without it the test is skipped, but not in CI."""
    found = shutil.which(name)
    if found is None:
        assert os.environ.get("CI") != "true", f"{name} is not there: apt-get install prometheus"
        pytest.skip(f"needs {name}: apt-get install prometheus")
    return found


class Prometheus:
    """Its answers."""

    def __init__(self, port):
        self.address = f"127.0.0.1:{port}"

    def asked(self, path):
        """The data of an answer; ``path`` is below ``/api/v1/``."""
        with urllib.request.urlopen(f"http://{self.address}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]

    def value(self, query):
        """Sum of what a query finds; None where it finds nothing."""
        asked = urllib.parse.urlencode({"query": query})
        found = self.asked(f"query?{asked}")["result"]
        return sum(float(each["value"][1]) for each in found) if found else None

    def raised(self):
        """Names of the alarms that stand."""
        alarms = self.asked("alerts")["alerts"]
        return {each["labels"]["alertname"] for each in alarms if each["state"] == "firing"}

    def wait_until(self, holds, what):
        """Come back when something holds, which is asked again and again."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            try:
                if holds():
                    return
            except OSError:  # it has not begun yet
                pass
            time.sleep(0.2)
        raise TimeoutError(f"{what}; raised: {self.raised()}; up: {self.value('up')}")


@contextmanager
def running(folder):
    """Run one by the folder's ``prometheus.yml``."""
    port = free_port()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [
                program("prometheus"),
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stderr=log,
        )
    try:
        yield Prometheus(port)
    finally:
        process.terminate()
        process.wait(LIMIT_SECONDS)
