"""`gemist casebook opened` tells where alerts came from lately, and of no pupil."""

import time

from casebooks import alert
from typer.testing import CliRunner

from alerts.desk.casebook.reading import opened_since
from alerts.desk.casebook.taking import take_alerts
from alerts.desk.database import open_desk
from alerts.rules import Kind
from gemist.cli import app
from gemist.clock import now

HOUR = 3600


def take(desk, *told):
    with desk.begin() as connection:
        take_alerts(connection, told)


def test_cases_are_counted_by_school_kind_and_tier_the_most_first(any_desk):
    take(
        any_desk,
        (1000, alert("old", pupil="p1")),
        (9000, alert("a", pupil="p2")),
        (9000, alert("b", pupil="p3", school="02CD")),
        (9500, alert("c", pupil="p4", school="02CD")),
        (9500, alert("d", pupil="p5", school="02CD", kind=Kind.SILENCE, tier=3)),
    )
    with any_desk.begin() as connection:
        found = opened_since(connection, 2000)
    assert [(each.school, each.kind, each.tier, each.cases, each.last_at) for each in found] == [
        ("02CD", "attendance", 2, 2, 9500),
        ("01AB", "attendance", 2, 1, 9000),
        ("02CD", "silence", 3, 1, 9500),
    ]


def test_the_command_looks_back_a_day_and_names_no_pupil(tmp_path):
    desk = open_desk(f"sqlite:///{tmp_path / 'desk.db'}")
    at = int(now())
    take(desk, (at - 30 * HOUR, alert("old", pupil="pupil-1")), (at, alert("a", pupil="pupil-2")))
    desk.dispose()

    def run(*words):
        done = CliRunner().invoke(app, ["casebook", "opened", "--data", str(tmp_path), *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    rows = [line.split()[:4] for line in run().splitlines()]
    assert rows == [["school", "kind", "tier", "cases"], ["01AB", "attendance", "2", "1"]]
    assert run("--hours", "48").splitlines()[1].split()[3] == "2"
    assert "pupil-" not in run("--hours", "48")
    time.sleep(1)  # a case is known to the second
    assert run("--hours", "0") == "no case was opened in the last 0 minutes\n"
