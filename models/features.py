"""What a scorecard looks at: the same numbers at training and at serving."""

from typing import Final

from models.patterns import PATTERNS
from models.score_patterns import SCORE_PATTERNS

FEATURES: Final = (*PATTERNS, *SCORE_PATTERNS)
"""Names of the columns of `features`, in order."""
