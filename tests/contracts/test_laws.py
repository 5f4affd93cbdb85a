"""The laws of SEMANTICS.md 2 on random logs, and a naive implementation that has to agree.

A log is a function of a seed, so a failure shrinks to a small seed, and ``builders`` shows the
log. What is compared is everything: three tables to the byte, what stands, what is refused.
"""

import random
from collections.abc import Sequence

import builders
import engines
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from samples import PACKS, SEEDS, SHAPE_NAMES, SHAPES, some

EVERY_LIVE_ENGINE = pytest.mark.parametrize("through", engines.LIVE_ENGINES)


def assert_same(got: engines.Answer, expected: reference.Result) -> None:
    assert got.pupils_csv == expected.pupils_csv
    assert got.school_days_csv == expected.school_days_csv
    assert got.unenrolled_csv == expected.unenrolled_csv
    assert got.standing == sorted(expected.standing)


def assert_same_rejects(got: engines.Answer, expected: reference.Result) -> None:
    assert [line for line, _ in got.rejects] == sorted(line for line, _ in expected.rejects)
    faults: dict[int, frozenset[str]] = {}
    for (line, _), at_fault in zip(expected.rejects, expected.faults, strict=True):
        faults[line] = faults.get(line, frozenset()) | at_fault
    for line, reason in got.rejects:
        assert reason in faults[line]


