"""``gemist show``: what a replay found, for people."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gemist.cli import app

CASES = Path(__file__).parents[1] / "conformance"


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def replayed(tmp_path):
    def replay(case):
        out = tmp_path / case
        done = run("replay", CASES / case / "log.ndjson", "--out", out)
        assert done.exit_code == 0, done.stderr
        return out

    return replay


def test_it_says_who_is_missed_since_when_and_why(replayed):
    shown = run("show", replayed("14-sixteen-hours"))
    assert shown.exit_code == 0, shown.stderr
    assert "Missed now" in shown.stdout
    assert "missed 16 hours or more without authority" in " ".join(shown.stdout.split())


def test_it_speaks_dutch(replayed):
    shown = run("show", replayed("14-sixteen-hours"), "--language", "nl")
    assert "Nu gemist" in shown.stdout
    assert "miste 16 uur of meer ongeoorloofd" in " ".join(shown.stdout.split())
    assert "Missed" not in shown.stdout


def test_a_snow_day_is_a_notice_and_not_a_pupil(replayed):
    shown = run("show", replayed("12-snow-day"))
    assert "so many were away" in " ".join(shown.stdout.split())
    assert "everyone" in shown.stdout


def test_where_nobody_is_missed_it_says_so(replayed):
    assert "Nobody is missed." in run("show", replayed("01-first-register")).stdout


def test_in_a_pipe_it_is_plain_text_of_a_readable_width(replayed):
    printed = run("show", replayed("16-late-ladder")).stdout
    assert "\x1b" not in printed
    assert all(line == line.rstrip() and len(line) <= 100 for line in printed.splitlines())


def test_of_many_rows_it_shows_some_and_counts_the_others(replayed):
    shown = run("show", replayed("17-illness"), "--most", "1")
    assert "more (--most N shows more of them)" in shown.stdout


def test_a_folder_that_is_no_result_is_one_line_and_status_2(tmp_path):
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "alerts.ndjson").write_text('{"id": 1}\n')
    for folder in (tmp_path, tmp_path / "missing", tmp_path / "wrong"):
        refused = run("show", folder)
        assert refused.exit_code == 2
        assert refused.stdout == ""
        assert refused.stderr.startswith(f"gemist: {folder}: no result of gemist replay")
        assert refused.stderr.count("\n") == 1
