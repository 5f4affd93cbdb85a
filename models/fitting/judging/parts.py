"""Is a scorecard as good for one phase or school as for another?"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from models.arrays import AnyArray, BoolArray, FloatArray, IntArray
from models.fitting.judging.baselines import school_days
from models.fitting.judging.ranking import Ranking
from models.fitting.judging.resampling import Estimate, estimates
from models.pattern_table import PatternTable

LEAST_PUPILS: Final = 20
"""Of fewer pupils no figure is shown: small numbers give people away."""
_SHARE: Final = 0.10
_SIZES: Final = (100, 300, 1000)
_SIZE_WORDS: Final = ("under 100 pupils", "100 to 299", "300 to 999", "1,000 pupils or more")


def parts(
    judged: PatternTable, truth: BoolArray, subject: IntArray, seed: int, draws: int
) -> dict[str, list[dict[str, Any]]]:
    """Figures by phase, by school and by size of school, each with its interval."""

    def of(part: AnyArray, names: Sequence[str | None]) -> list[dict[str, Any]]:
        return _by(part, names, judged, truth, subject, seed, draws)

    pairs = np.unique(np.stack([judged.school.astype(np.int64), subject]), axis=1)
    sizes = np.bincount(pairs[0], minlength=len(judged.schools))
    return {
        "phases": of(judged.phase, judged.phases),
        "schools": of(judged.school, judged.schools),
        "school_sizes": of(np.digitize(sizes, _SIZES)[judged.school], _SIZE_WORDS),
    }


def _by(
    part: AnyArray,
    names: Sequence[str | None],
    judged: PatternTable,
    truth: BoolArray,
    subject: IntArray,
    seed: int,
    draws: int,
) -> list[dict[str, Any]]:
    days = school_days(judged)
    keys = part.astype(np.int64) * (int(days.max()) + 1) + days
    _, first_rows, segment = np.unique(keys, return_index=True, return_inverse=True)
    part_of = part[first_rows]
    ranking = Ranking(judged.score, truth, segment, subject)

    def sums(values: FloatArray) -> FloatArray:
        return np.bincount(part_of, values, len(names)).astype(np.float64)

    def figures(weights: FloatArray) -> Mapping[tuple[str, int], float]:
        tally = ranking.tally(weights)
        everyone, there = tally.everyone, tally.there
        ordered, pairs = tally.pairs()
        looked_at, right = tally.first_by_segment(_SHARE * everyone)
        with np.errstate(invalid="ignore"):
            shares = {
                "auc": sums(ordered) / sums(pairs),
                "precision_top_10": sums(right) / sums(looked_at),
                "prevalence": sums(there) / sums(everyone),
            }
        return {(name, each): float(of[each]) for name, of in shares.items() for each in present}

    present = np.unique(part).tolist()
    found, _ = estimates(figures, int(subject.max()) + 1, seed, draws)
    return [
        _line(
            names[each],
            part == each,
            subject,
            {name: found[name, each] for name in ("auc", "precision_top_10", "prevalence")},
        )
        for each in sorted(present, key=lambda each: names[each] or "")
    ]


def _line(
    name: str | None, here: BoolArray, subject: IntArray, figures: Mapping[str, Estimate]
) -> dict[str, Any]:
    """Figures of one part; none of a small one."""
    pupils = len(np.unique(subject[here]))
    if pupils < LEAST_PUPILS:
        return {"name": name, "pupils": None, "rows": None} | dict.fromkeys(figures)
    return {"name": name, "pupils": pupils, "rows": int(here.sum()), **figures}
