"""``gemist config`` shows what holds and where it was set."""

import json

import pytest
import typer
from typer.testing import CliRunner

from gemist.cli.config import config


@pytest.fixture
def show(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(config)
    return lambda *arguments, **env: CliRunner(env=env).invoke(app, list(arguments))


def test_every_setting_is_shown_with_its_origin(show, tmp_path):
    (tmp_path / "gemist.toml").write_text('pack = "any"\n[kafka]\nprefix = "t."\n')
    shown = show(GEMIST_KAFKA__BOOTSTRAP="b:9")
    assert shown.exit_code == 0
    rows = [line.split()[:3] for line in shown.stdout.splitlines()]
    assert ["pack", "any", "gemist.toml"] in rows
    assert ["kafka.prefix", "t.", "gemist.toml"] in rows
    assert ["kafka.bootstrap", "b:9", "GEMIST_KAFKA__BOOTSTRAP"] in rows
    assert ["scorecard", "none", "default"] in rows


def test_as_json_it_can_be_read_by_a_program(show):
    shown = json.loads(show("--json", GEMIST_PACK="none").stdout)
    assert shown["pack"] == {"value": "none", "origin": "GEMIST_PACK"}


def test_a_mistake_is_one_line_on_stderr_and_exit_status_2(show):
    shown = show("--config", "missing.toml")
    assert shown.exit_code == 2
    assert shown.stdout == ""
    assert shown.stderr == "gemist: missing.toml: cannot be read: No such file or directory\n"


def test_the_password_for_kafka_is_not_shown(show):
    shown = show(
        GEMIST_KAFKA__SECURITY="SASL_SSL",
        GEMIST_KAFKA__USER="worker",
        GEMIST_KAFKA__PASSWORD="hunter22",
    )
    assert shown.exit_code == 0
    assert "hunter22" not in shown.stdout
    rows = [line.split()[:3] for line in shown.stdout.splitlines()]
    assert ["kafka.password", "(hidden)", "GEMIST_KAFKA__PASSWORD"] in rows
