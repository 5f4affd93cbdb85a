"""Further patterns, for the scorecard (SEMANTICS.md 5, last row)."""

from typing import Final

SCORE_PATTERNS: Final[dict[str, str]] = {}
"""Name → definition, in the order of the table."""
QUOTIENTS: Final[frozenset[str]] = frozenset()
"""Those that are no whole numbers."""
