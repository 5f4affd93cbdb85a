"""The exercise: something fails, its alarm is raised, and its page of the runbook alone mends it.

Programs, brokers, Prometheus and rules are real. Time is hurried: every duration of the rules is
divided (`hurry`), and nothing else of them is changed. What a page tells other people to do (a
school sends again, the mail server is mended) the test does where the page says so.
"""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from mail_away import MailAway
from operator_on_duty import Operator, Unit
from prometheus_server import FACTOR, prometheus
from runbook import Page
from served import free_port

from alerts.desk import outbox
from alerts.desk.database import open_desk
from alerts.desk.letter import Letter
from alerts.desk.people import Person
from alerts.roles import Role
from alerts.words import Language
from gemist.clock import now

pytestmark = pytest.mark.kafka

A_WORKER_THAT_HANGS_AT_AN_EVENT = """
import asyncio
from streams.worker.holdings import Holdings

taken = Holdings.take

async def take(self, number, records):
    if any(b'"id":"hang' in record.value for record in records):
        await asyncio.Event().wait()
    await taken(self, number, records)

Holdings.take = take
from gemist.__main__ import main
main()
"""
HASTY = 2 * FACTOR
"""For alarms that wait for half an hour and more."""
TODAY = datetime.fromtimestamp(now(), UTC)
MENTOR = Person("01AB", "m17", Role.MENTOR, "Noor", "m17@school.example", Language.DUTCH)
LETTER = Letter(subject="3 new signals", plain="Good morning.\n", html="<p>Good morning.</p>\n",
                data={})  # fmt: skip


def register(school, days_ago, status="present", name="r"):
    """A register as it was recorded then."""
    then = TODAY - timedelta(days=days_ago)
    return json.dumps(
        {
            "type": "register", "id": f"{name}{days_ago}", "school": school,
            "recorded_at": f"{then:%Y-%m-%dT%H:%M:%SZ}", "date": f"{then:%Y-%m-%d}", "session": 1,
            "marks": [{"pupil": f"p{number}", "status": status} for number in range(1, 4)],
        },
        separators=(",", ":"),
    ).encode()  # fmt: skip


def is_raised(watch, alarm):
    return lambda: alarm in watch.raised()


def is_quiet(watch):
    return lambda: not watch.raised()


@pytest.fixture
def worker(environment, tmp_path):
    environment["GEMIST_CLOSE_AT"] = "none"
    unit = Unit("gemist-worker@6066", 6066, ["worker"], environment, tmp_path)
    yield unit
    unit.stop()


@pytest.fixture
def operator(worker, environment, tmp_path):
    return Operator([worker], environment, tmp_path)


@pytest.fixture
def watched(worker, tmp_path):
    """A worker, and a Prometheus that has seen it hold its partitions."""

    @contextmanager
    def start(*python, factor=FACTOR):
        worker.start(*python)
        targets = {"gemist-worker": worker.address}
        with prometheus(tmp_path / "prometheus", targets, factor) as watch:
            watch.wait_until(lambda: watch.value("gemist_partitions_held") == 3, "none is held")
            assert watch.value("gemist_partitions_assigned") == watch.value("gemist_partitions")
            assert watch.value("gemist_recovery_seconds_count") == 3
            yield watch

    return start


def test_a_worker_stands_still(topics, watched, worker, operator):
    page = Page("GemistDown")
    topics.send([register("01AB", days) for days in (2, 1, 0)])
    with watched() as watch:
        watch.wait_until(lambda: watch.value("gemist_marks_total") == 9, "marks are not read")
        watch.wait_until(lambda: watch.value("sum(gemist_lag_records)") == 0, "a lag remains")
        watch.wait_until(is_quiet(watch), "an alarm stands though all is well")
        operator.sees(page.well())
        worker.hang()
        topics.send([register("01AB", 0, name="later")])
        watch.wait_until(is_raised(watch, page.alarm), f"{page.alarm} is not raised")
        operator.sees(page.trouble())
        operator.does(page.steps())
        operator.sees(page.well())
        watch.wait_until(is_quiet(watch), "an alarm remains")


