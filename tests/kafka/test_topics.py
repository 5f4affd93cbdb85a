"""`gemist topics` makes the topics once and says where they are not as they should be."""

import socket
import time

import pytest
from kafka.admin import ConfigResource

pytestmark = pytest.mark.kafka


def test_creating_twice_is_creating_once(gemist, prefix):
    first = gemist("topics", "create", "--partitions", 3)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [
        f"{prefix}{name}: created" for name in ("school-events", "alerts", "rejects", "pages")
    ]
    again = gemist("topics", "create", "--partitions", 3)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.count("was there") == 4
    check = gemist("topics", "check", GEMIST_KAFKA__PARTITIONS="3")
    assert check.returncode == 0, check.stderr


def test_a_check_names_what_is_not_there(gemist, prefix):
    check = gemist("topics", "check")
    assert check.returncode == 1
    assert f"gemist: {prefix}alerts: is not there" in check.stderr.splitlines()


def test_a_check_names_every_difference_and_nothing_is_changed(gemist, prefix, admin):
    admin.create_topics(
        {f"{prefix}school-events": {"num_partitions": 2, "configs": {"retention.ms": "1000"}}},
        wait_for_metadata=True,
    )
    named = f"gemist: {prefix}school-events"
    for action in ("create", "check"):
        told = gemist("topics", action, "--partitions", 4)
        assert told.returncode == 1
        partitions, retention, timestamps = told.stderr.splitlines()
        assert partitions.startswith(f"{named}: has 2 partitions, should have 4; never add any")
        assert retention.startswith(f"{named}: retention.ms is 1000, should be 34560000000, which")
        assert timestamps == (
            f"{named}: message.timestamp.type is CreateTime, should be LogAppendTime, or senders"
            " say themselves when their events arrived"
        )


def test_the_page_of_a_great_school_has_room(gemist, prefix, admin):
    gemist("topics", "create", "--partitions", 1)
    pages = ConfigResource("TOPIC", f"{prefix}pages")
    found = admin.describe_configs([pages])["topic"][f"{prefix}pages"]
    assert found["max.message.bytes"]["value"] == str(8 * 1024 * 1024)


def test_arrival_times_are_the_brokers_and_alerts_are_compacted(gemist, prefix, admin):
    gemist("topics", "create", "--partitions", 1)
    names = [prefix + "school-events", prefix + "alerts"]
    found = admin.describe_configs([ConfigResource("TOPIC", name) for name in names])["topic"]
    assert found[names[0]]["message.timestamp.type"]["value"] == "LogAppendTime"
    assert found[names[1]]["cleanup.policy"]["value"] == "compact"


@pytest.mark.parametrize("listens", [True, False])
@pytest.mark.parametrize(
    "command",
    [("topics", "check"), ("topics", "create"), ("topics", "lag"), ("topics", "dump"), ("worker",)],
)
def test_a_broker_that_does_not_answer_is_one_line_and_exit_status_2(gemist, command, listens):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        if listens:
            deaf.listen()
        at = f"127.0.0.1:{deaf.getsockname()[1]}"
        begun = time.monotonic()
        told = gemist(*command, GEMIST_KAFKA__BOOTSTRAP=at)
    assert told.returncode == 2
    assert told.stderr.startswith(f"gemist: no Kafka broker answers at {at}")
    assert told.stderr.count("\n") == 1
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("command", ["lag", "dump"])
def test_without_topics_it_is_one_line(gemist, prefix, command):
    told = gemist("topics", command)
    assert told.returncode == 2
    assert told.stderr == (
        f"gemist: no topic {prefix}school-events, {prefix}pages: run `gemist topics create` first\n"
    )


def test_plain_text_to_another_machine_is_warned_of(gemist):
    told = gemist("topics", "check", GEMIST_KAFKA__BOOTSTRAP="kafka.invalid:9092")
    assert told.returncode == 2
    warning, error = told.stderr.splitlines()
    assert warning == (
        "gemist: warning: everything goes to kafka.invalid in plain text: kafka.security is"
        " PLAINTEXT"
    )
    assert error.startswith("gemist: no Kafka broker answers at kafka.invalid:9092")
