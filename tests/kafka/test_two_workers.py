"""Workers that share partitions: one joins, one ends, one is killed, one wakes up too late."""

import signal
import time

import pytest
from live_log import standing

pytestmark = pytest.mark.kafka

STALLED_SECONDS = 25
"""Well above the session time-out of 10 s."""


def feed(topics, lines, size=60, pause=0.05):
    for begin in range(0, len(lines), size):
        topics.send(lines[begin : begin + size])
        time.sleep(pause)


def read_between_them(workers, deadline_seconds=90):
    """Come back when each holds partitions, three in all, and nothing is unread in any.

    One that has ended, as one that was fenced does some time after it wakes up, holds none.
    """
    deadline = time.monotonic() + deadline_seconds
    while time.monotonic() < deadline:
        of_each = [
            [
                value
                for name, value in each.counted().items()
                if name.startswith("gemist_lag_records{")
            ]
            for each in workers
            if each.process.poll() is None
        ]
        lags = [lag for lags in of_each for lag in lags]
        if len(lags) == 3 and all(of_each) and not any(lags):
            time.sleep(1)
            return
        time.sleep(0.2)
    raise TimeoutError(str([each.counted() for each in workers]))


def test_one_joins_and_one_ends_under_load(log, replayed, topics, worker):
    expected, refused = replayed(log)
    third = len(log) // 3
    with worker() as one:
        one.wait_until_read(0)
        feed(topics, log[:third])
        with worker() as two:
            feed(topics, log[third : 2 * third])
            read_between_them([one, two])
            assert two.stop() == 0
        feed(topics, log[2 * third :])
        read_between_them([one])
        assert one.stop() == 0
    assert standing(topics.messages()) == expected
    assert len(topics.records("rejects")) == refused


def test_one_is_killed_and_the_other_goes_on(log, replayed, topics, worker):
    expected, refused = replayed(log)
    half = len(log) // 2
    with worker() as one, worker() as two:
        read_between_them([one, two])
        feed(topics, log[:half])
        one.process.kill()
        feed(topics, log[half:])
        read_between_them([two])
        assert two.stop() == 0
    assert standing(topics.messages()) == expected
    assert len(topics.records("rejects")) == refused


def test_one_that_wakes_up_after_others_took_over_writes_nothing_that_counts(
    log, replayed, topics, worker
):
    expected, refused = replayed(log)
    half = len(log) // 2
    with worker() as zombie, worker() as other:
        read_between_them([zombie, other])
        topics.send(log[:half])
        time.sleep(0.3)
        zombie.process.send_signal(signal.SIGSTOP)
        try:
            topics.send(log[half:])
            time.sleep(STALLED_SECONDS)
            read_between_them([other])
            told = len(topics.records("alerts"))
        finally:
            zombie.process.send_signal(signal.SIGCONT)
        time.sleep(5)
        read_between_them([zombie, other])
    assert standing(topics.messages()) == expected
    assert len(topics.records("rejects")) == refused
    assert len(topics.records("alerts")) == told
