"""A real Prometheus that reads of a program under test, and raises the project's alarms quickly."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

DEPLOYED = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"
LIMIT_SECONDS = 60


def program(name):
    """Where Debian's package put a program; without it the test is skipped, but not in CI."""
    found = shutil.which(name)
    if found is None:
        assert os.environ.get("CI") != "true", f"{name} is not there: apt-get install prometheus"
        pytest.skip(f"needs {name}: apt-get install prometheus")
    return found


def hurried(rules):
    """Rules whose alarms do not wait: minutes become seconds, half a week an hour."""
    for pattern, instead in (
        (r"(?m)^( +for:) \w+$", r"\1 1s"),
        (r"changes\(gemist_next_offset\[1m\]\)", "changes(gemist_next_offset[5s])"),
        (r"gemist_lag_seconds > 30\b", "gemist_lag_seconds > 3"),
        (r"gemist_feed_silence_seconds > 302400\b", "gemist_feed_silence_seconds > 3600"),
    ):
        rules, changed = re.subn(pattern, instead, rules)
        assert changed, pattern
    return rules


class Prometheus:
    """Its answers."""

    def __init__(self, port):
        self._address = f"http://127.0.0.1:{port}/api/v1"

    def _asked(self, path):
        with urllib.request.urlopen(f"{self._address}/{path}", timeout=10) as answer:
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


@contextmanager
def prometheus(folder, targets):
    """Run one that reads every second: of a worker's address, or of addresses by job."""
    jobs = {"gemist-worker": targets} if isinstance(targets, str) else targets
    folder.mkdir()
    (folder / "rules.yml").write_text(hurried((DEPLOYED / "rules.yml").read_text()))
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [address]}]}
            for job, address in jobs.items()
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML too
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
