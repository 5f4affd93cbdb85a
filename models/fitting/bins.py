"""Bins: between which values of a pattern a step may lie, the same ones for every bag.

Steps lie between whole numbers, and at whole steps of half a percent of a quotient. So a table has
numbers that a person can read, and that do not hang on which pupils happened to be drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import FloatArray
from models.score_patterns import QUOTIENTS

MOST_EDGES: Final = 254
"""With nulls apart, as many bins as scikit-learn tells apart."""
_STEPS_OF_ONE: Final = 200
"""Steps of a quotient."""


@dataclass(frozen=True, slots=True)
class Bins:
    """Edges of each pattern; a value's number is that of the first edge that is not below it."""

    edges: tuple[FloatArray, ...]

    def numbers(self, features: FloatArray) -> FloatArray:
        """Replace each value by the number of its bin, ``[rows, features]``; nulls stay.

        >>> Bins((np.array([0.5, 1.5]),)).numbers(np.array([[0.0], [1.5], [7.0]])).ravel().tolist()
        [0.0, 1.0, 2.0]
        """
        numbers = np.empty(features.shape, order="F")
        for place, edges in enumerate(self.edges):
            column = features[:, place]
            numbers[:, place] = np.searchsorted(edges, column, side="left")
            numbers[np.isnan(column), place] = np.nan
        return numbers


def bins_of(features: FloatArray, patterns: Sequence[str]) -> Bins:
    """Find edges between the values that there are; of very many, quantiles."""
    return Bins(
        tuple(
            _edges(features[:, place], is_quotient=name in QUOTIENTS)
            for place, name in enumerate(patterns)
        )
    )


def _edges(column: FloatArray, *, is_quotient: bool) -> FloatArray:
    known = column[~np.isnan(column)]
    step = np.ceil(known * _STEPS_OF_ONE) if is_quotient else np.floor(known)
    there, times = np.unique(step, return_counts=True)
    if len(there) - 1 > MOST_EDGES:
        up_to = np.cumsum(times)
        wanted = np.linspace(0, up_to[-1], MOST_EDGES + 2)[1:-1]
        place = np.minimum(np.searchsorted(up_to, wanted), len(there) - 2)
        there = there[[*np.unique(place), -1]]
    edges: FloatArray = there[:-1] / _STEPS_OF_ONE if is_quotient else there[:-1] + 0.5
    return edges
