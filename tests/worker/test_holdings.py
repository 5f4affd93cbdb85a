"""Partitions that come and go, and what a watchdog is told of them."""

import asyncio

from test_gauges import Stage, register

from config.metrics import new_metrics
from config.settings import Kafka
from streams.step import Engine
from streams.worker.holdings import Holdings, Surroundings
from streams.worker.turns import Turns


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
    asyncio.run(held.hold(list))  # more workers than partitions: nothing to do
    assert goes_on(held)
    assert held.unready() is None
    asyncio.run(held.let_go())  # others are waited for, or partitions are read back
    assert not goes_on(held)
    assert held.unready() is not None


def test_a_turn_of_the_loop_counts_only_while_the_broker_is_heard_of() -> None:
    held, stage = holdings(), Stage()
    asyncio.run(held.hold(list))
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


def test_a_rebalance_that_begins_while_the_last_one_is_followed_is_waited_for() -> None:
    """Two workers that start at once: the second one's coming ends what the first one took over."""
    held, stage = holdings(), Stage()
    finish = stage.turns.finish
    taken = []

    begun = asyncio.Event()

    async def take_over(number: int) -> Turns:
        await asyncio.sleep(0.001 * number)
        taken.append(number)
        begun.set()
        return stage.turns

    async def finish_slowly() -> None:
        await asyncio.sleep(0.01)
        await finish()

    held._take_over = take_over
    stage.turns.finish = finish_slowly

    async def rebalance_twice() -> dict[int, int]:
        first = asyncio.create_task(held.hold(lambda: range(12)))
        await begun.wait()
        await held.let_go()
        assert not held._held
        assert len(taken) == len(await first) == 12
        assert held.unready() is not None
        return await held.hold(lambda: [0])

    assert set(asyncio.run(rebalance_twice())) == {0}
    assert set(held._held) == {0}
    assert held.unready() is None


def test_what_was_assigned_is_asked_when_it_is_taken_over() -> None:
    """A rebalance may give away what another, that still waits for its turn, had brought."""
    held, stage = holdings(), Stage()
    taken: list[int] = []
    assigned = [0, 1]

    async def take_over(number: int) -> Turns:
        await asyncio.sleep(0)
        taken.append(number)
        return stage.turns

    held._take_over = take_over

    async def give_away_while_waiting() -> dict[int, int]:
        async with held._changing:
            waiting = asyncio.create_task(held.hold(lambda: assigned))
            await asyncio.sleep(0.01)
            assigned.remove(1)
        return await waiting

    assert set(asyncio.run(give_away_while_waiting())) == {0}
    assert taken == [0]
