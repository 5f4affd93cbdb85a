"""README.md and docs/events.md: what they print is what comes, and their commands work."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README, EVENTS = ROOT / "README.md", ROOT / "docs" / "events.md"
SERVE_ON = (".venv/bin/gemist", "gemist serve", "make")
"""They need a broker, or do not end; those on Kafka are run in tests/kafka."""

pytestmark = pytest.mark.skipif(not README.is_file(), reason="the docs are not in a wheel's folder")


def commands(page):
    """Commands of a page's examples, but those that others test."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line[:2] == "$ "]
    return [line for line in lines if not line.startswith(SERVE_ON)]


def run(command, folder):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(folder)}
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readmes_commands_work_and_its_table_is_what_comes(tmp_path):
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    excerpt = re.search(r"```text\n(.*?)```", README.read_text(), re.DOTALL)[1]
    found = commands(README)
    assert len(found) == 15
    printed = [run(command, tmp_path) for command in found]
    assert printed[found.index("gemist show found")].startswith(excerpt)


def test_an_event_of_the_docs_is_taken_without_a_reject(tmp_path):
    event = re.search(r"```json\n(.*?)```", EVENTS.read_text(), re.DOTALL)[1]
    (tmp_path / "registers.ndjson").write_text(event)
    (command,) = commands(EVENTS)
    assert "1 events with 3 marks read, 0 rejected" in run(command, tmp_path)
