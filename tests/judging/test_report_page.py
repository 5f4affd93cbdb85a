"""The page that people read: whole or not at all, by itself, and honest about simulated pupils."""

import re

import orjson
import pytest

from models.fitting.judging import page
from models.fitting.judging.judge import judge
from models.fitting.judging.page import page_of, write_report
from tests.judging.invented_tables import Wish, case_of, invented

FIGURES = re.compile(r'<section>|<div class="tile">|<div class="verdict')


@pytest.fixture(scope="module")
def real():
    return judge(case_of(invented(Wish())), draws=20).report


@pytest.fixture(scope="module")
def simulated():
    return judge(case_of(invented(Wish()), simulated=True), draws=20).report


def test_the_page_and_the_figures_hold_no_pupil(real):
    table = invented(Wish())
    told = page_of(real) + orjson.dumps(real).decode()
    assert "pupil-" not in told
    assert all(pupil not in told for pupil in table.pupils)


def test_the_page_asks_nothing_of_other_hosts(real):
    text = page_of(real)
    assert not re.search(r"https?:|//|<script|<link|<img|src=|url\(|@import", text)
    assert "default-src 'none'" in text


def test_the_verdict_is_the_first_thing_on_the_page(real):
    text = page_of(real)
    heading = re.search(r"<h1>(.*?)</h1>", text)
    assert heading
    assert heading[1] == "Worth it, on these data"
    assert text.index("<h1>") < text.index("<h2>")
    told_no = {**real, "verdict": {**real["verdict"], "is_worth_it": False}}
    assert "<h1>Rules alone, on these data</h1>" in page_of(told_no)


def test_every_figure_on_simulated_pupils_is_marked(simulated, real):
    text = page_of(simulated)
    begins = [found.start() for found in FIGURES.finditer(text)]
    assert len(begins) >= 11
    for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
        assert "simulated pupils" in text[begin:end]
    assert "Nothing on this page is evidence about real ones" in text[: text.index("<h1>")]
    assert "simulated" not in page_of(real)


def test_text_from_the_data_is_escaped(real):
    schools = [{**each, "name": "<b>&"} for each in real["schools"]]
    assert "<td>&lt;b&gt;&amp;</td>" in page_of({**real, "schools": schools})


def test_a_report_without_calibration_days_or_intervals_is_still_a_page(real):
    nothing = {"value": None, "low": None, "high": None}
    methods = {
        name: {**each, "days_gained": {"mean": nothing, "share_told_earlier": nothing}}
        if "days_gained" in each
        else each
        for name, each in real["methods"].items()
    }
    text = page_of({**real, "calibration": None, "methods": methods})
    assert "Its scores are no probabilities" in text
    assert "spoke of nobody" in text


def test_a_report_is_written_whole_or_not_at_all(real, tmp_path, monkeypatch):
    def fail(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(page, "page_of", fail)
        with pytest.raises(OSError, match="No space"):
            write_report(real, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    write_report(real, tmp_path / "out")
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        "report.html",
        "report.json",
    ]
    assert orjson.loads((tmp_path / "out" / "report.json").read_bytes()) == real
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
