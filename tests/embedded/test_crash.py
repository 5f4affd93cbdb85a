"""The node killed again and again: what was acknowledged is kept, and what stands is right."""

import http.client
import random
import threading
import time
from pathlib import Path

import builders
import engines
import nodes
import pytest
from served import Served, post

from streams.head import read_head

KILLS = 20
SCHOOLS = ("S1", "S2", "S3", "S4")


class Sender(threading.Thread):
    """Sends a school's log, again and again in other orders, and notes what is acknowledged."""

    def __init__(self, served: Served, token: str, lines: list[bytes], seed: int) -> None:
        super().__init__(daemon=True)
        self.acknowledged: set[bytes] = set()
        self.faults: list[str] = []
        self.is_over = False
        self._served, self._token, self._lines = served, token, lines
        self._rng = random.Random(seed)

    def run(self) -> None:
        waiting: list[bytes] = []
        connection = None
        while not self.is_over or waiting:
            if not waiting:
                waiting = list(self._lines)
                for _ in range(len(waiting) // 5):
                    one, other = (self._rng.randrange(len(waiting)) for _ in range(2))
                    waiting[one], waiting[other] = waiting[other], waiting[one]
            if self.is_over:
                break
            batch = waiting[: self._rng.choice((1, 1, 1, 2, 5, 40))]
            try:
                connection = connection or self._served.connection()
                status, answer = post(connection, self._token, batch)
            except (OSError, http.client.HTTPException):
                connection = None  # it was killed: the same again, when it is back
                time.sleep(0.02)
                continue
            if status == 503:
                continue
            if status not in (200, 422):
                self.faults.append(f"{status} {answer}")
                break
            told = zip(batch, answer["events"], strict=True)
            self.acknowledged.update(
                line.strip() for line, each in told if each["status"] != "rejected"
            )
            del waiting[: len(batch)]


@pytest.mark.slow
def test_what_was_acknowledged_survives_being_killed_again_and_again(tmp_path: Path) -> None:
    rng = random.Random(20)
    lines = builders.random_log(
        rng,
        schools=len(SCHOOLS),
        shape=builders.TROUBLED,
        erasures=0.0,  # no line is rewritten
    )
    folder = tmp_path / "node"
    served = Served(folder, tmp_path / "stderr")
    token = served.token(*SCHOOLS)
    of_school = [[line for line in lines if read_head(line).school == name] for name in SCHOOLS]
    senders = [Sender(served, token, each, seed) for seed, each in enumerate(of_school)]
    served.start()
    for sender in senders:
        sender.start()
    for _ in range(KILLS):
        time.sleep(rng.uniform(0.05, 0.8))
        served.kill()
        served.start()
    for sender in senders:
        sender.is_over = True
    for sender in senders:
        sender.join()
        assert sender.faults == []
    last = nodes.closes([(name, "2026-11-25") for name in SCHOOLS])
    status, answer = post(served.connection(), token, last)
    assert (status, answer["accepted"]) == (200, len(SCHOOLS))
    assert served.stop() == 0

    kept = nodes.events_in(folder)
    assert all(sender.acknowledged for sender in senders)
    for sender in senders:
        assert sender.acknowledged <= set(kept)
    replayed = engines.run([kept])
    assert nodes.standing_in(folder) == replayed.standing
    assert len(replayed.standing) > 3
