"""Fitting the additive model, and choosing its settings on rows later than it saw.

A model is the mean of several, each fitted on half of the pupils and, of many schools, on three
quarters of the schools. Steps that only some pupils' chance made, or one school's calendar, differ
from bag to bag and are levelled out; what all bags have stays. The mean of additive models is
additive, and as monotone as they are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from models.arrays import AnyArray, BoolArray, FloatArray, IntArray
from models.features import FEATURES
from models.fitting.bins import Bins, bins_of
from models.fitting.calibration import likelihood
from models.fitting.compiling import compile_tables
from models.fitting.expectations import direction
from models.fitting.rows import FOLDS, Rows, blocks, folds, has_both, has_many_schools
from models.scorecard.document import Settings
from models.scorecard.tables import PointsTable

Progress = Callable[[str, float], None]
"""Told what is being done, and which share of it is done."""

BAGS: Final = 12
_FEW_BAGS: Final = 2
"""Two halves, where models are only compared or held against others."""
_FEWEST_SCHOOLS: Final = 8
"""Of fewer, no bag leaves any out: it would miss too much."""
_SCHOOL_PARTS: Final = 4
"""Of the schools, one of which a bag leaves out."""
_MOST_ITERATIONS: Final = 300
_STEP: Final = 10
_MOST_ROWS_TO_CHOOSE: Final = 200_000
_L2: Final = 1.0
_CANDIDATES: Final = tuple(
    Settings(_MOST_ITERATIONS, 0.1, leaves, rows, _L2)
    for leaves in (2, 4)
    for rows in (50, 300, 1000)
)
_DEFAULT: Final = Settings(50, 0.1, 4, 50, _L2)
"""Where no rows are late enough to choose on."""


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Models of which the mean is meant."""

    bins: Bins
    models: list[HistGradientBoostingClassifier]

    def log_odds(self, features: FloatArray) -> FloatArray:
        """Of each row."""
        numbers = self.bins.numbers(features)
        with threadpool_limits(limits=1):
            return np.asarray(sum(each.decision_function(numbers) for each in self.models)) / len(
                self.models
            )

    def staged(self, features: FloatArray) -> Iterator[FloatArray]:
        """Log-odds of each row after one iteration, after two, and so on."""
        numbers = self.bins.numbers(features)
        stages = [each.staged_decision_function(numbers) for each in self.models]
        with threadpool_limits(limits=1):
            for each in zip(*stages, strict=True):
                yield np.asarray(sum(one.ravel() for one in each)) / len(each)

    def tables(self) -> tuple[float, list[PointsTable]]:
        """The same as tables."""
        return compile_tables(self.models, FEATURES, self.bins.edges)


def fit(
    features: FloatArray,
    label: AnyArray,
    pupil: IntArray,
    school: AnyArray,
    settings: Settings,
    seed: int,
    bags: int = BAGS,
) -> Ensemble:
    """Fit additive models: each tree looks at one pattern, monotone where that is expected.

    ``pupil`` and ``school`` number those of each row.
    On one thread: sums of many threads may differ in their last digits from run to run.
    """
    bins = bins_of(features, FEATURES)
    numbers = bins.numbers(features)
    models = []
    for bag in draw(label, pupil, school, seed, bags):
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
            models.append(model.fit(numbers[bag], label[bag]))
    return Ensemble(bins, models)


_SIGNS: Final = {None: 0, "rising": 1, "falling": -1}