@given(seed=SEEDS, shape=SHAPE_NAMES, schools=st.sampled_from((1, 1, 2)))
@some(1)
def test_a_log_means_the_same_in_any_order_any_repetition_and_any_batches(
    seed: int, shape: str, schools: int
) -> None:
    rng = random.Random(seed)
    lines = builders.random_log(rng, schools=schools, shape=SHAPES[shape])
    pack = rng.choice(PACKS)
    expected = reference.replay(lines, pack)
    whole = engines.run([lines], pack)
    assert_same(whole, expected)
    assert_same_rejects(whole, expected)
    in_batches = engines.run(engines.cut(rng, lines), pack)
    assert_same(in_batches, expected)
    shuffled = [*lines, *rng.choices(lines, k=len(lines) // 4)]
    rng.shuffle(shuffled)
    assert_same(engines.run(engines.cut(rng, shuffled), pack), expected)
    assert_same(engines.run([[line for line in lines for _ in range(2)]], pack), expected)


@EVERY_LIVE_ENGINE
@given(seed=SEEDS, shape=SHAPE_NAMES)
@some(0.5)
def test_a_live_engine_ends_where_a_replay_ends(through: str, seed: int, shape: str) -> None:
    rng = random.Random(seed)
    lines = builders.random_log(rng, shape=SHAPES[shape])
    pack = rng.choice(PACKS)
    expected = reference.replay(lines, pack)
    in_order = engines.run(engines.cut(rng, lines), pack, through=through)
    assert_same(in_order, expected)
    assert_same_rejects(in_order, expected)
    rng.shuffle(lines)
    assert_same(engines.run(engines.cut(rng, lines), pack, through=through), expected)


@given(seed=SEEDS, exceptions=st.sampled_from((0.0, 0.0, 1.0)))
@some(0.2)
def test_what_is_kept_of_a_long_log_gives_what_working_all_out_anew_gives(
    seed: int, exceptions: float
) -> None:
    rng = random.Random(seed)
    lines = builders.random_long_log(rng, exceptions=exceptions)
    expected = reference.replay(lines)
    whole = engines.run([lines])
    assert_same(whole, expected)
    assert_same_rejects(whole, expected)
    in_batches = engines.run(engines.cut(rng, lines))
    assert_same(in_batches, expected)
    assert_same_rejects(in_batches, expected)


@EVERY_LIVE_ENGINE
@given(seed=SEEDS)
@some(0.1)
def test_a_live_engine_ends_a_long_log_where_working_all_out_anew_ends(
    through: str, seed: int
) -> None:
    rng = random.Random(seed)
    lines = builders.random_long_log(rng)
    expected = reference.replay(lines)
    answer = engines.run(engines.cut(rng, lines), through=through)
    assert_same(answer, expected)
    assert_same_rejects(answer, expected)


SMALL = builders.Shape(pupils=5, dates=14, groups=1, trouble=0.9, steady=0.5, repeats=0.02)
SMALL_SHAPES: dict[str, builders.Shape] = {
    "plain": SMALL,
    "two sessions and closes": builders.Shape(
        pupils=4, dates=10, sessions=3, trouble=0.9, steady=0.6, closes=0.9, corrections=0.4
    ),
    "snowy": builders.Shape(
        pupils=22, groups=2, dates=12, sessions=1, snow=0.2, trips=0.2, trouble=0.1, exceptions=0.2,
        moves=0.1, holidays=0.02, disorder=0.1,
    ),
    "exceptions": builders.Shape(pupils=5, dates=14, exceptions=1.0, trouble=0.9, steady=0.5),
    "erased": builders.Shape(pupils=4, dates=12, erasures=0.8, no_enrolments=0.5, trouble=0.9),
}  # fmt: skip


@EVERY_LIVE_ENGINE
@given(seed=SEEDS, shape=st.sampled_from(sorted(SMALL_SHAPES)))
@some(0.25)
def test_after_every_single_event_what_stands_is_what_the_open_day_lets_stand(
    through: str, seed: int, shape: str
) -> None:
    rng = random.Random(seed)
    lines = builders.random_log(rng, shape=SMALL_SHAPES[shape])
    engine = engines.ENGINES[through]()
    for number, line in enumerate(lines, start=1):
        engine.hear(line)
        assert engine.standing == sorted(reference.standing_after(lines[:number])), number


@EVERY_LIVE_ENGINE
@given(seed=SEEDS, shape=SHAPE_NAMES)
@some(0.25)
def test_after_every_batch_what_stands_is_what_the_open_day_lets_stand(
    through: str, seed: int, shape: str
) -> None:
    rng = random.Random(seed)
    lines = builders.random_log(rng, shape=SHAPES[shape])
    engine = engines.ENGINES[through]()
    heard = 0
    for batch in _coarse(rng, lines):
        engine.hear(*batch)
        heard += len(batch)
        assert engine.standing == sorted(reference.standing_after(lines[:heard])), heard


def _coarse(rng: random.Random, lines: Sequence[bytes]) -> list[Sequence[bytes]]:
    marks = sorted(rng.sample(range(1, len(lines)), min(len(lines) - 1, 12)))
    ends = [*marks, len(lines)]
    return [lines[start:end] for start, end in zip([0, *marks], ends, strict=True)]


@given(seed=SEEDS, exceptions=st.sampled_from((0.0, 0.3)))
@some(0.1)
def test_every_pattern_of_a_hundred_pupils_is_what_a_naive_count_gives(
    seed: int, exceptions: float
) -> None:
    rng = random.Random(seed)
    lines = builders.random_log(
        rng, pupils=100, groups=5, dates=40, trouble=0.7, exceptions=exceptions, rejects=0.0,
    )  # fmt: skip
    for share in (0.4, 0.7, 1.0):  # as of days on the way, too
        upto = lines[: round(len(lines) * share)]
        assert engines.run([upto]).pupils_csv == reference.replay(upto).pupils_csv


@pytest.mark.slow
@given(seed=SEEDS)
@some(0.25)
def test_every_pattern_within_long_logs_is_what_a_naive_count_gives(seed: int) -> None:
    rng = random.Random(seed)
    lines = builders.random_long_log(rng, pupils=12)
    for share in (0.3, 0.55, 0.8):
        upto = lines[: round(len(lines) * share)]
        assert engines.run([upto]).pupils_csv == reference.replay(upto).pupils_csv


def test_a_mark_that_comes_after_what_took_it_back_enrols_nobody() -> None:
    def register(number: int, at: str, pupil: str, status: str) -> bytes:
        marks = [{"pupil": pupil, "status": status}]
        return builders.as_line(
            {"type": "register", "id": f"r{number}", "school": "A1", "recorded_at": at,
             "date": at[:10], "session": 1, "marks": marks}
        )  # fmt: skip

    lines = [
        register(1, "2026-01-12T12:00:00Z", "y", "withdrawn"),
        register(2, "2026-01-12T12:00:00Z", "z", "present"),
        register(3, "2026-01-12T08:00:00Z", "y", "present"),
        register(4, "2026-01-13T08:00:00Z", "z", "present"),
    ]
    expected = reference.replay(lines)
    assert "A1,y," not in expected.pupils_csv
    assert_same(engines.run([[line] for line in lines]), expected)
    assert_same(engines.run([[line] for line in reversed(lines)]), expected)
