"""The last of the baselines: logistic regression on rate and spells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from models.arrays import AnyArray, FloatArray
from models.pattern_table import NULL_LABEL, PatternTable

_COUNTS: Final = ("spells_60", "illness_spells_12w", "run_days")
TERMS: Final = ("share_60", "share_20", "nothing_expected", *_COUNTS)


class UnknownTermError(Exception):
    """A baseline that was fitted by another version."""


def share(table: PatternTable, days: int) -> FloatArray:
    """Share of the expected sessions of so many school days that was missed; NaN of none."""
    missed = table.columns[f"missed_sessions_{days}"]
    expected = table.columns[f"expected_sessions_{days}"]
    shares: FloatArray = np.where(
        expected > 0, missed / np.where(expected > 0, expected, 1.0), np.nan
    )
    return shares


def _terms(table: PatternTable) -> FloatArray:
    long, short = share(table, 60), share(table, 20)
    columns = [
        np.nan_to_num(long),
        np.where(np.isnan(short), np.nan_to_num(long), short),
        np.isnan(long).astype(np.float64),
        *(np.nan_to_num(table.columns[name]) for name in _COUNTS),
    ]
    return np.column_stack(columns)


@dataclass(frozen=True, slots=True)
class Logistic:
    """Coefficients on `TERMS`, as they are, and what is added to their sum."""

    coefficients: tuple[float, ...]
    intercept: float

    def score(self, table: PatternTable) -> FloatArray:
        """Probability for every row."""
        points = _terms(table) @ np.array(self.coefficients) + self.intercept
        probability: FloatArray = 1.0 / (1.0 + np.exp(-points))
        return probability

    def as_dict(self) -> dict[str, Any]:
        """Give it as a scorecard's file keeps it."""
        terms = dict(zip(TERMS, self.coefficients, strict=True))
        return {"coefficients": terms, "intercept": self.intercept}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "Logistic":
        """Read `as_dict` back; a term that is not there counts nothing.

        Raises
        ------
        UnknownTermError
            There is a term that this version does not know.
        """
        coefficients = kept["coefficients"]
        unknown = sorted(coefficients.keys() - set(TERMS))
        if unknown:
            raise UnknownTermError(f"the baseline has a term that is not known here: {unknown[0]}")
        return cls(
            tuple(float(coefficients.get(term, 0.0)) for term in TERMS), float(kept["intercept"])
        )


def fit_logistic(table: PatternTable, labels: AnyArray) -> Logistic:
    """Fit on the rows of a table that have a label (``[rows]``, `NULL_LABEL` where not).

    Where all labels are alike there is nothing to fit, and every row gets the same score.
    """
    is_known = labels != NULL_LABEL
    truth = labels[is_known] == 1
    if truth.all() or not truth.any():
        return Logistic((0.0,) * len(TERMS), 0.0)
    fitted = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    with threadpool_limits(limits=1):  # the same on any number of cores
        fitted.fit(_terms(table.rows(is_known)), truth)
    scaler, regression = fitted[0], fitted[1]
    coefficients = regression.coef_[0] / scaler.scale_
    intercept = regression.intercept_[0] - coefficients @ scaler.mean_
    return Logistic(tuple(coefficients.tolist()), float(intercept))
