"""Fitting the additive model, and choosing its settings on rows later than it saw."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score
from threadpoolctl import threadpool_limits

from models.arrays import AnyArray, BoolArray, FloatArray, IntArray
from models.features import FEATURES
from models.fitting.expectations import direction
from models.fitting.rows import FOLDS, Rows, blocks, folds, has_many_schools
from models.scorecard.document import Settings

Progress = Callable[[str, float], None]
"""Told what is being done, and which share of it is done."""

_MOST_ITERATIONS: Final = 400
_STEP: Final = 10
_MOST_ROWS_TO_CHOOSE: Final = 200_000
_L2: Final = 1.0
_FEWEST_ROWS, _MANY_ROWS = 50, 500
"""Of a step of a table: many make smooth shapes."""
_CANDIDATES: Final = tuple(
    Settings(_MOST_ITERATIONS, rate, leaves, rows, _L2)
    for leaves in (2, 4, 8)
    for rate, rows in ((0.1, _FEWEST_ROWS), (0.1, _MANY_ROWS), (0.05, _MANY_ROWS))
)
_DEFAULT: Final = Settings(100, 0.05, 4, _FEWEST_ROWS, _L2)
"""Where no rows are late enough to choose on."""


def fit(
    features: FloatArray, label: AnyArray, settings: Settings, seed: int
) -> HistGradientBoostingClassifier:
    """Fit one additive model: each tree looks at one pattern, monotone where that is expected.

    On one thread: sums of many threads differ in their last digits from run to run.
    """
    model = HistGradientBoostingClassifier(
        learning_rate=settings.learning_rate,
        max_iter=settings.iterations,
        max_leaf_nodes=settings.max_leaf_nodes,
        min_samples_leaf=settings.min_samples_leaf,
        l2_regularization=settings.l2_regularization,
        interaction_cst="no_interactions",
        monotonic_cst=[_SIGNS[direction(name)] for name in FEATURES],
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(limits=1):
        return model.fit(features, label)


_SIGNS: Final = {None: 0, "rising": 1, "falling": -1}


def choose(rows: Rows, among: BoolArray, seed: int, progress: Progress) -> Settings:
    """Choose settings: fitted on what was known before a block of time, compared on the block.

    And on other schools, where there are enough of them: one half is fitted on, the other half
    compared on, and the other way round. The greatest mean average precision wins: what counts is
    who comes first, and chances are calibrated afterwards. Of very many rows some pupils' are
    looked at.
    """
    among = _of_some_pupils(rows, among, seed)
    parts = list(blocks(rows, among))
    if not parts:
        return _DEFAULT
    half = folds(rows, seed) % 2 if has_many_schools(rows) else None
    gains = np.zeros((len(_CANDIDATES), _MOST_ITERATIONS // _STEP))
    for place, candidate in enumerate(_CANDIDATES):
        for number, (before, block) in enumerate(parts):
            progress("choosing", (place + number / len(parts)) / len(_CANDIDATES))
            gains[place] += _precisions(rows, before, block, half, candidate, seed)
    best, step = divmod(int(gains.argmax()), gains.shape[1])
    chosen = _CANDIDATES[best]
    return Settings(
        (step + 1) * _STEP,
        chosen.learning_rate,
        chosen.max_leaf_nodes,
        chosen.min_samples_leaf,
        chosen.l2_regularization,
    )


def _precisions(
    rows: Rows,
    before: BoolArray,
    block: BoolArray,
    half: IntArray | None,
    settings: Settings,
    seed: int,
) -> FloatArray:
    """Average precision on a block after each so many iterations."""
    log_odds = np.zeros((_MOST_ITERATIONS // _STEP, len(block)))
    for which in (0, 1) if half is not None else (None,):
        fitted_on = before if which is None else before & (half != which)
        here = block if which is None else block & (half == which)
        label = rows.label[fitted_on]
        if not here.any() or not len(label) or label.all() or not label.any():
            continue
        model = fit(rows.features[fitted_on], label, settings, seed)
        with threadpool_limits(limits=1):
            staged = enumerate(model.staged_decision_function(rows.features[here]), start=1)
            for done, values in staged:
                if done % _STEP == 0:
                    log_odds[done // _STEP - 1, here] = values.ravel()
    label = rows.label[block]
    return np.array([average_precision_score(label, each[block]) for each in log_odds])


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Log-odds of every row by a model that saw nothing of its school, or of its pupil."""

    log_odds: FloatArray
    fold: IntArray


def out_of_fold(rows: Rows, settings: Settings, seed: int, progress: Progress) -> OutOfFold:
    """Fit once for each fold, on the labelled rows of the others."""
    fold = folds(rows, seed)
    log_odds = np.full(len(rows.label), np.nan)
    for number in range(FOLDS):
        progress("holding out", number / FOLDS)
        others = rows.labelled & (fold != number)
        here = fold == number
        if not here.any():
            continue
        model = fit(rows.features[others], rows.label[others], settings, seed)
        with threadpool_limits(limits=1):
            log_odds[here] = model.decision_function(rows.features[here])
    return OutOfFold(log_odds, fold)


def _of_some_pupils(rows: Rows, among: BoolArray, seed: int) -> BoolArray:
    count = int(among.sum())
    if count <= _MOST_ROWS_TO_CHOOSE:
        return among
    drawn = np.random.default_rng(seed).random(int(rows.pupil.max()) + 1)
    return np.asarray(among & (drawn[rows.pupil] < _MOST_ROWS_TO_CHOOSE / count))
