"""Fitting on invented tables: what is held out, what is promised, what is counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.features import FEATURES
from models.fitting.rows import Rows, blocks, folds, hold_out, label_of, rows_of
from models.fitting.thresholds import Crossings, crossings, threshold_for
from models.fitting.training import NothingToLearnError, Options, train
from models.pattern_table import NULL_LABEL, PatternTable
from models.scorecard.file import parse_scorecard, written
from models.scorecard.serving import Scorecard

FIRST_DAY = 739_000


def table(schools: int = 6, pupils: int = 60, cuts: int = 30, seed: int = 0) -> PatternTable:
    """Pupils who leave more often the longer they are away, cut every seventh day."""
    random = np.random.default_rng(seed)
    count = schools * pupils * cuts
    pupil = np.repeat(np.arange(schools * pupils), cuts)
    as_of = FIRST_DAY + 7 * np.tile(np.arange(cuts), schools * pupils)
    leaning = np.repeat(random.gamma(1.0, 2.0, schools * pupils), cuts)
    columns = {name: random.poisson(3, count).astype(float) for name in FEATURES}
    columns["run_days"] = random.poisson(leaning).astype(float)
    columns["expected_sessions_20"] = np.full(count, 40.0)
    columns["days_since_seen"][random.random(count) < 0.1] = np.nan
    chance = 1 / (1 + np.exp(4.0 - 0.4 * columns["run_days"]))
    label = (random.random(count) < chance).astype(np.int8)
    label[as_of > FIRST_DAY + 7 * (cuts - 3)] = NULL_LABEL
    mentor = pupil // 20
    return PatternTable(
        [f"s{each}" for each in range(schools)],
        [f"p{each}" for each in range(schools * pupils)],
        [None],
        [f"m{each}" for each in range(schools * pupils // 20)],
        [None],
        (pupil // pupils).astype(np.int32),
        pupil.astype(np.int32),
        np.zeros(count, np.int32),
        mentor.astype(np.int32),
        np.zeros(count, np.int32),
        as_of.astype(np.int32),
        columns,
        np.ones(count, np.uint8),
        np.ones(count, np.uint8),
        np.full(count, np.nan),
        np.full(count, NULL_LABEL, np.int8),
        label,
    )


def quiet(_what: str, _share: float) -> None:
    pass


OPTIONS = Options("left", 14, 5, 1.0, 3, simulated=True)


@pytest.fixture(scope="module")
def trained():
    return train(table(), OPTIONS, quiet)


@pytest.fixture(scope="module")
def rows() -> Rows:
    return rows_of(table(), label_of("left", 14))


def test_a_seed_gives_the_same_file_byte_for_byte(trained) -> None:
    again = train(table(), OPTIONS, quiet)
    assert written(again.document) == written(trained.document)


def test_the_file_can_be_read_back_and_says_what_it_learned_from(trained) -> None:
    document = parse_scorecard(written(trained.document))
    assert document == trained.document
    facts = document.training
    assert (facts.schools, facts.pupils, facts.every, facts.seed) == (6, 360, 5, 3)
    assert facts.rows == int((table().label_left >= 0).sum())
    assert document.simulated
    assert document.label.within_days == 14
    assert {"python", "numpy", "scikit-learn", "gemist"} == set(facts.versions)


def test_it_finds_what_is_there_and_promises_what_people_expect(trained) -> None:
    document = trained.document
    heaviest = max(document.tables, key=lambda each: each.weight)
    assert heaviest.pattern == "run_days"
    assert heaviest.monotone == "rising"
    assert heaviest.values[0] == 0.0
    assert list(heaviest.values) == sorted(heaviest.values)
    assert {each.rows_of for each in document.evaluation} >= {"later", "unseen schools"}
    assert all(each.auc > 0.65 for each in document.evaluation)


def test_its_scores_are_chances(trained) -> None:
    with_label = table().rows(table().label_left >= 0)
    scores = Scorecard(trained.document).scores(with_label.features())
    high = scores > np.quantile(scores, 0.9)
    for part in (high, ~high):
        assert scores[part].mean() == pytest.approx(with_label.label_left[part].mean(), abs=0.02)


def test_a_pattern_of_no_use_is_not_preferred_to_one_of_use(trained) -> None:
    weights = {each.pattern: each.weight for each in trained.document.tables}
    assert weights["run_days"] > 5 * max(weights.get(each, 0) for each in ("late_60",))


def test_later_rows_and_unseen_schools_are_held_out(rows: Rows) -> None:
    held = hold_out(rows, 0)
    begins = rows.as_of[held.later].min()
    assert (rows.known_on[held.before] < begins).all()
    assert not set(rows.school[held.before]) & set(rows.school[held.unseen])
    assert len(set(rows.school[held.unseen])) == 1
    for part in (held.before, held.later, held.unseen):
        assert (rows.label[part] != NULL_LABEL).all()


def test_a_block_is_compared_on_what_was_not_known_before_it(rows: Rows) -> None:
    held = hold_out(rows, 0)
    found = list(blocks(rows, held.before))
    assert found
    for before, block in found:
        assert rows.known_on[before].max() < rows.as_of[block].min()
        assert not (block & ~held.before).any()


@pytest.mark.parametrize(("schools", "whole"), [(6, "school"), (2, "pupil")])
def test_folds_hold_out_whole_schools_or_whole_pupils(schools: int, whole: str) -> None:
    some = rows_of(table(schools=schools, cuts=3), label_of("left", 14))
    unit, fold = getattr(some, whole), folds(some, 1)
    assert len(np.unique(np.column_stack([unit, fold]), axis=0)) == len(np.unique(unit))


@pytest.mark.parametrize("label", ["left", "absence"])
def test_too_few_rows_of_one_sort_are_refused(label: str) -> None:
    nobody = table(cuts=2)
    nobody.label_left[:] = 0
    with pytest.raises(NothingToLearnError, match=f"label {label}: 0 rows have it"):
        train(nobody, Options(label), quiet)


def test_a_short_log_says_rules_alone() -> None:
    found = train(table(cuts=5, pupils=100), Options("left", 14), quiet)
    assert not found.is_worth_it
    assert found.document.verdict.startswith("Rules alone")
    assert not found.document.evaluation


# ---- the threshold


def naive_alerts(made: Crossings, threshold: float) -> int:
    return sum(
        score >= threshold and before < threshold
        for score, before in zip(made.score.tolist(), made.before.tolist(), strict=True)
    )


@given(st.integers(0, 1000))
def test_alerts_are_counted_where_a_score_comes_to_reach_the_threshold(seed: int) -> None:
    some = table(schools=2, pupils=20, cuts=6, seed=seed)
    mixed = some.rows(np.random.default_rng(seed).permutation(len(some)))
    scores = np.random.default_rng(seed).choice(np.linspace(0.1, 0.9, 9), len(mixed))
    made = crossings(mixed, rows_of(mixed, label_of("left", 14)), scores)
    thresholds = np.linspace(0, 1, 21)
    assert made.alerts(thresholds).tolist() == [naive_alerts(made, each) for each in thresholds]
    for pupil in set(mixed.pupil.tolist()):
        mine = np.flatnonzero(mixed.pupil == pupil)
        mine = mine[np.argsort(mixed.as_of[mine])]
        assert made.before[mine].tolist() == [-1.0, *scores[mine][:-1].tolist()]


@pytest.mark.parametrize("wished", [0.05, 0.3, 1.0])
def test_the_threshold_keeps_to_the_wished_number_of_alerts(wished: float) -> None:
    some = table()
    scores = np.random.default_rng(0).random(len(some))
    made = crossings(some, rows_of(some, label_of("left", 14)), scores)
    assert made.mentor_weeks == 18 * 30
    threshold = threshold_for(made, wished)
    assert naive_alerts(made, threshold.score) <= wished * made.mentor_weeks
    assert naive_alerts(made, threshold.score - 0.002) > wished * made.mentor_weeks
    chosen = next(each for each in threshold.trade_off if each.score == threshold.score)
    assert chosen.alerts_per_mentor_week == pytest.approx(
        naive_alerts(made, threshold.score) / made.mentor_weeks
    )


def test_of_pupils_without_mentor_or_group_25_count_as_one() -> None:
    some = table(schools=2, pupils=50, cuts=4)
    some.mentors = [None] * len(some.mentors)
    made = crossings(some, rows_of(some, label_of("left", 14)), np.zeros(len(some)))
    assert made.mentor_weeks == 4 * 100 / 25
