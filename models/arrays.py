"""Names for the kinds of arrays that the core works with."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.signedinteger[Any]]
ByteArray = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
AnyArray = NDArray[Any]


def are_among(values: AnyArray, others: AnyArray) -> BoolArray:
    """Which values are among others that are in order; `numpy.isin` would sort both first.

    >>> are_among(np.array([3, 1, 4]), np.array([1, 2, 3])).tolist()
    [True, True, False]
    """
    if not len(others):
        return np.zeros(len(values), np.bool_)
    found: BoolArray = others[np.minimum(others.searchsorted(values), len(others) - 1)] == values
    return found
