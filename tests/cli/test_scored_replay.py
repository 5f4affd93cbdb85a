"""gemist replay with a scorecard: the one that comes with the program, a damaged one, and none."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gemist.cli import app
from gemist.cli.scorecard_file import read_or_exit
from models.scorecard.serving import Scorecard


def run(*arguments: object, status: int = 0) -> str:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == status, result.output
    return result.output


@pytest.fixture(scope="module")
def shipped() -> Scorecard:
    return read_or_exit(Path("simulated"))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    log = tmp_path_factory.mktemp("log") / "log.ndjson"
    run("simulate", "--schools", 3, "--pupils", 240, "--days", 40, "--seed", 5, "--out", log)
    return log


def test_what_comes_with_the_program_is_of_simulated_pupils(shipped: Scorecard) -> None:
    assert shipped.document.simulated
    assert "Simulated pupils" in shipped.document.verdict
    assert "simulated pupils" in run("scorecard", "show", "simulated")


def test_scores_are_marked_where_they_are_shown(
    shipped: Scorecard, log: Path, tmp_path: Path
) -> None:
    said = run("replay", log, "--scorecard", "simulated", "--out", tmp_path / "out")
    assert "says nothing about real" in said
    alerts = [json.loads(line) for line in (tmp_path / "out" / "alerts.ndjson").open("rb")]
    scored = [each for each in alerts if each["kind"] == "attendance" and each["state"] == "open"]
    assert scored
    assert all(0 <= each["score"] <= 1 for each in scored)
    assert all(each["score"] is None for each in alerts if each["kind"] != "attendance")
    of_score = [
        cause for each in alerts for cause in each["reasons"] if cause["code"] == "scorecard"
    ]
    assert of_score
    assert all(each["simulated"] for each in of_score)
    assert {each["revision"] for each in of_score} == {shipped.document.sha256[:12]}
    assert set(of_score[0]["figures"]) == set(shipped.patterns)
    said = run("show", tmp_path / "out", "--language", "nl")
    assert "getraind op verzonnen leerlingen" in said


def test_two_processes_score_as_one_does(log: Path, tmp_path: Path) -> None:
    for jobs in (1, 2):
        run(
            "replay", log, "--scorecard", "simulated", "--jobs", jobs, "--out", tmp_path / str(jobs)
        )
    assert messages(tmp_path / "1") == messages(tmp_path / "2")
    one, two = ((tmp_path / each / "pupils.csv").read_text() for each in "12")
    assert one == two
    rows = list(csv.DictReader(one.splitlines()))
    assert all(0 < float(row["score"]) < 1 for row in rows)


def messages(folder: Path) -> list[tuple[str, int, str]]:
    lines = (folder / "alerts.ndjson").read_text().splitlines()
    return sorted((json.loads(each)["school"], json.loads(each)["version"], each) for each in lines)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"{}", "no scorecard"), (b"\x80\x04K\x01.", "not UTF-8"), (b"[1", "not JSON")],
)
def test_one_that_is_none_is_refused_in_one_line(
    log: Path, tmp_path: Path, content: bytes, why: str
) -> None:
    card = tmp_path / "card.json"
    card.write_bytes(content)
    said = run("replay", log, "--scorecard", card, "--out", tmp_path / "out", status=2)
    assert why in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_without_one_no_alert_has_a_score(log: Path, tmp_path: Path) -> None:
    run("replay", log, "--out", tmp_path / "out")
    for line in (tmp_path / "out" / "alerts.ndjson").open("rb"):
        assert json.loads(line)["score"] is None
