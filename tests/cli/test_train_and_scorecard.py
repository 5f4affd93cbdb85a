"""gemist train and gemist scorecard, from a simulated log to one pupil's reasons."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gemist.cli import app

SIMULATED = "simulated pupils"


def run(*arguments: object, status: int = 0) -> str:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == status, result.output
    return result.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("train")
    log, card = folder / "log.ndjson", folder / "card.json"
    run("simulate", "--schools", 3, "--pupils", 450, "--days", 180, "--seed", 7, "--out", log)
    (folder / "said").write_text(run("train", log, "--every", 20, "--out", card))
    return folder


def test_the_last_line_is_the_verdict_and_simulated_pupils_are_named(folder: Path) -> None:
    lines = (folder / "said").read_text().splitlines()
    document = json.loads((folder / "card.json").read_bytes())
    assert document["simulated"]
    assert SIMULATED in lines[-2]
    assert lines[-1] == document["verdict"]
    assert any("alerts per mentor and week" in line for line in lines)


def test_until_a_date_is_a_log_that_ends_there(folder: Path) -> None:
    log, cut = folder / "log.ndjson", folder / "cut.ndjson"
    ends = "2026-04-03T23:59:59Z"
    kept = [line for line in log.open("rb") if json.loads(line)["recorded_at"] <= ends]
    cut.write_bytes(b"".join(kept))
    one, other = folder / "until.json", folder / "cut.json"
    run("train", log, "--every", 20, "--until", "2026-04-03", "--out", one)
    run("train", cut, "--every", 20, "--out", other)
    documents = [json.loads(each.read_bytes()) for each in (one, other)]
    assert documents[0]["training"]["last_day"] < "2026-04-03"
    assert documents[0] == documents[1]


def test_show_prints_the_card_and_the_shapes(folder: Path) -> None:
    said = run("scorecard", "show", folder / "card.json")
    document = json.loads((folder / "card.json").read_bytes())
    weighing = max(document["tables"], key=lambda each: each["weight"])
    assert weighing["pattern"] in said
    assert SIMULATED in said
    assert document["sha256"] in said
    assert "█" in said
    assert max(map(len, said.splitlines())) <= 100


@pytest.mark.parametrize(("language", "word"), [("en", "threshold"), ("nl", "drempel")])
def test_explain_says_one_pupils_reasons(folder: Path, language: str, word: str) -> None:
    log = folder / "log.ndjson"
    said = run(
        "scorecard", "explain", folder / "card.json", log, "--pupil", "p000007",
        "--language", language,
    )  # fmt: skip
    assert "p000007" in said
    assert word in said


def test_what_is_wrong_is_said_in_one_line(folder: Path) -> None:
    card, log = folder / "card.json", folder / "log.ndjson"
    broken = folder / "broken.json"
    broken.write_bytes(card.read_bytes().replace(b'"seed": 0', b'"seed": 1'))
    for arguments, words in (
        (("scorecard", "show", broken), "SHA-256"),
        (("scorecard", "show", folder / "none.json"), "No such file"),
        (("scorecard", "explain", card, log, "--pupil", "nobody"), "not enrolled"),
        (("scorecard", "explain", card, log, "--pupil", "p000007", "--on", "x"), "no date"),
        (("train", log, "--until", "soon", "--out", broken), "no date"),
        (("train", log, "--within-days", 9, "--out", broken), "--label left"),
        (("train", folder / "none", "--out", broken), "none"),
    ):
        said = run(*arguments, status=2).strip()
        assert words in said
        assert len(said.splitlines()) == 1


def test_the_schema_is_printed() -> None:
    assert json.loads(run("scorecard", "schema"))["title"] == "Scorecard"
