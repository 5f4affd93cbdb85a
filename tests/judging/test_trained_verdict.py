"""From training to the verdict: where labels mean nothing, rules alone."""

import dataclasses

import numpy as np
import pytest

from models.fitting.training import Options, train
from tests.judging.invented_tables import EVERY, Wish, invented

pytestmark = pytest.mark.slow
WISH = Wish(pupils=500, cuts=24, schools=5, shows_unseen=True)


def verdict(table) -> str:
    options = Options("absence", 40, EVERY, 1.0, 2)
    return train(table, options, lambda _what, _share: None).document.verdict


def test_where_a_pattern_tells_what_counts_do_not_it_is_worth_it():
    assert verdict(invented(WISH)).startswith("Worth it on these data")


@pytest.mark.parametrize("seed", range(3))
def test_trained_and_judged_on_shuffled_labels_the_verdict_is_rules_alone(seed):
    table = invented(WISH)
    labels = np.random.default_rng(seed).permutation(table.label_absence)
    shuffled = dataclasses.replace(table, label_absence=labels)
    assert verdict(shuffled).startswith("Rules alone on these data")