def test_a_worker_answers_and_works_nothing_out(topics, watched, operator):
    page = Page("GemistWorkerStalled")
    topics.send([register("01AB", days) for days in (2, 1)])
    with watched("-c", A_WORKER_THAT_HANGS_AT_AN_EVENT) as watch:
        watch.wait_until(lambda: watch.value("gemist_marks_total") == 6, "marks are not read")
        operator.sees(page.well())
        topics.send([register("01AB", 0, name="hang")])
        watch.wait_until(is_raised(watch, page.alarm), f"{page.alarm} is not raised")
        assert watch.value("up") == 1
        operator.sees(page.trouble())
        operator.does(page.steps())
        operator.sees(page.well())
        watch.wait_until(is_quiet(watch), "an alarm remains")


def test_a_feed_goes_silent(topics, watched, operator, environment):
    page = Page("GemistFeedSilent")
    environment["GEMIST_METRICS__SCHOOLS"] = "01AB,02CD"
    topics.send([register("01AB", days) for days in range(21, 7, -1)])
    topics.send([register("02CD", days) for days in range(21, -1, -1)])
    with watched(factor=HASTY) as watch:
        watch.wait_until(is_raised(watch, page.alarm), f"{page.alarm} is not raised")
        assert watch.value("sum(gemist_schools)") == 2
        assert watch.value('gemist_feed_silence_seconds{school="01AB"}') > 7 * 24 * 3600
        operator.sees(page.trouble())
        operator.does(page.steps())
        topics.send([register("01AB", days) for days in range(7, -1, -1)])  # the school does
        operator.sees(page.well())
        watch.wait_until(is_quiet(watch), "an alarm remains")


def test_a_sender_changes_its_format(topics, watched, operator):
    page = Page("GemistRejectsJump")
    sent = 0

    def send(status):
        nonlocal sent
        sent += 1
        names = [f"{status}{sent}-{number}-" for number in range(10)]
        topics.send([register("01AB", 0, status, name=name) for name in names])

    with watched() as watch:
        send("present")
        watch.wait_until(lambda: watch.value("gemist_marks_total") == 30, "marks are not read")
        operator.sees(page.well())

        def is_refused():
            send("P")
            return page.alarm in watch.raised()

        watch.wait_until(is_refused, f"{page.alarm} is not raised")
        operator.sees(page.trouble())
        operator.does(page.steps())
        send("present")  # its vendor mends it
        watch.wait_until(is_quiet(watch), "an alarm remains")


@pytest.mark.usefixtures("topics")
def test_the_mail_server_is_away(environment, tmp_path):
    page = Page("GemistMessagesWaiting")
    url, port = f"sqlite:///{tmp_path / 'desk.db'}", free_port()
    environment |= {
        "GEMIST_DESK__DATABASE": url,
        "GEMIST_MAIL__SERVER": f"127.0.0.1:{port}",
        "GEMIST_MAIL__TLS": "none",
    }
    notify = Unit("gemist-notify", 8081, ["notify"], environment, tmp_path)
    operator = Operator([notify], environment, tmp_path)
    with closing_desk(url) as desk, MailAway(port) as server:
        notify.start()
        try:
            targets = {"gemist-notify": notify.address}
            with prometheus(tmp_path / "prometheus", targets, HASTY) as watch:
                watch.wait_until(lambda: watch.value("up") == 1, "notify is not there")
                operator.sees(page.well())
                with desk.begin() as connection:
                    outbox.put(connection, "a", MENTOR, "digest", LETTER, (), int(now()))
                watch.wait_until(is_raised(watch, page.alarm), f"{page.alarm} is not raised")
                operator.sees(page.trouble())
                assert not server.taken
                server.is_mended = True  # whoever runs it does
                operator.does(page.steps())
                watch.wait_until(is_quiet(watch), "an alarm remains")
                operator.sees(page.well())
        finally:
            notify.stop()
    assert server.taken == [["m17@school.example"]]


@contextmanager
def closing_desk(url):
    desk = open_desk(url)
    try:
        yield desk
    finally:
        desk.dispose()
