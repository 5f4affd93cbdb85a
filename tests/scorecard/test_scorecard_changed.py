"""A node that goes on with another scorecard, or with none: what stands is by the one of today."""

import random

import builders
import cards
import pytest
from engines import Live, cut, standing
from hypothesis import given
from samples import SEEDS, SHAPE_NAMES, SHAPES, some
from stored import Store

from models.scorecard.serving import Scorecard
from streams.tables import tables_of


def ended(live: Live) -> object:
    schools = list(live.engine.schools.values())
    for _, told in live.engine.end():
        live.alerts += told
    return standing(live.alerts), [tables_of(school.watch) for school in schools]


@pytest.fixture(scope="module")
def scorecard() -> Scorecard:
    return cards.whole()


@given(seed=SEEDS, shape=SHAPE_NAMES)
@some(0.3)
def test_by_another_scorecard_what_stands_is_what_a_fresh_replay_says(
    scorecard: Scorecard, seed: int, shape: str
) -> None:
    rng = random.Random(seed)
    before, after = rng.choice(((None, scorecard), (scorecard, None)))
    batches = list(cut(rng, builders.random_log(rng, shape=SHAPES[shape])))
    change = rng.randrange(1, len(batches) + 1)
    changed, fresh, store = Live("nl", before), Live("nl", after), Store()
    for at, batch in enumerate([*batches, []]):
        if at == change:
            store.keep(changed.engine)
            changed.engine = store.read("nl", after)
        changed.hear(*batch)
        fresh.hear(*batch)
    assert ended(changed) == ended(fresh)


def test_by_the_same_scorecard_nothing_is_worked_out_anew(scorecard: Scorecard) -> None:
    live, store = Live("nl", scorecard), Store()
    live.hear(*builders.random_log(random.Random(7), shape=SHAPES["plain"]))
    store.keep(live.engine)
    engine = store.read("nl", scorecard)
    store.written.clear()
    store.keep(engine)
    assert not store.written
    store.keep(store.read("nl"))
    assert store.written
