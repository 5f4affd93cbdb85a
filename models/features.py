"""What a scorecard looks at: the same numbers at training and at serving."""

from typing import Final

import numpy as np

from models.arrays import FloatArray
from models.patterns import NOT_SEEN, PATTERNS, Patterns
from models.score_patterns import SCORE_PATTERNS, measure_further

FEATURES: Final = (*PATTERNS, *SCORE_PATTERNS)
"""Names of the columns of `features`, in order."""


def features(patterns: Patterns, as_of: int = -1) -> FloatArray:
    """What a scorecard looks at as of one of the school days measured.

    ``[pupils, FEATURES]``, NaN for null. ``as_of`` is an index into `Patterns.as_of`. The
    patterns must be those of everybody in the school and in full: none may be bounded by
    `Patterns.least`, as those are that rules alone ask for.
    """
    if patterns.least:
        raise ValueError("patterns that were measured for rules alone are not whole")
    columns = np.empty((len(FEATURES), patterns.pupil_days.packed.shape[1]))
    for place, name in enumerate(PATTERNS):
        columns[place] = patterns[name][as_of]
    seen = columns[PATTERNS.index("days_since_seen")]
    seen[seen == NOT_SEEN] = np.nan
    columns[len(PATTERNS) :] = list(measure_further(patterns, as_of).values())
    return columns.T
