"""Intervals: how far a figure would wander had other pupils been at these schools."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

import numpy as np

from models.arrays import FloatArray

DRAWS: Final = 400
_LEVEL: Final = (2.5, 97.5)
_DIGITS: Final = 6

Key = TypeVar("Key")
Progress = Callable[[float], None]
"""Told which share of the work is done."""
Estimate = dict[str, float | None]
"""``value`` with the ``low`` and ``high`` end of its 95 % interval; None where it says nothing."""


def draws_of(pupils: int, seed: int, draws: int = DRAWS) -> Iterator[FloatArray]:
    """Draw as many pupils as there are, with replacement: how often each was drawn."""
    chance = np.random.default_rng(seed)
    for _ in range(draws):
        drawn = chance.integers(0, pupils, pupils)
        yield np.bincount(drawn, minlength=pupils).astype(np.float64)


def estimates(
    figures: Callable[[FloatArray], Mapping[Key, float]],
    pupils: int,
    seed: int,
    draws: int = DRAWS,
    progress: Progress = lambda _: None,
) -> tuple[dict[Key, Estimate], dict[Key, FloatArray]]:
    """Work figures out for all pupils and for each draw of them.

    ``figures`` takes the pupils' weights. Gives the estimates, and the drawn values themselves.
    """
    values = figures(np.ones(pupils))
    drawn: dict[Key, list[float]] = {key: [] for key in values}
    for number, weights in enumerate(draws_of(pupils, seed, draws)):
        progress(number / draws)
        for key, value in figures(weights).items():
            drawn[key].append(value)
    arrays = {key: np.array(of, np.float64) for key, of in drawn.items()}
    return {key: estimate(value, arrays[key]) for key, value in values.items()}, arrays


def estimate(value: float, drawn: FloatArray) -> Estimate:
    """Put a value and its drawn values together."""
    finite = drawn[np.isfinite(drawn)]
    low, high = np.percentile(finite, _LEVEL) if len(finite) else (math.nan, math.nan)
    return {"value": rounded(value), "low": rounded(low), "high": rounded(high)}


def rounded(value: float) -> float | None:
    """Round as a report gives it; None for what is no number."""
    return round(float(value), _DIGITS) if math.isfinite(value) else None
