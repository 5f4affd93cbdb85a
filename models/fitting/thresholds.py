"""The threshold: how many alerts a mentor gets in a week, and what they are worth.

An alert is made where a pupil's score reaches the threshold and did not on the cut day before: the
same alerts, mentors and weeks as judging counts. Episodes go on for some days after that
(SEMANTICS.md 6), so somewhat fewer are told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import AnyArray, BoolArray, FloatArray, IntArray
from models.fitting.judging.alerts import mentor_weeks
from models.fitting.judging.baselines import school_days
from models.fitting.rows import Rows
from models.pattern_table import PatternTable
from models.scorecard.document import Choice, Threshold

_WISHES: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Crossings:
    """Scores of rows, and of each pupil's row on the school's cut day before."""

    score: FloatArray
    before: FloatArray
    """-1 where there is no such row."""
    label: AnyArray
    pupil: IntArray
    mentor_weeks: float

    def alerts(self, thresholds: FloatArray) -> IntArray:
        """How many alerts each threshold would make."""
        rises = self.score > self.before
        reached = np.sort(self.score[rises])
        already = np.sort(self.before[rises])
        below = np.searchsorted(reached, thresholds, side="left")
        before_below = np.searchsorted(already, thresholds, side="left")
        return np.asarray(before_below - below)

    def is_alert(self, threshold: float) -> BoolArray:
        """On which rows one is made."""
        return np.asarray((self.score >= threshold) & (self.before < threshold))


def crossings(table: PatternTable, rows: Rows, score: FloatArray) -> Crossings:
    """Put each row beside the one of the same pupil on the school's cut day before."""
    day = school_days(table)
    order = np.lexsort((day, rows.pupil))
    earlier, later = order[:-1], order[1:]
    follows = (rows.pupil[later] == rows.pupil[earlier]) & (day[later] == day[earlier] + 1)
    before = np.full(len(order), -1.0)
    before[later[follows]] = score[earlier[follows]]
    return Crossings(score, before, rows.label, rows.pupil, mentor_weeks(table))


def threshold_for(made: Crossings, wished: float) -> Threshold:
    """Take the lowest threshold at which it, and any higher one, makes no more than wished.

    But none below the share of all for whom it came true: of whom no more is to be feared than of
    anybody, nobody is told.
    """
    least = float((made.label == 1).sum() / max((made.label >= 0).sum(), 1))
    scores = [max(_lowest(made, each), round(least, _DIGITS)) for each in (*_WISHES, wished)]
    trade_off = [_choice(made, each) for each in sorted(set(scores), reverse=True)]
    return Threshold(scores[-1], wished, tuple(trade_off))


def _lowest(made: Crossings, wished: float) -> float:
    candidates = np.unique(np.round(made.score, _DIGITS))
    per_week = made.alerts(candidates) / max(made.mentor_weeks, 1.0)
    too_many = np.flatnonzero(per_week > wished)
    first = int(too_many[-1]) + 1 if len(too_many) else 0
    return float(candidates[first]) if first < len(candidates) else 1.0


def _choice(made: Crossings, threshold: float) -> Choice:
    alerts = made.is_alert(threshold)
    told = made.label[alerts & (made.label >= 0)]
    came_true = np.unique(made.pupil[made.label == 1])
    found = np.unique(made.pupil[(made.label == 1) & (made.score >= threshold)])
    return Choice(
        threshold,
        round(float(alerts.sum()) / max(made.mentor_weeks, 1.0), _DIGITS),
        round(float(told.mean()), _DIGITS) if len(told) else None,
        round(len(found) / len(came_true), _DIGITS) if len(came_true) else None,
    )


def trade_off_lines(choices: Sequence[Choice]) -> list[str]:
    """Say a trade-off, a line a threshold."""

    def percent(share: float | None) -> str:
        return "    -" if share is None else f"{share:5.0%}"

    return [
        f"score {each.score:.3f}: {each.alerts_per_mentor_week:5.2f} alerts per mentor and week,"
        f" {percent(each.precision)} of them come true,"
        f" {percent(each.recall)} of those for whom it came true had one"
        for each in choices
    ]
