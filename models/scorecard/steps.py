"""A table's steps for people: few lines, each a range of values and its points."""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor

from models.scorecard.document import Table

_UNSEEN = 0.005
"""Points that differ by less look alike."""


@dataclass(frozen=True, slots=True)
class Step:
    """Points of some values, one after the other."""

    first: float | None
    """None: no least value."""
    last: float | None
    """None: no greatest value."""
    least: float
    greatest: float

    def joined(self, following: "Step") -> "Step":
        """Take the next one into it."""
        least, greatest = min(self.least, following.least), max(self.greatest, following.greatest)
        return Step(self.first, following.last, least, greatest)

    @property
    def middle(self) -> float:
        """Between its points."""
        return (self.least + self.greatest) / 2


def steps(table: Table, *, most: int) -> list[Step]:
    """Cut a table into few steps: those whose points differ least are put together.

    >>> table = Table("late_60", "rising", (0.5, 2.5), (0.0, 0.2, 0.5), 0.0)
    >>> [(each.first, each.last, each.middle) for each in steps(table, most=8)]
    [(None, 0.5, 0.0), (0.5, 2.5, 0.2), (2.5, None, 0.5)]
    >>> [(each.first, each.last) for each in steps(table, most=2)]
    [(None, 2.5), (2.5, None)]
    """
    bounds = [None, *table.edges, None]
    found = [
        Step(first, last, value, value)
        for (first, last), value in zip(pairwise(bounds), table.values, strict=True)
    ]
    while len(found) > 1:
        spans = [
            max(one.greatest, next_.greatest) - min(one.least, next_.least)
            for one, next_ in pairwise(found)
        ]
        place = min(range(len(spans)), key=spans.__getitem__)
        if len(found) <= most and spans[place] >= _UNSEEN:
            break
        found[place : place + 2] = [found[place].joined(found[place + 1])]
    return found


def range_in_words(step: Step, *, is_whole: bool) -> str:
    """Name a step's values.

    >>> range_in_words(Step(0.5, 2.5, 0.0, 0.0), is_whole=True)
    '1 to 2'
    >>> range_in_words(Step(2.5, None, 0.0, 0.0), is_whole=True)
    '3 or more'
    >>> range_in_words(Step(None, 0.25, 0.0, 0.0), is_whole=False)
    'up to 0.25'
    """
    first, last = step.first, step.last
    if is_whole:
        first = None if first is None else floor(first) + 1
        last = None if last is None else floor(last)
    match first, last:
        case None, None:
            return "any"
        case None, 0 if is_whole:
            return "0"
        case None, _:
            return f"up to {_short(last)}"
        case _, None:
            return f"{_short(first)} or more" if is_whole else f"over {_short(first)}"
        case _ if first == last:
            return _short(first)
        case _:
            return f"{_short(first)} to {_short(last)}"


def _short(value: float | None) -> str:
    assert value is not None
    return f"{value:.3g}" if value != ceil(value) else f"{value + 0:.0f}"
