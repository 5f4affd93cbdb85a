"""A real broker: the one that the settings name, else the one of `make kafka`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_BROKER = Path(__file__).resolve().parents[1] / "deploy" / "kafka" / "broker.py"
_PORT = 9092
_IN_CI = os.environ.get("CI") == "true"


def broker(action: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(_BROKER), action]
    return subprocess.run(command, text=True, capture_output=True, check=False)


@contextmanager
def running_broker() -> Iterator[str]:
    """Its address; one that was started for this is stopped at the end."""
    configured = os.environ.get("GEMIST_KAFKA__BOOTSTRAP")
    if configured:
        yield configured
        return
    if not _IN_CI and not shutil.which("java"):
        pytest.skip("needs Java 17 to start a broker")
    was_running = broker("status").returncode == 0
    started = broker("start")
    assert started.returncode == 0, started.stderr
    yield f"127.0.0.1:{_PORT}"
    if not was_running:
        broker("stop")
