"""`gemist rejects` counts what was refused, by school, reason and field, and names nobody."""

import asyncio
import json
import time

import pytest
from nodes import Clock, arrivals, at, node
from typer.testing import CliRunner

from gemist.cli import app
from gemist.clock import now
from streams.refusals import Tally


def register(school, **fields):
    said = {
        "type": "register", "id": "r-p81", "school": school, "recorded_at": at(now()),
        "date": at(now())[:10], "session": 1, "marks": [{"pupil": "p81", "status": "present"}],
    }  # fmt: skip
    return json.dumps(said | fields).encode()


def bad_marks(*statuses):
    return [{"pupil": f"p{n}", "status": status} for n, status in enumerate(statuses)]


@pytest.fixture
def folder(tmp_path):
    lines = [
        register("01AB", marks=bad_marks("gone", "present", "away")),
        register("01AB", id="r2", session="first"),
        register("02CD", marks=bad_marks("gone")),
        register("02CD", id="r3"),
    ]
    with node(tmp_path / "node", Clock(now())) as log:
        asyncio.run(log.append(arrivals(lines)))
    return tmp_path / "node"


def run(*words):
    done = CliRunner().invoke(app, ["rejects", *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_what_was_refused_is_counted_by_school_reason_and_field(folder):
    first, *rows = [line.split() for line in run("--data", folder).splitlines()]
    assert first == ["school", "reason", "field", "refused", "last"]
    assert [row[:4] for row in rows] == [
        ["01AB", "status", "marks[].status", "2"],
        ["01AB", "session", "session", "1"],
        ["02CD", "status", "marks[].status", "1"],
    ]


def test_no_pupil_is_named_and_no_event(folder):
    printed = run("--data", folder)
    assert "p81" not in printed
    assert "gone" not in printed


def test_only_what_is_new_is_counted(folder):
    time.sleep(1)  # what was refused is known to the second
    assert run("--data", folder, "--hours", 0) == "nothing was refused in the last 0 minutes\n"


def test_the_most_refused_comes_first_with_its_newest():
    tally = Tally()
    for school, arrived_at in (("a", 5), ("b", 9), ("b", 7), ("b", 8)):
        tally.add(school, "json", None, arrived_at)
    found = [(each.school, each.field, each.refused, each.last_at) for each in tally.most_first()]
    assert found == [("b", "-", 3, 9), ("a", "-", 1, 5)]
