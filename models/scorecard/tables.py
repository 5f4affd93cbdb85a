"""A model as tables: one lookup a pattern, and a sum.

A pattern's *points* are what its value adds to the log-odds of what is foreseen. Tables are
centred, so that 0 points are a pupil with nothing to report of that pattern, and the intercept is
a pupil with nothing to report at all. So a table's values are the reasons, and need no story.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.arrays import AnyArray, FloatArray, IntArray

_MOST_CELLS: Final = 1 << 14


@dataclass(frozen=True, slots=True, eq=False)
class PointsTable:
    """Points of one pattern: ``values[i]`` up to and including ``edges[i]``, the last one beyond.

    >>> table = PointsTable("late_60", np.array([0.0, 3.0]), np.array([0.0, 0.2, 0.5]), -0.1)
    >>> table.points(np.array([0.0, 1.0, 3.0, 3.5, np.nan])).tolist()
    [0.0, 0.2, 0.2, 0.5, -0.1]
    """

    pattern: str
    edges: FloatArray
    """Finite, ascending."""
    values: FloatArray
    """One more than there are edges."""
    missing: float
    """Points of a null."""

    def points(self, pattern: FloatArray) -> FloatArray:
        """Look a column up."""
        points = self.values[np.searchsorted(self.edges, pattern, side="left")]
        points[np.isnan(pattern)] = self.missing
        return points


class Tables:
    """All tables, looked up at once.

    Each table's line is cut into equal cells, so narrow that no more than one edge lies in any:
    a value's cell is found by multiplying, and one comparison says on which side of the edge it
    lies. A table whose edges lie too close together for that is searched.
    """

    def __init__(self, tables: Sequence[PointsTable]) -> None:
        grids = [_grid(each) for each in tables]
        self._searched = [
            (place, table)
            for place, (table, grid) in enumerate(zip(tables, grids, strict=True))
            if grid is None
        ]
        filled = [_EMPTY if grid is None else grid for grid in grids]
        self._scale = _column([each.scale for each in filled], np.float64)
        self._lowest = _column([each.lowest for each in filled], np.float64)
        self._null = _column([each.null for each in filled], np.float64)
        begins = np.cumsum([0, *(len(each.edges) for each in filled)])[:-1]
        self._shift = _column(begins, np.intp) - self._lowest.astype(np.intp)
        self._edges = np.concatenate([np.zeros(0), *(each.edges for each in filled)])
        self._values = np.concatenate([np.zeros(0), *(each.values for each in filled)])

    def points(self, patterns: FloatArray) -> FloatArray:
        """Points of each pattern, ``[tables, rows]``, of patterns in the order of the tables."""
        cell = patterns * self._scale
        np.maximum(cell, self._lowest, out=cell)
        np.fmin(cell, self._null, out=cell)  # a null becomes the second argument
        place: IntArray = cell.astype(np.intp)
        place += self._shift
        # What lies beyond a cell's edge has the points with which the next cell begins; in the
        # cell of nulls all that is known does. Places are within bounds: to wrap is only fastest.
        place += patterns > self._edges.take(place, mode="wrap")
        points: FloatArray = self._values.take(place, mode="wrap")
        for row, table in self._searched:
            points[row] = table.points(patterns[row])
        return points


@dataclass(frozen=True, slots=True)
class _Grid:
    """Cells of one table; the last but one is for nulls, the last for what is far beyond."""

    scale: float
    lowest: int
    null: int
    edges: FloatArray
    """The edge in each cell, infinite where there is none; in those last two minus infinity."""
    values: FloatArray
    """The points with which each cell begins."""


_EMPTY: Final = _Grid(1.0, 0, 1, np.array([np.inf, -np.inf, -np.inf]), np.zeros(3))


def _column(of: Any, dtype: type) -> AnyArray:
    return np.asarray(of, dtype)[:, None]


def _grid(table: PointsTable) -> _Grid | None:
    """Cut a table into cells; None where they would be too many."""
    edges = table.edges
    if not len(edges):
        alike = np.array([table.values[0], table.missing, table.values[0]])
        return _Grid(1.0, 0, 1, _EMPTY.edges, alike)
    width, narrowest = float(edges[-1] - edges[0]), float(np.diff(edges).min(initial=np.inf))
    scale = 1.0
    while scale * narrowest <= 1 and scale * width < _MOST_CELLS:
        scale *= 2
    # Truncated as a value is that is looked up: rounding both alike keeps their order.
    cells = (edges * scale).astype(np.int64)
    if cells[-1] - cells[0] >= _MOST_CELLS or (np.diff(cells) < 1).any():
        return None
    lowest, null = int(cells[0]), int(cells[-1]) + 2
    edge_of = np.full(null - lowest + 2, np.inf)
    edge_of[cells - lowest] = edges
    edge_of[-2:] = -np.inf
    begins = np.searchsorted(cells, np.arange(lowest, null), side="left")
    values = np.append(table.values[begins], [table.missing, table.values[-1]])
    return _Grid(scale, lowest, null, edge_of, values)
