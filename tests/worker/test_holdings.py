"""What a watchdog is told: a worker that waits for a broker has done nothing."""

import asyncio

from test_gauges import Stage, register

from config.metrics import new_metrics
from config.settings import Kafka
from streams.step import Engine
from streams.worker.holdings import Holdings, Surroundings


def holdings() -> Holdings:
    return Holdings(
        Surroundings(
            Kafka(), 1, lambda: Engine("nl"), new_metrics(), lambda: 0.0, None, lambda _: None
        )
    )


def goes_on(held: Holdings) -> bool:
    """Does a turn of the loop count as something done?"""
    before = held.progress()
    asyncio.run(held.turn())
    return held.progress() != before


def test_a_turn_of_the_loop_counts_only_where_partitions_are_held() -> None:
    held = holdings()
    assert not goes_on(held)  # it waits to be assigned some
    assert held.unready() is not None
    asyncio.run(held.hold([]))  # more workers than partitions: nothing to do
    assert goes_on(held)
    assert held.unready() is None
    asyncio.run(held.let_go())  # others are waited for, or partitions are read back
    assert not goes_on(held)
    assert held.unready() is not None


def test_a_turn_of_the_loop_counts_only_while_the_broker_is_heard_of() -> None:
    held, stage = holdings(), Stage()
    asyncio.run(held.hold([]))
    stage.send(register())
    held._held[0] = stage.turns
    assert not goes_on(held)  # an event waits
    stage.read()
    stage.turn()
    assert goes_on(held)
    stage.heard_before = 31
    assert not goes_on(held)
    stage.heard_before = 0
    assert goes_on(held)
