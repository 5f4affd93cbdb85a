import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from models.fitting.compiling import NotAdditiveError, compile_tables
from models.scorecard.tables import Tables

NAMES = tuple(f"p{each}" for each in range(8))


def rows(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    features = random.poisson(4, (count, len(NAMES))).astype(float)
    features[:, 5] = random.random(count)
    features[:, 6] = features[:, 0] / (1 + features[:, 1])
    features[random.random(features.shape) < 0.08] = np.nan
    features[:, 0] = np.nan_to_num(features[:, 0])
    features[:, 7] = np.where(np.isnan(features[:, 7]), np.nan, 1)  # its only news is being there
    return features


def fitted(**options) -> HistGradientBoostingClassifier:
    features = rows(20_000, 0)
    known = np.nan_to_num(features)
    log_odds = 0.3 * known[:, 0] - 0.2 * known[:, 1] + known[:, 6] + np.isnan(features[:, 7]) - 1.5
    label = np.random.default_rng(1).random(len(features)) < 1 / (1 + np.exp(-log_odds))
    model = HistGradientBoostingClassifier(early_stopping=False, random_state=0, **options)
    return model.fit(features, label)


@pytest.fixture(scope="module", params=[2, 6])
def model(request) -> HistGradientBoostingClassifier:
    return fitted(
        max_leaf_nodes=request.param,
        interaction_cst="no_interactions",
        monotonic_cst=[1, -1, 0, 0, 0, 0, 1, 0],
    )


def test_tables_agree_with_the_model_on_a_million_rows(model) -> None:
    intercept, tables = compile_tables([model], NAMES)
    columns = [NAMES.index(each.pattern) for each in tables]
    edges = np.concatenate([each.edges for each in tables])
    anything = np.concatenate(
        [edges, np.nextafter(edges, 99), np.nextafter(edges, -99), [np.nan, 1e9, -1e9, 0, -0.5]]
    )
    random = np.random.default_rng(2)
    for features in (rows(500_000, 3), random.choice(anything, (500_000, len(NAMES)))):
        compiled = intercept + Tables(tables).points(features.T[columns]).sum(axis=0)
        assert np.abs(compiled - model.decision_function(features)).max() < 1e-9


def test_monotone_models_make_monotone_tables(model) -> None:
    _, tables = compile_tables([model], NAMES)
    steps = {each.pattern: np.diff(each.values) for each in tables}
    assert (steps["p0"] >= -1e-12).all()
    assert (steps["p1"] <= 1e-12).all()


def test_nulls_alone_make_a_table_without_edges(model) -> None:
    _, tables = compile_tables([model], NAMES)
    table = next(each for each in tables if each.pattern == "p7")
    assert not len(table.edges)
    assert table.missing > table.values[0]


def test_a_model_that_is_not_additive_is_refused() -> None:
    with pytest.raises(NotAdditiveError):
        compile_tables([fitted()], NAMES)
