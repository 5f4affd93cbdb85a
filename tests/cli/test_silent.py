"""`gemist silent` names the schools that an alarm counts."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from nodes import Clock, change, node, send
from typer.testing import CliRunner

from gemist.cli import app
from gemist.clock import now
from models.events.instants import write_instant

TODAY = datetime.fromtimestamp(now(), ZoneInfo("Europe/Amsterdam"))
"""As the schools see it, which name no timezone of their own."""


def register(school, days_ago):
    then = TODAY - timedelta(days=days_ago)
    return json.dumps(
        {
            "type": "register", "id": f"r{days_ago}", "school": school,
            "recorded_at": write_instant(int(then.timestamp())),
            "date": f"{then:%Y-%m-%d}", "session": 1,
            "marks": [{"pupil": "p81", "status": "present"}],
        }
    ).encode()  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    lines = [register("SILENT", days) for days in range(21, 7, -1)]
    lines += [register("SPEAKS", days) for days in range(21, -1, -1)]
    with node(tmp_path / "node", Clock(now())) as log:
        send(log, *lines)
    return tmp_path / "node"


def run(folder):
    return CliRunner().invoke(app, ["silent", "--data", str(folder)])


def test_a_silent_school_is_named_with_its_newest_day(folder):
    done = run(folder)
    assert (done.exit_code, done.stderr) == (0, "")
    newest = TODAY - timedelta(days=8)
    heading, school, summary = done.stdout.splitlines()
    assert heading.split("  ")[0] == "school"
    assert school.split()[:3] == [
        "SILENT",
        f"{newest:%Y-%m-%d}",
        write_instant(int(newest.timestamp())),
    ]
    assert int(school.split()[3]) == 7
    assert summary == "1 of 2 schools are silent"
    assert "p81" not in done.stdout


def test_a_school_whose_pages_cannot_be_read_is_said(folder):
    change(folder, "UPDATE page SET content = x'00' WHERE key = 'SPEAKS/roster'")
    done = run(folder)
    assert done.exit_code == 1
    assert "SILENT" in done.stdout
    assert done.stderr.startswith("gemist: school SPEAKS: page SPEAKS/roster: ")


def test_where_no_node_is_there_one_line_says_so(tmp_path):
    done = run(tmp_path)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"gemist: {tmp_path}: no node's data folder")
