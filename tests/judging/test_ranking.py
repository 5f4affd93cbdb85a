"""Who comes first, and who of them is right, with ties and weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from models.fitting.judging.ranking import Ranking

ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3), st.integers(0, 2)),
    min_size=1,
    max_size=60,
)


def arrays(rows):
    score, truth, weight, segment = (np.array(each) for each in zip(*rows, strict=True))
    return score.astype(float), truth, weight.astype(float), segment


@given(ROWS)
def test_auc_and_average_precision_are_those_of_scikit_learn(rows):
    score, truth, weight, _ = arrays(rows)
    tally = Ranking(score, truth).tally(weight)
    if weight[truth].sum() and weight[~truth].sum():
        assert tally.auc() == pytest.approx(roc_auc_score(truth, score, sample_weight=weight))
        expected = average_precision_score(truth, score, sample_weight=weight)
        assert tally.average_precision() == pytest.approx(expected)
    else:
        assert np.isnan(tally.auc())


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, random):
    mixed = random.sample(rows, len(rows))
    for share in (0.1, 0.35, 1.0):
        found, again = (
            Ranking(score, truth, segment).tally(weight).named_share(share)
            for score, truth, weight, segment in (arrays(rows), arrays(mixed))
        )
        assert found.looked_at == pytest.approx(again.looked_at)
        assert found.right == pytest.approx(again.right)


@given(ROWS)
def test_a_weight_of_two_is_a_row_twice(rows):
    score, truth, weight, segment = arrays(rows)
    times = weight.astype(int)
    weighed = Ranking(score, truth, segment).tally(weight)
    if not times.sum():
        return
    repeated = Ranking(
        np.repeat(score, times), np.repeat(truth, times), np.repeat(segment, times)
    ).tally()
    assert weighed.named_share(0.3).right == pytest.approx(repeated.named_share(0.3).right)


def test_a_tie_counts_in_part():
    found = Ranking(np.array([3.0, 1.0, 1.0, 1.0, 0.0]), np.array([0, 1, 1, 0, 0], bool))
    first = found.tally().named(np.array([2.5]))
    assert first.looked_at == 2.5
    assert first.right == pytest.approx(1.5 * 2 / 3)
    assert first.precision == pytest.approx(1.0 / 2.5)
    assert first.recall == pytest.approx(0.5)


def test_each_segment_is_a_ranking_of_its_own():
    score = np.array([9.0, 8.0, 2.0, 1.0])
    truth = np.array([False, True, True, False])
    whole, parted = Ranking(score, truth), Ranking(score, truth, np.array([0, 0, 1, 1]))
    assert whole.tally().named_share(0.5).right == 1
    assert parted.tally().named_share(0.5).right == 1
    assert parted.tally().auc() == 0.5
    assert whole.tally().named(np.array([1.0])).right == 0
    assert parted.tally().named(np.array([0.0, 1.0])).right == 1


def test_who_has_no_score_comes_last():
    found = Ranking(np.array([np.nan, -5.0]), np.array([True, False]))
    assert found.tally().auc() == 0
