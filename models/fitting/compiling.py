"""From scikit-learn's trees to tables, exactly.

In an additive model every tree looks at one pattern alone. So all trees of a pattern together
are a step function of it: its steps are the trees' thresholds, and a null goes the way that each
tree has for it. The mean of several such models is one too. The sums are the same ones; only the
order of adding differs.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from models.arrays import AnyArray, FloatArray
from models.scorecard.tables import PointsTable


class NotAdditiveError(Exception):
    """A tree looks at more than one pattern: no tables can say the same."""


def compile_tables(
    models: Sequence[HistGradientBoostingClassifier],
    patterns: Sequence[str],
    edges: Sequence[FloatArray] | None = None,
) -> tuple[float, list[PointsTable]]:
    """Turn models of two classes into an intercept and a table a pattern that any of them uses.

    ``patterns`` names the models' columns. The sum of the intercept and the tables' points is
    the mean of the models' ``decision_function``. With ``edges``, a pattern each, the models were
    fitted on numbers of bins: a value's is that of the first edge that is not below it.

    Raises
    ------
    NotAdditiveError
        A model was not fitted with ``interaction_cst="no_interactions"``.
    """
    intercept = 0.0
    trees: dict[int, list[AnyArray]] = defaultdict(list)
    for model in models:
        intercept += float(model._baseline_prediction.ravel()[0])  # noqa: SLF001 - nothing public has it
        for predictors in model._predictors:  # noqa: SLF001
            nodes = predictors[0].nodes
            looked_at = np.unique(nodes["feature_idx"][nodes["is_leaf"] == 0])
            if len(looked_at) > 1 or nodes["is_categorical"].any():
                raise NotAdditiveError("a tree of the model looks at more than one pattern")
            if len(looked_at):
                column = int(looked_at[0])
                trees[column].append(nodes if edges is None else _unbinned(nodes, edges[column]))
            else:
                intercept += float(nodes["value"][0])
    tables = [_table(patterns[column], trees[column], len(models)) for column in sorted(trees)]
    return intercept / len(models), tables


def _unbinned(nodes: AnyArray, edges: FloatArray) -> AnyArray:
    """Put edges in the place of thresholds between numbers of bins."""
    values = nodes.copy()
    parting = (nodes["is_leaf"] == 0) & np.isfinite(nodes["num_threshold"])
    number = np.floor(nodes["num_threshold"][parting]).astype(np.intp)
    values["num_threshold"][parting] = edges[number]
    return values


def _table(pattern: str, trees: list[AnyArray], models: int) -> PointsTable:
    thresholds = [nodes["num_threshold"][nodes["is_leaf"] == 0] for nodes in trees]
    edges: FloatArray = np.unique(np.concatenate(thresholds))
    edges = edges[np.isfinite(edges)]  # an infinite one parts nulls from all else
    values = np.zeros(len(edges) + 1)
    missing = 0.0
    for nodes in trees:
        _add(nodes, nodes[0], edges, values, slice(0, len(values)))
        missing += _missing(nodes)
    return PointsTable(pattern, edges, values / models, missing / models)


def _add(nodes: AnyArray, node: Any, edges: FloatArray, values: FloatArray, part: slice) -> None:
    """Add one tree's leaves to the steps ``part`` that reach a node."""
    if node["is_leaf"]:
        values[part] += node["value"]
        return
    threshold = float(node["num_threshold"])
    middle = int(np.searchsorted(edges, threshold, side="right"))
    middle = part.stop if np.isinf(threshold) else min(max(middle, part.start), part.stop)
    _add(nodes, nodes[node["left"]], edges, values, slice(part.start, middle))
    _add(nodes, nodes[node["right"]], edges, values, slice(middle, part.stop))


def _missing(nodes: AnyArray) -> float:
    node = nodes[0]
    while not node["is_leaf"]:
        node = nodes[node["left"] if node["missing_go_to_left"] else node["right"]]
    return float(node["value"])
