"""What was refused lately, counted for operations: by school, reason and field, no line."""

import re
from dataclasses import dataclass
from typing import Final

NOBODY: Final = "-"
"""Stands for a school that nobody can read, and for no field."""
_PLACE: Final = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Refusals:
    """Lines and marks of one school that were refused for one reason."""

    school: str
    reason: str
    field: str
    """Without places in a list: ``marks[].status``."""
    refused: int
    last_at: int
    """When the newest of them arrived, in seconds since 1970."""


class Tally:
    """Counts refusals as they are read."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], tuple[int, int]] = {}

    def add(self, school: str, reason: str, field: str | None, arrived_at: int) -> None:
        """Count one; ``arrived_at`` in seconds since 1970."""
        key = (school, reason, _PLACE.sub("[]", field or NOBODY))
        refused, last_at = self._found.get(key, (0, arrived_at))
        self._found[key] = (refused + 1, max(last_at, arrived_at))

    def most_first(self) -> list[Refusals]:
        """Give what was counted, most refused first."""
        found = [Refusals(*key, *counted) for key, counted in self._found.items()]
        return sorted(found, key=lambda each: (-each.refused, each.school, each.reason, each.field))
