"""What a scorecard looks at: the same numbers at training and at serving."""

from typing import Final

import numpy as np

from models.arrays import FloatArray
from models.patterns import NOT_SEEN, PATTERNS, Patterns
from models.score_patterns import SCORE_PATTERNS, ScorePatterns

FEATURES: Final = (*PATTERNS, *SCORE_PATTERNS)
"""Names of the columns of `features`, in order."""


def features(patterns: Patterns, as_of: int = -1) -> FloatArray:
    """What a scorecard looks at as of one of the school days measured.

    ``[pupils, FEATURES]``, NaN for null. ``as_of`` is an index into `Patterns.as_of`. The
    patterns must be those of everybody in full: none may be bounded by `Patterns.least`.
    """
    if patterns.least:
        raise ValueError("patterns that were measured for rules alone are not whole")
    further = ScorePatterns(patterns)
    columns = np.empty((len(FEATURES), patterns.pupil_days.packed.shape[1]))
    for place, name in enumerate(FEATURES):
        values = patterns[name] if name in PATTERNS else further[name]
        columns[place] = values[as_of]
    columns[FEATURES.index("days_since_seen")][patterns["days_since_seen"][as_of] == NOT_SEEN] = (
        np.nan
    )
    return columns.T
