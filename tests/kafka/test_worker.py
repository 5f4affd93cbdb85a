"""The worker tells on Kafka what replay tells from a file, whatever happens to it on the way."""

import json
import time

import pytest
from live_log import arrival_ms, standing

pytestmark = pytest.mark.kafka

LIMIT_SECONDS = 90
A_STEP_THAT_FAILS = """
from streams.step import Engine

def fail(self, columns, set_aside):
    raise RuntimeError("the step failed")

Engine.apply = fail
from gemist.__main__ import main
main()
"""


TABLES = ("pupils.csv", "school_days.csv", "unenrolled.csv")
ENDS_WITHIN_SECONDS = 10


def test_alerts_pages_and_rejects_are_those_of_replay(
    log, replayed, topics, worker, gemist, tmp_path
):
    expected, refused = replayed(log)
    assert len(expected) > 10
    topics.send(log)
    with worker() as one:
        one.wait_until_read(len(log))
        assert one.stop() == 0
    assert standing(topics.messages()) == expected
    assert all(message is None or message["id"] == name for name, message in topics.messages())

    events = {(r.partition, r.offset): r for r in topics.records("school-events")}
    rejects = topics.records("rejects")
    assert len(rejects) == refused
    for reject in rejects:
        headers = {name: value.decode() for name, value in reject.headers}
        assert int(headers["partition"]) == reject.partition
        assert reject.value == events[reject.partition, int(headers["offset"])].value
        assert headers["reason"]

    audited = gemist("replay", "kafka://", "--out", "audited", "--pack", "nl")
    assert audited.returncode == 0, audited.stderr
    told = map(json.loads, (tmp_path / "audited" / "alerts.ndjson").open())
    assert standing((message["id"], message) for message in told) == expected
    dumped = gemist("topics", "dump", "--out", "dumped")
    assert dumped.returncode == 0, dumped.stderr
    for name in TABLES:
        of_pages, of_replay = (
            (tmp_path / each / name).read_text() for each in ("dumped", "audited")
        )
        assert of_pages == of_replay, name


def test_a_scorecard_says_on_kafka_what_it_says_in_replay(
    log, replayed, topics, worker, environment
):
    environment["GEMIST_SCORECARD"] = "simulated"
    expected, _ = replayed(log)
    topics.send(log)
    with worker() as one:
        one.wait_until_read(len(log))
        assert one.counted()["gemist_alert_scores_count"] > 0
        assert one.stop() == 0
    assert standing(topics.messages()) == expected
    told = [message for _, message in topics.messages() if message is not None]
    assert any(cause["code"] == "scorecard" for each in told for cause in each["reasons"])


def test_a_worker_that_is_killed_twice_leaves_the_same_alerts_standing(
    log, replayed, topics, worker
):
    expected, refused = replayed(log)
    third = len(log) // 3
    read = 0
    for part in (log[:third], log[third : 2 * third], log[2 * third :]):
        with worker() as one:
            one.wait_until_read(read)
            # In small pieces, so that there are many batches and something is told after each.
            for begin in range(0, len(part), 40):
                topics.send(part[begin : begin + 40])
            read += len(part)
            if read == len(log):
                one.wait_until_read(read)
            one.process.kill()
    assert standing(topics.messages()) == expected
    rejects = topics.records("rejects")
    assert {reject.value for reject in rejects} <= set(log)
    assert len(rejects) == refused


def test_after_an_orderly_end_nothing_is_told_again(log, topics, worker):
    with worker() as one:
        one.wait_until_read(0)
        for begin in range(0, len(log), 100):
            topics.send(log[begin : begin + 100])
        one.wait_until_read(len(log))
        begun = time.monotonic()
        assert one.stop() == 0
        assert time.monotonic() - begun < ENDS_WITHIN_SECONDS
    told = [(alert.key, alert.value) for alert in topics.records("alerts")]
    refused = len(topics.records("rejects"))
    with worker() as another:
        another.wait_until_read(0)
        assert another.stop() == 0
    assert [(alert.key, alert.value) for alert in topics.records("alerts")] == told
    assert len(topics.records("rejects")) == refused


def test_what_is_not_keyed_by_its_school_or_from_the_future_is_refused(topics, worker):
    line = b'{"type":"calendar","id":"c","school":"s1","recorded_at":"%s","date":"2026-03-02"}'
    good, ahead = line % b"2026-03-01T10:00:00Z", line % b"2026-03-01T10:10:01Z"
    at_ms = arrival_ms(good)
    home = topics.send_record(ahead, at_ms, key=b"s1")
    topics.send_record(good, at_ms, key=b"s2")
    topics.send_record(good, at_ms)
    topics.send_record(good, at_ms, key=b"s1", partition=(home + 1) % 3)
    topics.send_record(None, at_ms, key=b"s1")
    with worker() as one:
        one.wait_until_read(5)
    reasons = sorted(dict(reject.headers)["reason"] for reject in topics.records("rejects"))
    assert reasons == [b"clock", b"json", b"key", b"key", b"partition"]


def test_a_step_that_fails_ends_the_process_and_acknowledges_nothing(topics, worker, admin, prefix):
    topics.send([b'{"type":"erase","id":"x","school":"s1","recorded_at":"2026-03-01T10:00:00Z"}'])
    with worker("-c", A_STEP_THAT_FAILS) as one:
        _, said = one.process.communicate(timeout=LIMIT_SECONDS)
        assert one.process.returncode == 1
    assert "RuntimeError: the step failed" in said
    group = f"{prefix}gemist-worker"
    assert not admin.list_group_offsets({group: None})[group]
    assert topics.records("alerts") == []


def test_without_topics_it_says_what_to_do(gemist, prefix):
    told = gemist("worker")
    assert told.returncode == 2
    assert f"gemist: no topic {prefix}school-events" in told.stderr
    assert "gemist topics create" in told.stderr
