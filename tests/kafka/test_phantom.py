"""The phantom and the zombie on a real broker, each at one place in the worker's work."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
from builders import as_line
from live_log import standing

from streams.worker.watchdog import FAILED_STATUS, STALLED_STATUS

pytestmark = pytest.mark.kafka

LIMIT_SECONDS = 90
ENDING_SECONDS = 150
"""The watchdog ends it by then, whatever it waits for."""
WITHOUT_CHECKPOINTS = """
from gemist.__main__ import main
from streams.worker import turns

turns.CHECKPOINT_SECONDS = float("inf")
main()
"""

ZOMBIE = """
import os, signal
from pathlib import Path

from aiokafka import AIOKafkaProducer

from gemist.__main__ import main
from streams.worker.partition import Partition

def stop_once():
    name = Path("stop")
    if name.exists():
        name.unlink()
        os.kill(os.getpid(), signal.SIGSTOP)

{where}
main()
"""
PLACES = {
    "between two records of a batch": """
apply = Partition.apply

def apply_half(self, records):
    apply(self, records[: len(records) // 2])
    if len(records) > 1:
        stop_once()
    apply(self, records)

Partition.apply = apply_half
""",
    "when a batch is worked out and nothing is written": """
apply = Partition.apply

def apply_and_stop(self, records):
    apply(self, records)
    while self.tell_next():
        pass
    if self.has_outgoing:
        stop_once()

Partition.apply = apply_and_stop
""",
    "in a transaction that is open": """
send = AIOKafkaProducer.send

async def send_and_stop(self, *arguments, **named):
    sent = await send(self, *arguments, **named)
    await self.flush()
    stop_once()
    return sent

AIOKafkaProducer.send = send_and_stop
""",
    "when all is sent but the end of the transaction": """
commit = AIOKafkaProducer.commit_transaction

async def stop_and_commit(self):
    await self.flush()
    stop_once()
    await commit(self)

AIOKafkaProducer.commit_transaction = stop_and_commit
""",
}


def register(day, status, *, said="T09:00:00Z"):
    mark = {"pupil": "p1", "status": status, "reason": "unauthorised"}
    return as_line(
        {"type": "register", "id": f"{day}{said}", "school": "A1", "recorded_at": f"{day}{said}",
         "date": day, "session": 1, "minutes": 480, "marks": [mark]}
    )  # fmt: skip


MISSED = [register("2026-03-02", "absent"), register("2026-03-03", "present")]
CORRECTED = register("2026-03-02", "present", said="T16:00:00Z")


def wait_until(is_so, what):
    deadline = time.monotonic() + LIMIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"not within {LIMIT_SECONDS} s: {what}"
        time.sleep(0.2)


def states(topics):
    return [message["state"] for _, message in topics.messages()]


@pytest.mark.parametrize("more_crashes", [0, 1])
def test_an_alert_whose_ground_was_corrected_during_a_crash_is_taken_back(
    topics, worker, more_crashes
):
    topics.send(MISSED)
    with worker("-c", WITHOUT_CHECKPOINTS) as one:
        wait_until(lambda: states(topics) == ["open"], "the alert")
        one.process.kill()
    assert topics.records("pages") == []
    topics.send([CORRECTED])  # so that whoever comes next reads it in one batch with the others
    for _ in range(more_crashes):
        with worker("-c", WITHOUT_CHECKPOINTS) as another:
            wait_until(lambda: states(topics) == ["open", "withdrawn"], "the alert is taken back")
            another.process.kill()
        assert topics.records("pages") == []
    with worker() as last:
        last.wait_until_read(3)
        assert last.stop() == 0
    assert topics.records("pages")
    assert states(topics) == ["open", "withdrawn"]


@pytest.mark.parametrize("place", sorted(PLACES))
def test_one_that_wakes_up_in_the_middle_of_a_batch_writes_nothing_that_counts(
    log, replayed, topics, worker, tmp_path, place
):
    expected, refused = replayed(log)
    half = len(log) // 2
    with worker("-c", ZOMBIE.format(where=PLACES[place])) as zombie:
        zombie.wait_until_read(0)
        topics.send(log[:half])
        zombie.wait_until_read(half)
        (tmp_path / "stop").touch()
        topics.send(log[half:])
        wait_until(lambda: is_stopped(zombie.process.pid), "it stops itself")
        try:
            with worker() as other:
                wait_until(lambda: all_is_in_pages(topics), "the other has worked out everything")
                told = outcome(topics)
                os.kill(zombie.process.pid, signal.SIGCONT)
                zombie.process.communicate(timeout=ENDING_SECONDS)
                assert zombie.process.returncode in {FAILED_STATUS, STALLED_STATUS}
                assert other.stop() == 0
            assert outcome(topics) == told
        finally:
            zombie.process.kill()
    assert standing(topics.messages()) == expected
    assert len(topics.records("rejects")) == refused


def all_is_in_pages(topics):
    """Do the newest positions on ``pages`` follow the last events?"""
    ends = {it.partition: it.offset + 1 for it in topics.records("school-events")}
    positions = {
        it.partition: json.loads(it.value)["events"]
        for it in topics.records("pages")
        if it.key == b"position"
    }
    return positions == ends


def outcome(topics):
    """What counts, by topic: committed records."""
    return {
        name: [(it.partition, it.offset, it.key, it.value) for it in topics.records(name)]
        for name in ("alerts", "rejects")
    }


def is_stopped(pid):
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "T"
