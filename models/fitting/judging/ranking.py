"""Who comes first by a score, and how many of them are right.

Whoever looks at the first N of a ranking takes a tie only in part: of pupils with the same score
each counts for the same part. So nothing hangs on the order of the rows.
"""

from dataclasses import dataclass

import numpy as np

from models.arrays import BoolArray, FloatArray, IntArray


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
    """Running weights of a ranking's ties, best first within each segment.

    ``all`` and ``true`` are ``[ties + 1]``: what comes before each tie, and after the last one.
    A segment's ties are those from ``first`` up to, not including, ``last``.
    """

    all: FloatArray
    true: FloatArray
    first: IntArray
    last: IntArray
    with_true: IntArray
    """Ties that hold somebody to be found."""
    segment: IntArray
    """Of each of those."""

    @property
    def everyone(self) -> FloatArray:
        """Weight of each segment."""
        return np.asarray(self.all[self.last] - self.all[self.first])

    @property
    def there(self) -> FloatArray:
        """Weight of those to be found in each segment."""
        return np.asarray(self.true[self.last] - self.true[self.first])

    def first_by_segment(self, budget: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Look at the first of each segment: how many these are, and how many of them right."""
        begin = self.all[self.first]
        end = begin + np.clip(budget, 0.0, self.everyone)
        tie = np.searchsorted(self.all, end, side="right") - 1
        tie = np.clip(tie, self.first, np.maximum(self.last - 1, self.first))
        after = np.minimum(tie + 1, self.last)
        width = self.all[after] - self.all[tie]
        part = np.clip((end - self.all[tie]) / np.where(width > 0, width, 1.0), 0.0, 1.0)
        whole = self.true[tie] - self.true[self.first]
        return end - begin, whole + part * (self.true[after] - self.true[tie])

    def named(self, budget: FloatArray) -> Found:
        """Look at so many of each segment."""
        looked_at, right = self.first_by_segment(budget)
        return Found(float(looked_at.sum()), float(right.sum()), float(self.there.sum()))

    def named_share(self, share: float) -> Found:
        """Look at so large a share of each segment."""
        return self.named(share * self.everyone)

    def pairs(self) -> tuple[FloatArray, FloatArray]:
        """Pairs of a true and a false one in each segment: those in order, and all."""
        tie = self.with_true
        false = self.all - self.true
        true = self.true[tie + 1] - self.true[tie]
        worse = false[self.last[self.segment]] - false[tie + 1]
        ordered = true * (worse + (false[tie + 1] - false[tie]) / 2)
        there = self.there
        in_order = np.bincount(self.segment, ordered, len(there)).astype(np.float64)
        return in_order, there * (self.everyone - there)

    def auc(self) -> float:
        """Chance that of a true and a false one of a segment the true one comes first."""
        in_order, pairs = self.pairs()
        return float(in_order.sum() / pairs.sum()) if pairs.sum() > 0 else float("nan")

    def average_precision(self) -> float:
        """Mean precision over the true ones as they come; for a ranking without segments."""
        there = float(self.there.sum())
        if not there:
            return float("nan")
        tie = self.with_true
        seen, found = self.all[tie + 1], self.true[tie + 1]
        precision = found / np.where(seen > 0, seen, 1.0)
        return float(precision @ (found - self.true[tie]) / there)


class Ranking:
    """Rows in the order of a score, within segments such as a school's cut day.

    All are ``[rows]``. ``segment`` has numbers from 0, where the rows are not one ranking;
    ``subject`` tells whose weight each row has (not given: each its own). NaN scores come last.
    """

    def __init__(
        self,
        score: FloatArray,
        truth: BoolArray,
        segment: IntArray | None = None,
        subject: IntArray | None = None,
    ) -> None:
        rows = len(score)
        within = np.zeros(rows, np.int64) if segment is None else segment
        ranked = np.where(np.isnan(score), -np.inf, score)
        order = np.lexsort((-ranked, within))
        by_rank, of = ranked[order], within[order]
        is_last = np.ones(rows, np.bool_)
        is_last[:-1] = (by_rank[1:] != by_rank[:-1]) | (of[1:] != of[:-1])
        self._ends = np.flatnonzero(is_last)
        self._true_rows = np.flatnonzero(truth[order])
        self._true_before = np.searchsorted(self._true_rows, np.append(0, self._ends + 1))
        self._subject = (order if subject is None else subject[order]).astype(np.int32)
        of_tie = of[self._ends]
        segments = np.arange(int(within.max(initial=0)) + 1)
        self._first = np.searchsorted(of_tie, segments, side="left")
        self._last = np.searchsorted(of_tie, segments, side="right")
        self._with_true = np.flatnonzero(np.diff(self._true_before))
        self._segment = of_tie[self._with_true]
        self._subjects = int(self._subject.max(initial=-1)) + 1

    def tally(self, weights: FloatArray | None = None) -> Tally:
        """Add up the ties, each subject weighed (not given: 1)."""
        weight = (np.ones(self._subjects) if weights is None else weights)[self._subject]
        of_all, of_true = np.cumsum(weight), np.cumsum(weight[self._true_rows])
        return Tally(
            np.append(0.0, of_all[self._ends]),
            np.append(0.0, of_true)[self._true_before],
            self._first,
            self._last,
            self._with_true,
            self._segment,
        )
