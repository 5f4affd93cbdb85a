"""Calibration: log-odds of rows held out become chances that come true as often as they say."""

from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits

from models.arrays import AnyArray, FloatArray
from models.fitting.expectations import direction
from models.scorecard.document import Calibration
from models.scorecard.serving import chance
from models.scorecard.tables import PointsTable

_LEAST_SLOPE: Final = 1e-6
"""Of a model that tells nothing apart, or the wrong way round: all but flat, still in order."""
_NO_PENALTY: Final = 1e9
_DIGITS: Final = 12
"""Points are written with so many digits behind the point; a sum is right to 1e-10."""


def calibrate(log_odds: FloatArray, label: AnyArray) -> Calibration:
    """Fit Platt's line: chance = 1 / (1 + exp(-(slope x log-odds + intercept)))."""
    with threadpool_limits(limits=1):  # sums of many threads may differ in their last digits
        line = LogisticRegression(C=_NO_PENALTY).fit(log_odds[:, None], label)
    slope = max(float(line.coef_[0, 0]), _LEAST_SLOPE)
    return Calibration("platt", slope, float(line.intercept_[0]), len(label))


def likelihood(log_odds: FloatArray, label: AnyArray) -> float:
    """Mean log-likelihood of labels under log-odds, calibrated on those same rows.

    So log-odds are compared by what they tell apart, and not by how common the label is.
    """
    line = calibrate(log_odds, label)
    return -float(log_loss(label, chance(line.slope * log_odds + line.intercept)))


def centred(
    intercept: float,
    tables: list[PointsTable],
    references: list[float],
    calibration: Calibration,
) -> tuple[float, list[PointsTable]]:
    """Fold the calibration into tables, each moved so that its reference has 0 points."""
    slope = calibration.slope
    base = slope * (intercept + sum(references)) + calibration.intercept
    moved = [
        _levelled(
            table.pattern,
            table.edges,
            _in_order(table.pattern, np.round(slope * (table.values - reference), _DIGITS)),
            round(slope * (table.missing - reference), _DIGITS),
        )
        for table, reference in zip(tables, references, strict=True)
    ]
    return round(base, _DIGITS), moved


def _in_order(pattern: str, values: FloatArray) -> FloatArray:
    """Keep a promise to the last digit, which adding and rounding do not."""
    match direction(pattern):
        case "rising":
            return np.maximum.accumulate(values)
        case "falling":
            return np.minimum.accumulate(values)
    return values


def _levelled(pattern: str, edges: FloatArray, values: FloatArray, missing: float) -> PointsTable:
    """Leave out edges at which nothing changes."""
    changes = np.diff(values) != 0
    return PointsTable(pattern, edges[changes], values[np.append(True, changes)], missing)
