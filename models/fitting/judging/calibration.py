"""Does a score mean what it says: of pupils with a score of 0.2, is it one in five?"""

from typing import Any, Final

import numpy as np

from models.arrays import BoolArray, FloatArray, IntArray
from models.fitting.judging.resampling import estimates, rounded

_BINS: Final = 10


def calibration(
    score: FloatArray, truth: BoolArray, subject: IntArray, seed: int, draws: int
) -> list[dict[str, Any]]:
    """Ten equal parts of the rows by score: what was said, and what came of it."""
    edges = np.unique(np.quantile(score, np.linspace(0, 1, _BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, score, side="left")
    pupils = int(subject.max()) + 1
    cells, shape = bins * pupils + subject, (len(edges) + 1, pupils)
    rows_of = np.bincount(cells, np.ones(len(cells)), shape[0] * pupils).reshape(shape)
    true_of = np.bincount(cells, truth, shape[0] * pupils).reshape(shape)

    def came_true(weights: FloatArray) -> dict[int, float]:
        rows = rows_of @ weights
        shares = true_of @ weights / np.where(rows > 0, rows, np.nan)
        return dict(enumerate(shares.tolist()))

    shares, _ = estimates(came_true, pupils, seed, draws)
    return [
        {
            "rows": int((bins == each).sum()),
            "said": rounded(float(score[bins == each].mean())),
            "came_true": shares[each],
        }
        for each in range(len(edges) + 1)
        if (bins == each).any()
    ]
