"""A real Prometheus reads a running worker, and raises the alarms that operations wait for."""

import json
import signal
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_server import prometheus

from gemist.clock import now

pytestmark = pytest.mark.kafka

A_WORKER_THAT_LISTENS_AND_WORKS_NOTHING_OUT = """
import asyncio
from streams.worker.holdings import Holdings

async def take(self, number, records):
    await asyncio.Event().wait()

Holdings.take = take
from gemist.__main__ import main
main()
"""
TODAY = datetime.fromtimestamp(now(), UTC)


def register(school, days_ago):
    """A register as it was recorded then."""
    then = TODAY - timedelta(days=days_ago)
    return json.dumps(
        {
            "type": "register", "id": f"r{days_ago}", "school": school,
            "recorded_at": f"{then:%Y-%m-%dT%H:%M:%SZ}", "date": f"{then:%Y-%m-%d}", "session": 1,
            "marks": [{"pupil": "p1", "status": "present"}],
        },
        separators=(",", ":"),
    ).encode()  # fmt: skip


@pytest.fixture
def watched(worker, environment, tmp_path):
    """A worker, and a Prometheus that has seen it hold its partitions."""
    environment["GEMIST_CLOSE_AT"] = "none"

    @contextmanager
    def start(*python):
        with worker(*python) as one, prometheus(tmp_path / "prometheus", one.address) as watch:
            watch.wait_until(lambda: watch.value("gemist_partitions_held") == 3, "none is held")
            yield one, watch

    return start


def test_a_worker_that_is_stopped_is_down_until_it_goes_on(topics, watched):
    topics.send([register("A1", days) for days in (2, 1, 0)])
    with watched() as (one, watch):
        watch.wait_until(lambda: watch.value("gemist_marks_total") == 3, "marks are not read")
        watch.wait_until(lambda: watch.value("sum(gemist_lag_records)") == 0, "a lag remains")
        assert watch.value("gemist_partitions_assigned") == watch.value("gemist_partitions") == 3
        assert watch.value("gemist_recovery_seconds_count") == 3
        watch.wait_until(lambda: watch.raised() == set(), "an alarm stands though all is well")
        one.process.send_signal(signal.SIGSTOP)
        watch.wait_until(lambda: watch.raised() == {"GemistDown"}, "GemistDown is not raised")
        one.process.send_signal(signal.SIGCONT)
        watch.wait_until(lambda: watch.raised() == set(), "an alarm remains")


def test_a_worker_that_answers_and_works_nothing_out_is_stalled(topics, watched):
    with watched("-c", A_WORKER_THAT_LISTENS_AND_WORKS_NOTHING_OUT) as (_, watch):
        assert "GemistWorkerStalled" not in watch.raised()
        topics.send([register("A1", 0)])
        stalled = {"GemistWorkerStalled"}
        watch.wait_until(lambda: watch.raised() == stalled, "GemistWorkerStalled is not raised")
        assert watch.value("up") == 1


def test_a_feed_that_went_silent_is_seen_and_heard_of_again(topics, watched, environment):
    environment["GEMIST_METRICS__SCHOOLS"] = "SILENT,SPEAKS"
    topics.send([register("SILENT", days) for days in range(21, 7, -1)])
    topics.send([register("SPEAKS", days) for days in range(21, -1, -1)])
    both = {"GemistFeedSilent", "GemistNamedFeedSilent"}
    with watched() as (_, watch):
        watch.wait_until(lambda: watch.raised() == both, "a silent feed raises no alarm")
        assert watch.value("sum(gemist_silent_schools)") == 1
        assert watch.value("sum(gemist_schools)") == 2
        assert watch.value('ALERTS{alertname="GemistNamedFeedSilent",school="SPEAKS"}') is None
        topics.send([register("SILENT", 0)])
        gone = {"GemistFeedSilent"}  # schools are counted again after a minute
        watch.wait_until(lambda: watch.raised() <= gone, "a feed that is back counts as silent")
