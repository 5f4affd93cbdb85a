import math

import numpy as np
import pytest
from cards import content, pupils, tables
from hypothesis import given
from hypothesis import strategies as st

from models.features import FEATURES
from models.scorecard.document import Table
from models.scorecard.file import sealed
from models.scorecard.serving import Scorecard
from models.scorecard.steps import range_in_words, steps
from models.scorecard.words import LANGUAGES, WORDS, name_of, said

CARD = Scorecard(sealed(content()))


def log_odds(score: float) -> float:
    return math.log(score / (1 - score))


def scored_without(pattern: str, features: np.ndarray) -> float:
    """The same pupil by a scorecard that has not got that table."""
    kept = tuple(each for each in tables() if each.pattern != pattern)
    return float(Scorecard(sealed(content(tables=kept))).scores(features[None])[0])


@given(st.integers(0, 10_000))
def test_without_a_reason_the_score_falls_by_what_was_said(seed: int) -> None:
    features = pupils(1, seed)[0]
    score = float(CARD.scores(features[None])[0])
    for part in CARD.parts(features):
        without = scored_without(part.pattern, features)
        assert without < score
        assert log_odds(score) - log_odds(without) == pytest.approx(part.points, abs=1e-9)


@given(st.integers(0, 10_000))
def test_where_a_pattern_had_nothing_to_report_the_score_falls_by_what_was_said(seed: int) -> None:
    features = pupils(1, seed)[0]
    score = float(CARD.scores(features[None])[0])
    for part in CARD.parts(features):
        if part.pattern in {"missed_sessions_20", "days_since_seen"}:
            nothing = features.copy()
            nothing[FEATURES.index(part.pattern)] = 0
            fallen = log_odds(float(CARD.scores(nothing[None])[0]))
            assert log_odds(score) - fallen == pytest.approx(part.points, abs=1e-9)


@given(st.integers(0, 10_000))
def test_parts_add_up_to_the_score(seed: int) -> None:
    features = pupils(1, seed)[0]
    parts = CARD.all_parts(features)
    assert [each.points for each in parts] == sorted((each.points for each in parts), reverse=True)
    total = CARD.document.intercept + sum(each.points for each in parts)
    assert log_odds(float(CARD.scores(features[None])[0])) == pytest.approx(total, abs=1e-9)
    assert all(each.points > 0 for each in CARD.parts(features))


def test_a_part_names_the_value_that_was_seen() -> None:
    features = np.zeros(len(FEATURES))
    features[FEATURES.index("missed_sessions_20")] = 7
    features[FEATURES.index("days_since_seen")] = np.nan
    seen = {each.pattern: (each.value, each.points) for each in CARD.parts(features)}
    assert seen["missed_sessions_20"] == (7.0, 0.5)
    assert seen["days_since_seen"] == (None, 0.75)


def test_a_score_does_not_depend_on_who_else_is_asked() -> None:
    features = pupils(500)
    together = CARD.scores(features)
    assert together.tolist() == [float(CARD.scores(each[None])[0]) for each in features]
    assert together.tolist() == CARD.scores(np.asfortranarray(features)).tolist()
    assert CARD.reaches(np.array([0.1249, 0.125])).tolist() == [False, True]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_has_words(language: str) -> None:
    figures = dict.fromkeys(FEATURES, 3.0)
    for pattern in FEATURES:
        assert pattern in WORDS, f"{pattern} has no words in models/scorecard/words.py"
        assert name_of(pattern, language)
    for part in CARD.all_parts(np.full(len(FEATURES), 3.0)):
        assert "3" in said(part, figures, language)


def test_a_shape_in_few_steps_covers_all_values() -> None:
    table = Table(
        "late_60",
        "rising",
        tuple(each + 0.5 for each in range(30)),
        tuple(each / 100 for each in range(31)),
        0.0,
        0.1,
    )
    few = steps(table, most=5)
    assert len(few) == 5
    assert (few[0].first, few[-1].last) == (None, None)
    assert [each.last for each in few[:-1]] == [each.first for each in few[1:]]
    assert range_in_words(few[-1], is_whole=True).endswith("or more")
