"""A cut sees what was recorded by the end of its date, and nothing else."""

import random

import builders
import cutting
import engines
import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

import streams.cuts
from models.features import FEATURES, features
from models.patterns import PATTERNS, Patterns, measure
from models.pupil_days import count_pupil_days
from models.score_patterns import SCORE_PATTERNS
from streams.step import Batch, Engine

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = {
    "plain": builders.Shape(disorder=0),
    "snowy": builders.SNOWY,
    "troubled": builders.TROUBLED,
    "exceptions": builders.Shape(exceptions=1.0, dates=40),
    "no enrolments": builders.Shape(no_enrolments=1.0, erasures=0.3),
    "one pupil": builders.Shape(pupils=1, sessions=3),
}
PACKS = ("nl", "nl", "any", "none")


def some(share: float) -> settings:
    return settings(max_examples=max(1, round(settings().max_examples * share)))


def some_cuts(rng: random.Random, table: streams.cuts.PatternTable) -> list[tuple[str, int]]:
    found = cutting.cuts(table)
    return rng.sample(found, min(3, len(found)))


def assert_sees_nothing_later(
    rng: random.Random, lines: list[bytes], pack: str, *, reference_too: bool = True
) -> None:
    """Cutting the log there and asking for the last day gives the same rows, and tiers."""
    table = cutting.table_of(lines, pack)
    for school, as_of in some_cuts(rng, table):
        rows = cutting.at(table, school, as_of)
        seen = cutting.seen_by(lines, school, as_of)
        again = cutting.table_of(seen, pack, on=as_of)
        assert cutting.features_by_pupil(again) == cutting.features_by_pupil(rows)
        replayed = engines.run([seen], pack)
        assert cutting.as_pupils(rows) == cutting.read_pupils(replayed.pupils_csv)
        if reference_too:
            expected = reference.replay(seen, pack)
            assert cutting.as_pupils(rows) == cutting.read_pupils(expected.pupils_csv)


@given(seed=SEEDS, shape=st.sampled_from(sorted(SHAPES)), schools=st.sampled_from((1, 1, 2)))
@some(1)
def test_a_cut_is_the_last_day_of_the_log_cut_off_there(
    seed: int, shape: str, schools: int
) -> None:
    rng = random.Random(seed)
    lines = builders.random_log(rng, schools=schools, shape=SHAPES[shape])
    assert_sees_nothing_later(rng, lines, rng.choice(PACKS))


@given(seed=SEEDS)
@some(0.15)
def test_so_it_is_in_a_log_of_more_days_than_a_book_holds(seed: int) -> None:
    rng = random.Random(seed)
    lines = builders.random_long_log(rng, too_old=0)
    assert_sees_nothing_later(rng, lines, "nl", reference_too=False)


def test_a_pattern_from_after_the_cut_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = builders.random_log(random.Random(5), shape=builders.Shape(corrections=0.6, dates=40))
    assert_sees_nothing_later(random.Random(1), lines, "nl")
    honest = streams.cuts._Walk.cut

    def with_marks_yet_to_come(walk: streams.cuts._Walk) -> streams.cuts.Cut:
        cut = honest(walk)
        marks = np.bincount(walk.log.registers.pupil, minlength=len(walk.log.pupils))
        cut.features[:, 0] = marks[cut.pupil]
        return cut

    monkeypatch.setattr(streams.cuts._Walk, "cut", with_marks_yet_to_come)
    with pytest.raises(AssertionError):
        assert_sees_nothing_later(random.Random(1), lines, "nl")


@given(seed=SEEDS, shape=st.sampled_from(sorted(SHAPES)))
@some(1)
def test_further_patterns_are_what_they_are_said_to_be(seed: int, shape: str) -> None:
    rng = random.Random(seed)
    lines = builders.random_log(rng, shape=SHAPES[shape])
    table = cutting.table_of(lines, on=10**7)
    expected = reference.further_patterns(lines, "nl")
    assert len(table) == len(expected)
    for row in range(len(table)):
        key = (table.schools[int(table.school[row])], table.pupils[int(table.pupil[row])])
        assert list(expected[key]) == list(SCORE_PATTERNS)
        for name, value in expected[key].items():
            found = table.columns[name][row]
            assert found == pytest.approx(np.nan if value is None else value, nan_ok=True), name


@given(seed=SEEDS)
@some(0.3)
def test_features_are_the_same_to_the_bit_day_by_day_and_as_a_block_of_days(seed: int) -> None:
    rng = random.Random(seed)
    shape = builders.Shape(dates=110, pupils=rng.choice((1, 2, 7)), corrections=0.1)
    engine = Engine("nl", live=False)
    lines = builders.random_long_log(rng, shape=shape, too_old=0)
    engine.step(Batch(lines, range(len(lines))))
    engine.end()
    (school,) = engine.schools.values()
    watch, days = school.watch, school.book.days

    def patterns_of(first: int, last: int, as_of: list[int]) -> Patterns:
        some_days = days[first:last]
        levels = watch.levels.of(some_days, len(watch.book.groups))
        pupil_days = count_pupil_days(watch.book, some_days)
        return measure(watch.book, pupil_days, levels, np.array(as_of))

    block = patterns_of(0, len(days), list(range(len(days))))
    for day in rng.sample(range(len(days)), min(8, len(days))):
        first = max(0, day - 59)
        alone = patterns_of(first, day + 1, [day - first])
        assert features(alone).tobytes() == features(block, day).tobytes()


def test_every_further_pattern_has_something_to_say_in_a_school() -> None:
    shape = builders.Shape(
        pupils=20, groups=1, dates=140, trouble=0.9, exceptions=0, no_enrolments=0, moves=0.9
    )
    lines = builders.random_long_log(random.Random(4), shape=shape, too_old=0)
    table = cutting.table_of(lines)
    for name in SCORE_PATTERNS:
        values = table.columns[name]
        assert len(np.unique(values[~np.isnan(values)])) > 2, name


def test_features_go_by_the_order_of_their_names() -> None:
    assert (*PATTERNS, *SCORE_PATTERNS) == FEATURES
    table = cutting.table_of(builders.random_log(random.Random(1)))
    assert list(table.columns) == list(FEATURES)


def test_every_nth_cut_is_every_nth_of_all_cuts() -> None:
    lines = builders.random_log(random.Random(2), shape=builders.Shape(exceptions=0))
    every = cutting.cuts(cutting.table_of(lines))
    third = cutting.cuts(cutting.table_of(lines, every=3))
    assert third == every[2::3]
    assert len(third) > 3


def test_patterns_that_rules_bounded_are_refused() -> None:
    class Bounded:
        least = {"late_60": 3}  # noqa: RUF012

    with pytest.raises(ValueError, match="not whole"):
        features(Bounded())  # type: ignore[arg-type]
