"""A scorecard in the engines: scores, alerts and reasons, the same in every engine."""

import csv
import io
import math
import random

import builders
import cards
import engines
import pytest
from hypothesis import given
from samples import PACKS, SEEDS, SHAPE_NAMES, SHAPES, some

from alerts.alert import SCORECARD, Alert
from alerts.rules import Kind
from models.features import FEATURES
from models.scorecard.serving import Scorecard, chance_of
from streams.cuts import Plan, cut_school
from streams.school_logs import Logs


@pytest.fixture(scope="module")
def scorecard() -> Scorecard:
    return cards.whole()


def a_log(seed: int, shape: str) -> tuple[list[bytes], str]:
    rng = random.Random(seed)
    return builders.random_log(rng, schools=1, shape=SHAPES[shape]), rng.choice(PACKS)


@given(seed=SEEDS, shape=SHAPE_NAMES)
@some(0.3)
def test_scores_and_what_stands_are_the_same_in_any_order_any_batches_and_live(
    scorecard: Scorecard, seed: int, shape: str
) -> None:
    lines, pack = a_log(seed, shape)
    rng = random.Random(seed)
    whole = engines.run([lines], pack, scorecard=scorecard)
    shuffled = engines.run([rng.sample(lines, len(lines))], pack, scorecard=scorecard)
    batches = engines.run(engines.cut(rng, lines), pack, scorecard=scorecard)
    live = engines.run(engines.cut(rng, lines), pack, through="live", scorecard=scorecard)
    for other in (shuffled, batches, live):
        assert other.tables == whole.tables
        assert other.standing == whole.standing


@given(seed=SEEDS, shape=SHAPE_NAMES)
@some(0.3)
def test_nothing_of_it_reaches_the_attendance_officer(
    scorecard: Scorecard, seed: int, shape: str
) -> None:
    lines, pack = a_log(seed, shape)
    with_scores = engines.run([lines], pack, scorecard=scorecard).alerts
    without = engines.run([lines], pack).alerts
    assert of_others(with_scores) == of_others(without)


@given(seed=SEEDS, shape=SHAPE_NAMES)
@some(0.3)
def test_a_reason_is_true_and_opens_tier_2_alone(
    scorecard: Scorecard, seed: int, shape: str
) -> None:
    lines, pack = a_log(seed, shape)
    for alert in engines.run([lines], pack, scorecard=scorecard).alerts:
        codes = [each.code for each in alert.reasons]
        if SCORECARD in codes:
            assert alert.kind is Kind.ATTENDANCE
            if codes == [SCORECARD]:
                assert alert.tier == 2 or alert.state.value in ("raised", "eased")
            assert_true(scorecard, alert)


@given(seed=SEEDS, shape=SHAPE_NAMES)
@some(0.2)
def test_scores_are_those_of_the_table_of_patterns(
    scorecard: Scorecard, seed: int, shape: str
) -> None:
    lines, pack = a_log(seed, shape)
    rows = csv.DictReader(io.StringIO(engines.run([lines], pack, scorecard=scorecard).pupils_csv))
    scores = {(row["pupil"], row["as_of"]): float(row["score"]) for row in rows}
    logs = Logs()
    logs.read(lines, range(1, len(lines) + 1))
    for log in logs.by_school():
        last = 3_000_000
        table = cut_school(log, Plan(pack, on=last, score=scorecard.scores))
        found = [table.pupils[pupil] for pupil in table.pupil.tolist()]
        assert dict(zip(found, table.score.tolist(), strict=True)) == {
            pupil: score for (pupil, _), score in scores.items()
        }


def of_others(alerts: list[Alert]) -> list[Alert]:
    return [each for each in alerts if each.kind is not Kind.ATTENDANCE]


def assert_true(scorecard: Scorecard, alert: Alert) -> None:
    """Without a part the log-odds fall by its points; what is not said raises nothing."""
    [cause] = [each for each in alert.reasons if each.code == SCORECARD]
    assert isinstance(cause.parts, tuple)
    assert cause.revision == scorecard.revision
    assert cause.simulated is True
    features = [cause.figures[name] for name in FEATURES]
    row = cards.np.array([math.nan if each is None else each for each in features], float)
    log_odds = float(scorecard.log_odds(row[None])[0])
    assert chance_of(log_odds) >= scorecard.document.threshold.score
    points = [part.points for part in cause.parts]
    assert points == sorted(points, reverse=True)
    assert all(each > 0 for each in points)
    by_name = {part.pattern: part.points for part in cause.parts}
    others = scorecard.points(row[None])[:, 0]
    for name, each in zip(scorecard.patterns, others.tolist(), strict=True):
        assert by_name.get(name, min(each, 0)) == each
    assert math.isclose(log_odds, scorecard.document.intercept + float(others.sum()))
