"""A demo can be ended by signals, whenever they come."""

import os
import signal
import threading
import time

import pytest

from gemist.demo.ending import ending_by_signals

MANY = 2000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_wait_at_once(number):
    with ending_by_signals() as ending:
        assert not ending.wait(0)
        begun = time.monotonic()
        threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
        assert ending.wait(60)
        assert time.monotonic() - begun < 30
        assert ending.is_set()
        assert ending.wait(60)


def test_signals_that_come_while_somebody_waits_and_waits_again_do_no_harm():
    """As a lock would: taken by a wait, and asked for by the handler that interrupts it."""
    with ending_by_signals() as ending:
        senders = [
            threading.Thread(
                target=lambda: [os.kill(os.getpid(), signal.SIGINT) for _ in range(MANY)]
            )
            for _ in range(2)
        ]
        for each in senders:
            each.start()
        while any(each.is_alive() for each in senders):
            ending.wait(0.001)
        assert ending.is_set()


def test_afterwards_signals_mean_what_they_meant_before():
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with ending_by_signals():
        assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] != before
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
