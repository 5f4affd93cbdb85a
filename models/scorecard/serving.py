"""Scores and reasons from a scorecard."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import BoolArray, FloatArray, IntArray
from models.features import FEATURES
from models.scorecard.document import Document
from models.scorecard.tables import PointsTable, Tables

_REVISION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Part:
    """What one pattern of one pupil adds to the score."""

    pattern: str
    value: float | None
    """None for a null."""
    points: float
    """Without it, the log-odds of the score would be less by so much."""


@dataclass(frozen=True)
class Scorecard:
    """A scorecard to be asked; ``features`` are ``[pupils, features]`` of `models.features`."""

    document: Document

    @property
    def revision(self) -> str:
        """Digits that tell this scorecard from others."""
        return self.document.sha256[:_REVISION_DIGITS]

    @cached_property
    def _tables(self) -> Tables:
        return Tables(self.tables)

    @cached_property
    def tables(self) -> tuple[PointsTable, ...]:
        """The tables, in the file's order."""
        return tuple(
            PointsTable(each.pattern, np.array(each.edges), np.array(each.values), each.missing)
            for each in self.document.tables
        )

    @property
    def patterns(self) -> list[str]:
        """Names of the patterns that it looks at."""
        return [each.pattern for each in self.document.tables]

    @cached_property
    def _columns(self) -> IntArray:
        return np.array([FEATURES.index(each.pattern) for each in self.document.tables], np.intp)

    def points(self, features: FloatArray) -> FloatArray:
        """Points of each table, ``[tables, pupils]``."""
        return self._tables.points(features.T[self._columns])

    def log_odds(self, features: FloatArray) -> FloatArray:
        """The intercept and all points, ``[pupils]``."""
        return looked_up(self.document.intercept, self._tables, self._columns, features)

    def scores(self, features: FloatArray) -> FloatArray:
        """Chances, ``[pupils]``."""
        return chance(self.log_odds(features))

    def reaches(self, scores: FloatArray) -> BoolArray:
        """Whose score reaches the threshold."""
        return np.asarray(scores >= self.document.threshold.score)

    def parts(self, features: FloatArray) -> list[Part]:
        """Of one pupil's ``[features]``, what raises the score: greatest first."""
        return [each for each in self.all_parts(features) if each.points > 0]

    def all_parts(self, features: FloatArray) -> list[Part]:
        """All that each table adds, greatest first; what adds nothing too."""
        row = features.reshape(1, -1)
        points = self.points(row)[:, 0]
        values = row[0, self._columns]
        order = np.argsort(-points, kind="stable")
        return [
            Part(
                self.document.tables[place].pattern,
                None if np.isnan(values[place]) else float(values[place]),
                float(points[place]),
            )
            for place in order.tolist()
        ]


def chance(log_odds: FloatArray) -> FloatArray:
    """What a sum of points means: a chance from 0 to 1."""
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def chance_of(log_odds: float) -> float:
    """Of one pupil."""
    return float(chance(np.array(log_odds)))


def looked_up(
    intercept: float, tables: Tables, columns: IntArray, features: FloatArray
) -> FloatArray:
    """Add the points of ``columns`` of ``[pupils, features]`` to an intercept, ``[pupils]``.

    Table after table: the sum does not depend on which pupils are asked together. Of one pupil
    numpy would add in another order, so there are always two.
    """
    if len(features) == 1:
        return looked_up(intercept, tables, columns, features.repeat(2, axis=0))[:1]
    points = tables.points(features.T[columns])
    return np.asarray(np.add.reduce(points, axis=0, initial=intercept))