def draw(
    label: AnyArray, pupil: IntArray, school: AnyArray, seed: int, bags: int
) -> Iterator[BoolArray]:
    """Draw rows of half of the pupils, then those of the other half, then other halves.

    Of the pupils with the label half are drawn, and of those without. Of many schools each bag
    leaves out a quarter, until all were left out once; then other quarters. All rows where there
    are too few for that.
    """
    random = np.random.default_rng(seed)
    pupils = int(pupil.max(initial=-1)) + 1
    has_label, is_here = np.zeros((2, pupils), np.bool_)
    has_label[pupil[label == 1]] = True
    is_here[pupil] = True
    is_drawn = np.zeros(pupils, np.bool_)
    for bag in range(bags):
        is_drawn = ~is_drawn
        if bag % 2 == 0:
            is_drawn[:] = False
            for which in (has_label, is_here & ~has_label):
                some = random.permutation(np.flatnonzero(which))
                is_drawn[some[: (len(some) + 1) // 2]] = True
        if bag % _SCHOOL_PARTS == 0:
            part = _parts_of_schools(school, random)
        rows = is_drawn[pupil] & (part != bag % _SCHOOL_PARTS)
        yield rows if has_both(label[rows]) else np.ones(len(rows), np.bool_)


def _parts_of_schools(school: AnyArray, random: np.random.Generator) -> IntArray:
    """Number each row by the quarter of the schools that its school is in; -1 of few schools."""
    schools, place = np.unique(school, return_inverse=True)
    if len(schools) < _FEWEST_SCHOOLS:
        return np.full(len(school), -1)
    parts: IntArray = random.permutation(np.arange(len(schools)) % _SCHOOL_PARTS)[place]
    return parts


def choose(rows: Rows, among: BoolArray, seed: int, progress: Progress) -> Settings:
    """Choose settings: fitted on what was known before a block of time, compared on the block.

    And on other schools, where there are enough of them: one half is fitted on, the other half
    compared on, and the other way round. Those win under which the blocks' labels are likeliest.
    Of very many rows some pupils' are looked at.
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
            gains[place] += _likelihoods(rows, before, block, half, candidate, seed)
    best, step = divmod(int(gains.argmax()), gains.shape[1])
    chosen = _CANDIDATES[best]
    return Settings(
        (step + 1) * _STEP,
        chosen.learning_rate,
        chosen.max_leaf_nodes,
        chosen.min_samples_leaf,
        chosen.l2_regularization,
    )


def _likelihoods(
    rows: Rows,
    before: BoolArray,
    block: BoolArray,
    half: IntArray | None,
    settings: Settings,
    seed: int,
) -> FloatArray:
    """Log-likelihood of a block's labels after each so many iterations."""
    log_odds = np.zeros((_MOST_ITERATIONS // _STEP, len(block)))
    for which in (0, 1) if half is not None else (None,):
        fitted_on = before if which is None else before & (half != which)
        here = block if which is None else block & (half == which)
        if not here.any() or not has_both(rows.label[fitted_on]):
            continue
        model = _fitted(rows, fitted_on, settings, seed, _FEW_BAGS)
        for done, values in enumerate(model.staged(rows.features[here]), start=1):
            if done % _STEP == 0:
                log_odds[done // _STEP - 1, here] = values
    label = rows.label[block]
    return np.array([likelihood(each[block], label) for each in log_odds])


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
        model = _fitted(rows, others, settings, seed, _FEW_BAGS)
        log_odds[here] = model.log_odds(rows.features[here])
    return OutOfFold(log_odds, fold)


def fit_rows(rows: Rows, settings: Settings, seed: int) -> Ensemble:
    """Fit on all rows that have a label."""
    return _fitted(rows, rows.labelled, settings, seed, BAGS)


def _fitted(rows: Rows, which: BoolArray, settings: Settings, seed: int, bags: int) -> Ensemble:
    return fit(
        rows.features[which],
        rows.label[which],
        rows.pupil[which],
        rows.school[which],
        settings,
        seed,
        bags,
    )


def _of_some_pupils(rows: Rows, among: BoolArray, seed: int) -> BoolArray:
    count = int(among.sum())
    if count <= _MOST_ROWS_TO_CHOOSE:
        return among
    drawn = np.random.default_rng(seed).random(int(rows.pupil.max()) + 1)
    return np.asarray(among & (drawn[rows.pupil] < _MOST_ROWS_TO_CHOOSE / count))
