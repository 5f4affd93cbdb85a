"""A scorecard judged: figures that others find too, and a verdict that can say no."""

import dataclasses
import random
from datetime import date

import numpy as np
import pytest

from models.fitting.judging.baselines import Method
from models.fitting.judging.judge import Label, NothingToJudgeError, judge
from models.pattern_table import NULL_LABEL
from tests.judging.invented_tables import BEGIN, Wish, case_of, invented
from tests.judging.recompute_report import differences, recompute, rows_of

DRAWS = 200


def recomputed(case, tmp_path, report):
    case.table.write(tmp_path / "patterns.parquet")
    return list(differences(recompute(rows_of(tmp_path / "patterns.parquet"), report), report))


@pytest.mark.parametrize(
    ("wish", "more"),
    [
        (Wish(), {}),
        (Wish(groups=False, mentors=False, schools=3, seed=2), {"since": BEGIN + 40}),
        (Wish(mentors=False, cuts=20, knows=0.0, seed=3), {"label": Label.LEFT}),
    ],
)
def test_a_script_that_shares_nothing_finds_the_same_figures(wish, more, tmp_path):
    case = dataclasses.replace(case_of(invented(wish)), **more)
    report = judge(case, draws=5).report
    assert recomputed(case, tmp_path, report) == []


def test_the_script_notices_a_figure_that_is_wrong(tmp_path):
    case = case_of(invented(Wish()))
    report = judge(case, draws=5).report
    report["methods"]["rate"]["per_school_day"]["top_10"]["precision"]["value"] += 0.001
    report["alerts"]["scorecard"]["alerts"] += 1
    found = recomputed(case, tmp_path, report)
    assert [line.partition(":")[0] for line in found] == [
        "methods.rate.per_school_day.top_10.precision",
        "alerts.scorecard.alerts",
    ]


def test_a_scorecard_that_sees_more_than_counts_is_worth_it():
    judgement = judge(case_of(invented(Wish(pupils=800))), draws=DRAWS)
    assert judgement.is_worth_it
    assert judgement.sentence.startswith("Worth it on these data: of 100 pupils it names, ")


@pytest.mark.parametrize("seed", range(8))
def test_on_shuffled_labels_the_verdict_is_rules_alone(seed):
    table = invented(Wish(pupils=800, seed=seed))
    labels = np.random.default_rng(seed).permutation(table.label_absence)
    judgement = judge(case_of(dataclasses.replace(table, label_absence=labels)), draws=DRAWS)
    assert not judgement.is_worth_it
    assert judgement.sentence.startswith("Rules alone on these data")


@pytest.mark.parametrize("baseline", ["rate", "rules"])
def test_a_scorecard_that_says_what_a_baseline_says_is_not_worth_it(baseline):
    table = invented(Wish(pupils=800))
    rate = table.columns["missed_sessions_60"] / table.columns["expected_sessions_60"]
    score = rate if baseline == "rate" else (table.tier_attendance + rate) / 4
    judgement = judge(case_of(dataclasses.replace(table, score=score)), draws=DRAWS)
    assert not judgement.is_worth_it


def test_of_few_pupils_nothing_is_concluded():
    judgement = judge(case_of(invented(Wish(pupils=60))), draws=DRAWS)
    assert not judgement.is_worth_it
    assert "too few to tell" in judgement.sentence


def test_a_figure_on_simulated_pupils_says_so():
    case = case_of(invented(Wish()), simulated=True)
    assert judge(case, draws=5).sentence.endswith("Simulated pupils: no evidence about real ones.")
    trained = case_of(invented(Wish()), trained_on_simulated=True)
    assert judge(trained, draws=5).sentence.endswith("It was trained on simulated pupils.")


def test_the_same_seed_gives_the_same_report():
    case = case_of(invented(Wish()))
    assert judge(case, seed=3, draws=20).report == judge(case, seed=3, draws=20).report
    assert judge(case, seed=3, draws=20).report != judge(case, seed=4, draws=20).report


def test_intervals_are_those_of_drawing_whole_pupils():
    """By hand, with other random numbers: of pupils, not of rows, which would be too narrow."""
    table = invented(Wish(pupils=300, cuts=12))
    case = case_of(table)
    found = judge(case, draws=400).report["methods"]["scorecard"]["pooled"]["top_20"]["precision"]
    known = table.rows(table.label_absence != NULL_LABEL)
    of_pupil = {each: np.flatnonzero(known.pupil == each) for each in np.unique(known.pupil)}
    chance = random.Random(11)
    drawn = []
    for _ in range(400):
        pupils = chance.choices(list(of_pupil), k=len(of_pupil))
        rows = np.concatenate([of_pupil[each] for each in pupils])
        rows = rows[np.lexsort((np.arange(len(rows)), -known.score[rows]))]
        drawn.append(known.label_absence[rows[: len(rows) // 5]].mean())
    low, high = np.percentile(drawn, [2.5, 97.5])
    width = high - low
    assert found["low"] == pytest.approx(low, abs=0.2 * width)
    assert found["high"] == pytest.approx(high, abs=0.2 * width)


def test_a_score_that_is_too_good_and_days_of_training_are_warned_of():
    table = invented(Wish())
    score = np.clip(table.label_absence.astype(float), 0.01, 0.99)
    case = case_of(dataclasses.replace(table, score=score), trained_until=BEGIN + 30)
    warnings = judge(case, draws=5).report["warnings"]
    assert "one suspects" in warnings[0]
    assert date.fromordinal(BEGIN + 30).isoformat() in warnings[1]
    assert judge(case_of(table, trained_until=BEGIN - 1), draws=5).report["warnings"] == []


def test_where_one_list_says_otherwise_the_report_says_so():
    """Within a day the score is better; the level of a whole day it gets wrong."""
    table = invented(Wish(pupils=800))
    shifted = np.where(table.as_of < BEGIN + 60, table.score / 5, table.score)
    judgement = judge(case_of(dataclasses.replace(table, score=shifted)), draws=DRAWS)
    assert judgement.is_worth_it
    assert not any("one list" in line for line in judgement.report["warnings"])
    swapped = table.columns["expected_sessions_60"].max() / table.columns["expected_sessions_60"]
    worse = np.where(swapped > 2, table.score / 5 + 0.8, table.score / 100)
    table.label_absence[(swapped > 2) & (np.arange(len(table)) % 4 > 0)] = 0
    judgement = judge(case_of(dataclasses.replace(table, score=worse)), draws=DRAWS)
    assert judgement.is_worth_it
    assert any(
        "With all schools and days as one list" in line for line in judgement.report["warnings"]
    )


@pytest.mark.parametrize("label", [NULL_LABEL, 0, 1])
def test_labels_that_are_all_alike_judge_nothing(label):
    table = invented(Wish(pupils=30))
    labels = np.full(len(table), label, np.int8)
    with pytest.raises(NothingToJudgeError, match="nothing to judge by"):
        judge(case_of(dataclasses.replace(table, label_absence=labels)))


def test_small_parts_are_not_shown():
    report = judge(case_of(invented(Wish())), draws=5).report
    small = next(line for line in report["phases"] if line["name"] == "transition")
    assert {value for key, value in small.items() if key != "name"} == {None}


def test_a_school_whose_rules_never_speak_gains_no_days():
    table = invented(Wish())
    table.tier_attendance[:] = table.tier_unauthorised[:] = 1
    report = judge(case_of(table), draws=5).report
    assert report["methods"][Method.SCORECARD]["days_gained"]["mean"]["value"] is None
