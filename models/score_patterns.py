"""Further patterns, for the scorecard (SEMANTICS.md 5, last row)."""

from typing import Final

from models.arrays import AnyArray
from models.patterns import Patterns

SCORE_PATTERNS: Final[dict[str, str]] = {}
"""Name → definition, in the order of the table."""
QUOTIENTS: Final[frozenset[str]] = frozenset()
"""Those that are no whole numbers."""


class ScorePatterns:
    """Further patterns of the same pupils and school days, ``[as_of, pupils]``, NaN for null."""

    def __init__(self, patterns: Patterns) -> None:
        self._patterns = patterns

    def __getitem__(self, name: str) -> AnyArray:
        raise KeyError(name)
