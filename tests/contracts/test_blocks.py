"""A block of closes tells what each close would have told by itself, message by message."""

import random
from unittest import mock

import builders
import engines
from hypothesis import given
from samples import PACKS, SEEDS, SHAPE_NAMES, SHAPES, some


@given(seed=SEEDS, shape=SHAPE_NAMES)
@some(0.5)
def test_days_that_close_together_tell_what_each_would_by_itself(seed: int, shape: str) -> None:
    rng = random.Random(seed)
    lines = builders.random_log(rng, schools=1, shape=SHAPES[shape])
    assert_blocks_tell_the_same(lines, rng.choice(PACKS))


@given(seed=SEEDS)
@some(0.2)
def test_so_they_do_in_a_long_log(seed: int) -> None:
    rng = random.Random(seed)
    assert_blocks_tell_the_same(builders.random_long_log(rng), rng.choice(PACKS))


def assert_blocks_tell_the_same(lines: list[bytes], pack: str) -> None:
    together = engines.run([lines], pack)
    with mock.patch("streams.school.BLOCK_DAYS", 1):
        alone = engines.run([lines], pack)
    assert together.alerts == alone.alerts
    assert together.pupils_csv == alone.pupils_csv
