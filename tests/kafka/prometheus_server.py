"""A real Prometheus that reads programs under test by the deployed files, in hurried time."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from hurry import hurried, milliseconds

DEPLOYED = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"
LIMIT_SECONDS = 120
FACTOR = 60
"""An hour is a minute, and programs are read every quarter of a second."""
SHORTEST = 250
"""Milliseconds between two looks at a program, however hurried time is."""


def program(name):
    """Where Debian's package put a program; without it the test is skipped, but not in CI."""
    found = shutil.which(name)
    if found is None:
        assert os.environ.get("CI") != "true", f"{name} is not there: apt-get install prometheus"
        pytest.skip(f"needs {name}: apt-get install prometheus")
    return found


def deployed(name):
    """A file of deploy/prometheus, as YAML says it."""
    return yaml.safe_load((DEPLOYED / name).read_text())


class Prometheus:
    """Its answers."""

    def __init__(self, port):
        self.address = f"127.0.0.1:{port}"

    def _asked(self, path):
        with urllib.request.urlopen(f"http://{self.address}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]

    def value(self, query):
        """Sum of what a query finds; None where it finds nothing."""
        asked = urllib.parse.urlencode({"query": query})
        found = self._asked(f"query?{asked}")["result"]
        return sum(float(each["value"][1]) for each in found) if found else None

    def raised(self):
        """Names of the alarms that stand."""
        alarms = self._asked("alerts")["alerts"]
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


def _configuration(targets, factor):
    """The deployed ones, which read these addresses by their job instead of their own."""
    found, node = (
        hurried(deployed(name), factor) for name in ("prometheus.yml", "prometheus-node.yml")
    )
    jobs = {job["job_name"]: job for job in found["scrape_configs"] + node["scrape_configs"]}
    assert targets.keys() <= jobs.keys(), "no such job is deployed"
    read = [
        jobs[name] | {"static_configs": [{"targets": [address]}]}
        for name, address in targets.items()
    ]
    most_often = f"{max(milliseconds(found['global']['scrape_interval']), SHORTEST)}ms"
    intervals = ("scrape_interval", "scrape_timeout", "evaluation_interval")
    return found | {"global": dict.fromkeys(intervals, most_often), "scrape_configs": read}


@contextmanager
def prometheus(folder, targets, factor=FACTOR):
    """Run one that reads ``targets``, addresses by job, in time divided by ``factor``."""
    folder.mkdir()
    for name, content in (
        ("rules.yml", hurried(deployed("rules.yml"), factor)),
        ("prometheus.yml", _configuration(targets, factor)),
    ):
        (folder / name).write_text(yaml.safe_dump(content))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
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
        own = Prometheus(port)
        own.wait_until(lambda: own.value("up") is not None, "Prometheus reads nothing")
        yield own
    finally:
        process.terminate()
        process.wait(LIMIT_SECONDS)
