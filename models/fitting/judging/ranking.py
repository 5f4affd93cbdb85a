"""Who comes first by a score, and how many of them are right.

Whoever looks at the first N of a ranking takes a tie only in part: of pupils with the same score
each counts for the same part. So nothing hangs on the order of the rows.
"""

from dataclasses import dataclass

import numpy as np

from models.arrays import AnyArray, BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Found:
    """How many were looked at and how many of them were right, of how many there are."""

    looked_at: float
    right: float
    there: float

    @property
    def precision(self) -> float:
        """Share of those looked at that were right; NaN where nobody was."""
        return self.right / self.looked_at if self.looked_at > 0 else float("nan")

    @property
    def recall(self) -> float:
        """Share of those to be found that were; NaN where there was nobody."""
        return self.right / self.there if self.there > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Tally:
    """Weights of the ties of a ranking, best first within each segment."""

    segment: IntArray
    """Of each tie."""
    all: FloatArray
    true: FloatArray
    segments: int

    def by_segment(self, values: FloatArray) -> FloatArray:
        """Sum what belongs to the ties of each segment."""
        return np.bincount(self.segment, values, self.segments).astype(np.float64)

    def _before(self, values: FloatArray) -> FloatArray:
        """Sum of the better ties of the same segment, for each tie."""
        running = np.cumsum(values) - values
        totals = self.by_segment(values)
        of_earlier_segments = np.cumsum(totals) - totals
        before: FloatArray = running - of_earlier_segments[self.segment]
        return before

    def taken(self, budget: FloatArray) -> FloatArray:
        """Part of each tie that is looked at when so much of each segment is."""
        room = budget[self.segment] - self._before(self.all)
        parts: FloatArray = np.clip(room / np.where(self.all > 0, self.all, 1.0), 0.0, 1.0)
        return parts

    def first(self, budget: FloatArray) -> Found:
        """Look at the first of each segment."""
        parts = self.taken(budget)
        return Found(float(parts @ self.all), float(parts @ self.true), float(self.true.sum()))

    def first_share(self, share: float) -> Found:
        """Look at the first so many of each segment, as a share of all in it."""
        return self.first(share * self.by_segment(self.all))

    def first_by_segment(self, budget: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Look at the first of each segment: how many these are, and how many of them right."""
        parts = self.taken(budget)
        return self.by_segment(parts * self.all), self.by_segment(parts * self.true)

    def pairs(self) -> tuple[FloatArray, FloatArray]:
        """Pairs of a true and a false one in each segment: those in order, and all."""
        false = self.all - self.true
        worse = self.by_segment(false)[self.segment] - self._before(false) - false
        ordered = self.by_segment(self.true * (worse + false / 2))
        return ordered, self.by_segment(self.true) * self.by_segment(false)

    def auc(self) -> float:
        """Chance that of a true and a false one of a segment the true one comes first."""
        ordered, pairs = self.pairs()
        return float(ordered.sum() / pairs.sum()) if pairs.sum() > 0 else float("nan")

    def average_precision(self) -> float:
        """Mean precision over the true ones as they come; all segments as one ranking's."""
        there = self.true.sum()
        if not there:
            return float("nan")
        seen = np.cumsum(self.all)
        precision = np.cumsum(self.true) / np.where(seen > 0, seen, 1.0)
        return float(precision @ self.true / there)


class Ranking:
    """Rows in the order of a score, within segments such as a school's cut day.

    ``score`` and ``truth`` are ``[rows]``, and so is ``segment``: numbers from 0, where the rows
    are not one ranking. NaN scores come last.
    """

    def __init__(
        self, score: FloatArray, truth: BoolArray, segment: AnyArray | None = None
    ) -> None:
        within = np.zeros(len(score), np.int64) if segment is None else segment.astype(np.int64)
        ranked = np.where(np.isnan(score), -np.inf, score)
        self._order = np.lexsort((-ranked, within))
        by_rank, of = ranked[self._order], within[self._order]
        is_new = np.ones(len(score), np.bool_)
        is_new[1:] = (by_rank[1:] != by_rank[:-1]) | (of[1:] != of[:-1])
        self._starts = np.flatnonzero(is_new)
        self._segment = of[self._starts]
        self._segments = int(within.max()) + 1 if len(within) else 0
        self._truth = truth[self._order].astype(np.float64)

    def tally(self, weights: FloatArray | None = None) -> Tally:
        """Add up the ties, each row weighed (not given: 1)."""
        weight = np.ones(len(self._order)) if weights is None else weights[self._order]
        if not len(weight):
            return Tally(self._segment, np.zeros(0), np.zeros(0), self._segments)
        return Tally(
            self._segment,
            np.add.reduceat(weight, self._starts),
            np.add.reduceat(weight * self._truth, self._starts),
            self._segments,
        )
