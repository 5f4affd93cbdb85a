"""Random logs to draw from: a log is a function of a seed, a shape and a pack."""

import builders
from hypothesis import settings
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)
SHAPES: dict[str, builders.Shape] = {
    "plain": builders.Shape(),
    "snowy": builders.SNOWY,
    "troubled": builders.TROUBLED,
    "exceptions": builders.Shape(exceptions=1.0, dates=40),
    "no enrolments": builders.Shape(no_enrolments=1.0, erasures=0.3),
    "one second": builders.Shape(corrections=0.6, ties=0.9, bad_marks=0.05),
    "erased": builders.Shape(erasures=0.8, moves=0.6),
}
SHAPE_NAMES = st.sampled_from(sorted(SHAPES))
PACKS = ("nl", "nl", "nl", "any", "none")


def some(share: float) -> settings:
    """So many of a profile's examples: 1 is all."""
    return settings(max_examples=max(1, round(settings().max_examples * share)))
