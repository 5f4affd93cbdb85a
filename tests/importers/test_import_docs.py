"""docs/import.md: its examples work, and print what it says."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gemist.cli.import_ import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "import.md"
TEXT = DOCS.read_text() if DOCS.is_file() else ""
FILES = re.findall(r"`(\S+\.\w+)`:\n\n```\w+\n(.*?)```", TEXT, re.DOTALL)
EXAMPLES = re.findall(r"```console\n\$ gemist import (.*?)\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.skipif(not TEXT, reason="the docs are not in a wheel's folder")
def test_every_example_of_the_docs_prints_what_they_say(tmp_path, monkeypatch):
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    monkeypatch.chdir(tmp_path)
    for name, content in FILES:
        Path(name).write_text(content)
    assert len(EXAMPLES) == 3
    for command, printed in EXAMPLES:
        done = CliRunner().invoke(app, shlex.split(command))
        assert done.stdout == printed, done.stderr
