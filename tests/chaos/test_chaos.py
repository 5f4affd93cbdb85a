"""Chaos: whatever happens to workers, broker and line, the topics say what the events mean."""

import random
import signal
import sys
import time
from pathlib import Path

import pytest
from cut_off import CutOff
from own_broker import OwnBroker
from region import Region
from verifier import WRONG

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

FAILING = Path(__file__).with_name("failing_producer.py")
STOPPED_SECONDS = 20
CUT_SECONDS = 30
KILLS = {4: 12, 500: 8}
"""By the number of schools."""


@pytest.fixture(scope="module")
def proxy():
    with CutOff() as it:
        yield it


@pytest.fixture(scope="module")
def broker(proxy, tmp_path_factory):
    own = OwnBroker(tmp_path_factory.mktemp("broker"), proxy.port)
    proxy.target = own.behind_proxy
    own.start()
    yield own
    own.stop()


@pytest.fixture
def say(capsys):
    """Say something that is always shown."""

    def line(text):
        with capsys.disabled():
            sys.stdout.write(f"\n{text}")
            sys.stdout.flush()

    return line


def nothing(_region):
    """No fault: how it is else."""


def kills(region):
    for _ in range(KILLS[region.schools]):
        time.sleep(region.rng.uniform(1, 6))
        region.workers.kill(region.rng.choice(region.workers.running()))


def one_joins_and_leaves(region):
    time.sleep(2)
    new = region.workers.add()
    region.wait_until("the new one is ready", new.is_ready)
    time.sleep(3)
    assert region.workers.take_away(new) == 0


def sigterm(region):
    time.sleep(3)
    status, seconds = region.workers.end(region.rng.choice(region.workers.running()))
    assert status == 0
    assert seconds < 10


def sigstop(region):
    time.sleep(3)
    with region.workers.stopped(region.rng.choice(region.workers.running())):
        time.sleep(STOPPED_SECONDS)


def poison(region):
    region.feeder.poison(region.homes)


def the_idle_one_takes_over(region):
    idle = region.workers.add()
    everyone = region.workers.running()
    region.wait_until(
        "two have a partition each and one has none",
        lambda: sorted(str(each.partitions()) for each in everyone) == ["0", "1", "1"],
    )
    busy = [each for each in everyone if each.partitions() == 1]
    (idle,) = (each for each in everyone if each not in busy)
    region.workers.take_away(region.rng.choice(busy), signal.SIGKILL)
    region.wait_until("the idle one has a partition", lambda: idle.partitions() == 1)


def broker_killed(region):
    time.sleep(3)
    region.broker.kill()
    time.sleep(1)
    region.broker.start()


def broker_without_disk(region):
    time.sleep(3)
    region.broker.fill_disk()
    region.wait_until("the broker ends", lambda: not region.broker.is_running())
    region.broker.start()


def line_cut(region):
    time.sleep(3)
    with region.proxy.cut():
        time.sleep(CUT_SECONDS)


def failing_producer(region):
    failed = region.workers.ended[1]
    region.workers.end(region.rng.choice(region.workers.running()), program=(str(FAILING),))
    region.wait_until("the producer fails", lambda: region.workers.ended[1] > failed)


def wrong(verdict):
    """What there must be none of, and is."""
    return {name: verdict["counts"][name] for name in WRONG if verdict["counts"][name]}


def assert_all_is_right_after(region, faults):
    """Inflict one fault after the other, and ask the verifier."""
    with region:
        for name, seconds, inflict in faults:
            region.under(name, seconds, inflict)
        verdict = region.finish()
    assert wrong(verdict) == {}, verdict["examples"]


def test_four_schools_and_workers_that_die(broker, proxy, tmp_path, say):
    faults = [
        ("nothing", 10, nothing),
        (f"kill -9, {KILLS[4]} times at random", 42, kills),
        ("poison in every partition", 3, poison),
        ("one joins, and leaves", 10, one_joins_and_leaves),
        ("SIGTERM", 8, sigterm),
        (f"SIGSTOP of {STOPPED_SECONDS} s", STOPPED_SECONDS, sigstop),
        ("more workers than partitions: the idle one takes over", 20, the_idle_one_takes_over),
    ]
    region = Region(
        broker, proxy, tmp_path, random.Random(9), say,
        partitions=2, faults=len(faults), schools=4, pupils=480, days=25,
    )  # fmt: skip
    assert_all_is_right_after(region, faults)


def test_five_hundred_schools_and_a_broker_that_dies(broker, proxy, tmp_path, say):
    faults = [
        ("nothing", 5, nothing),
        (f"kill -9, {KILLS[500]} times at random", 28, kills),
        ("poison in every partition", 3, poison),
        ("a producer that fails in a transaction", 15, failing_producer),
        ("the broker killed and started again", 10, broker_killed),
        ("the broker's disk is full, and it is started again", 10, broker_without_disk),
        (f"the line is cut for {CUT_SECONDS} s", CUT_SECONDS, line_cut),
    ]
    region = Region(
        broker, proxy, tmp_path, random.Random(500), say,
        partitions=4, faults=len(faults), schools=500, pupils=2000, days=5,
    )  # fmt: skip
    assert_all_is_right_after(region, faults)
