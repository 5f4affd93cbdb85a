import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scorecard.serving import looked_up
from models.scorecard.tables import PointsTable, Tables

FINITE = st.floats(-1e6, 1e6, allow_subnormal=False)


@st.composite
def points_tables(draw) -> PointsTable:
    whole = st.integers(-3, 70).map(lambda each: each + 0.5)
    near = st.builds(
        lambda each, up: np.nextafter(each, np.inf if up else -np.inf), whole, st.booleans()
    )
    edges = sorted(draw(st.sets(st.one_of(whole, near, FINITE, st.floats(-1, 1)), max_size=12)))
    values = draw(st.lists(st.floats(-5, 5), min_size=len(edges) + 1, max_size=len(edges) + 1))
    return PointsTable("run_days", np.array(edges), np.array(values), draw(st.floats(-5, 5)))


def looked_up_in(table: PointsTable, value: float) -> float:
    if np.isnan(value):
        return table.missing
    return table.values[sum(edge < value for edge in table.edges.tolist())]


@settings(max_examples=300)
@given(st.lists(points_tables(), min_size=1, max_size=4), st.data())
def test_all_tables_at_once_say_what_each_says(tables, data) -> None:
    edges = np.concatenate([each.edges for each in tables]).tolist() or [0.0]
    beside = [float(np.nextafter(each, side)) for each in edges for side in (-np.inf, np.inf)]
    values = st.one_of(
        st.sampled_from([*edges, *beside, np.nan, np.inf, -np.inf, 0.0, -0.0]), FINITE
    )
    rows = data.draw(
        st.lists(
            st.lists(values, min_size=len(tables), max_size=len(tables)), min_size=1, max_size=6
        )
    )
    patterns = np.array(rows, dtype=float).T
    wanted = [
        [looked_up_in(table, value) for value in row]
        for table, row in zip(tables, patterns, strict=True)
    ]
    assert Tables(tables).points(patterns).tolist() == wanted
    assert [
        table.points(row).tolist() for table, row in zip(tables, patterns, strict=True)
    ] == wanted


@pytest.mark.parametrize("narrow", [1e-12, 1e-3])
def test_edges_too_close_for_cells_are_searched(narrow: float) -> None:
    table = PointsTable("run_days", np.array([1.0, 1.0 + narrow, 1e6]), np.arange(4.0), -1.0)
    values = np.array([[0.0, 1.0, 1 + narrow / 2, 1 + narrow, 2.0, 1e6, 2e6, np.nan]])
    assert Tables([table]).points(values).tolist() == [[0, 0, 1, 1, 2, 2, 3, -1]]


def test_no_tables_give_no_points() -> None:
    assert Tables([]).points(np.zeros((0, 3))).shape == (0, 3)


@given(st.integers(0, 1000), st.integers(1, 60))
def test_a_sum_goes_table_after_table_whoever_is_asked_together(seed: int, pupils: int) -> None:
    random = np.random.default_rng(seed)
    tables = [
        PointsTable("run_days", np.arange(5.0), random.normal(0, 1, 6), random.normal())
        for _ in range(30)
    ]
    features = random.integers(-1, 7, (pupils, 40)).astype(float)
    columns = random.permutation(40)[:30]
    wanted = []
    for row in features:
        log_odds = -3.3
        for table, column in zip(tables, columns, strict=True):
            log_odds += looked_up_in(table, row[column])
        wanted.append(log_odds)
    for laid_out in (features, np.asfortranarray(features)):
        assert looked_up(-3.3, Tables(tables), columns, laid_out).tolist() == wanted
