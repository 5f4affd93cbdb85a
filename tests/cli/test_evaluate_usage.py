"""``gemist evaluate`` through its own door: what it writes, and what it does when used wrongly."""

import json
from pathlib import Path

import pytest

from gemist.cli import main
from gemist.cli.patterns import tables_of
from models.scorecard.document import Baseline
from models.scorecard.file import read_scorecard, sealed, written
from models.scorecard.serving import Scorecard
from streams.cuts import Plan
from tests.judging.recompute_report import differences, recompute, rows_of
from tests.scorecard.cards import content

EVERY = 10


def run(*words) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["gemist", *map(str, words)])
        try:
            main()
        except SystemExit as ended:
            return ended.code or 0
    raise AssertionError("a command ends the program")


def gemist(capsys, *words) -> tuple[int, str, str]:
    return (run(*words), *capsys.readouterr())


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("log") / "log.ndjson"
    options = "--pupils 400 --schools 2 --days 120 --seed 3 --style default"
    assert run("simulate", *options.split(), "--out", out) == 0
    return out


@pytest.fixture(scope="module")
def card(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("card") / "scorecard.json"
    file.write_bytes(written(sealed(content())))
    return file


def test_it_writes_a_page_and_figures_and_ends_in_one_sentence(log, card, tmp_path, capsys):
    out = tmp_path / "new" / "report"
    status, told, error = gemist(capsys, "evaluate", card, log, "--every", EVERY, "--out", out)
    assert (status, error) == (0, "")
    assert names(out) == ["report.html", "report.json"]
    assert names(out.parent) == ["report"]
    report = json.loads((out / "report.json").read_text())
    sentence = told.splitlines()[-1]
    assert sentence == report["verdict"]["sentence"]
    assert sentence.startswith("Rules alone on these data")
    assert sentence.endswith("Simulated pupils: no evidence about real ones.")
    assert report["scorecard"]["sha256"] == read_scorecard(card).sha256


def test_where_rules_alone_are_advised_better_can_be_required(log, card, tmp_path, capsys):
    words = ("evaluate", card, log, "--every", EVERY, "--require-better", "--out", tmp_path / "out")
    status, _, error = gemist(capsys, *words)
    assert (status, error) == (1, "")
    assert (tmp_path / "out" / "report.html").exists()


def test_its_figures_are_those_of_the_table_of_patterns(log, card, tmp_path, capsys):
    out, file = tmp_path / "out", tmp_path / "patterns.parquet"
    gemist(capsys, "evaluate", card, log, "--every", EVERY, "--out", out)
    report = json.loads((out / "report.json").read_text())
    scores = Scorecard(read_scorecard(card)).scores
    tables_of([str(log)], Plan("nl", EVERY, score=scores)).write(file)
    assert list(differences(recompute(rows_of(file), report), report)) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("CARD", "LOG", "--out", "FULL"), "is not an empty folder"),
        (("CARD", "LOG", "--out", "FULL/file"), "is not an empty folder"),
        (("CARD", "nowhere.ndjson", "--out", "NEW"), "nowhere.ndjson"),
        (("nowhere.json", "LOG", "--out", "NEW"), "nowhere.json"),
        (("LOG", "LOG", "--out", "NEW"), "log.ndjson"),
        (("OTHER", "LOG", "--out", "NEW"), "a term that is not known here: moon"),
        (("CARD", "LOG", "--pack", "be", "--out", "NEW"), "no such pack"),
        (("CARD", "LOG", "--since", "soon", "--out", "NEW"), "is no date"),
        (("CARD", "LOG", "--since", "2999-01-01", "--out", "NEW"), "nothing to judge by"),
        (("CARD", "LOG", "--every", "0", "--out", "NEW"), "--every"),
        (("CARD", "LOG"), "--out"),
    ],
)
def test_wrong_usage_is_one_line_and_leaves_nothing(words, says, log, card, tmp_path, capsys):
    other, full = card.with_name("other.json"), tmp_path / "full"
    other.write_bytes(written(sealed(content(baseline=Baseline({"moon": 1.0}, 0.0)))))
    full.mkdir()
    (full / "file").write_text("kept")
    places = {
        "CARD": card,
        "LOG": log,
        "FULL": full,
        "FULL/file": full / "file",
        "NEW": tmp_path / "new",
        "OTHER": other,
    }
    status, out, error = gemist(capsys, "evaluate", *(places.get(word, word) for word in words))
    assert (status, out) == (2, "")
    assert error.startswith("gemist: ")
    assert error.count("\n") == 1
    assert says in error
    assert names(tmp_path) == ["full"]
    assert (full / "file").read_text() == "kept"
