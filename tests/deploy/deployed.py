"""What is in deploy, as those read it who run it; and what gemist itself says about it."""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import typer.main

from config.settings import Settings, load
from gemist.cli import app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
READER = ROOT / ".deploy" / "read"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
IMAGE = f"gemist:{VERSION}"

OF_LIBPQ = {"PGPASSWORD"}
"""What gemist's programs take from their environment beside gemist's settings."""

PINNED = re.compile(r"^[a-z./-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?(@sha256:[0-9a-f]{64})?$")


def needed(program: str | Path, how: str) -> str:
    """Path of a program; without it the test is skipped, and in CI it fails."""
    found = shutil.which(program)
    if found is None:
        message = f"{program} is not there: {how}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


def read(
    *arguments: str | Path, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Have the reader of compose files and kustomizations read something."""
    reader = needed(READER, "make deploy-reader")
    return subprocess.run(
        [reader, *arguments],
        env=dict(environ or {}) | {"HOME": "/nonexistent", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def parse(arguments: Sequence[str]) -> str:
    """Have gemist's command line read arguments, without doing it; gives the command's name.

    What is no command, no option or no value raises typer's own error.
    """
    command = typer.main.get_command(app)
    name, rest = arguments[0], list(arguments[1:])
    while hasattr(command, "commands"):
        command = command.commands[name]
        if hasattr(command, "commands"):
            name, rest = rest[0], rest[1:]
    with command.make_context(name, rest):
        return name


def settings_of(environment: Mapping[str, str]) -> Settings:
    """Settings that a program has in this environment, which has nothing else that is for it."""
    strange = {name for name in environment if not name.startswith("GEMIST_")} - OF_LIBPQ
    assert not strange
    return load(environ=environment).settings
