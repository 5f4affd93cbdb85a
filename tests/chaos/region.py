"""A region under test: its topics, who sends, who works, who looks on, and what is said of it."""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from kafka.admin import ConfigResource, KafkaAdminClient
from observing import Observer
from supervision import Kept, Supervisor
from traffic import Feeder, disordered, district
from verifier import partition_of

HERE = Path(__file__).parent
WORKED_OUT_SECONDS = 180
VERIFY_SECONDS = 300
OF_THE_PAST = {
    "message.timestamp.type": "CreateTime",
    "message.timestamp.after.max.ms": str(2**63 - 1),
    "retention.ms": "-1",
}


class Region:
    """Two workers, and traffic that is dealt out among faults."""

    def __init__(self, broker, proxy, folder, rng, say, *, partitions, faults, **size):
        self.broker, self.proxy, self.rng = broker, proxy, rng
        self._folder, self._say, self._partitions = folder, say, partitions
        self.schools = size["schools"]
        self._prefix = f"{self.schools}-schools."
        lines = disordered(district(folder, seed=rng.randrange(10**6), **size), rng)
        share = -(-len(lines) // faults)
        self._slices = [lines[begin : begin + share] for begin in range(0, len(lines), share)]
        names = {json.loads(line)["school"] for line in lines}
        self.homes = {
            partition_of(name.encode(), partitions): name for name in sorted(names, reverse=True)
        }
        assert len(self.homes) == partitions
        self._environment = {
            key: value for key, value in os.environ.items() if not key.startswith("GEMIST_")
        } | {
            "GEMIST_KAFKA__BOOTSTRAP": f"127.0.0.1:{proxy.port}",
            "GEMIST_KAFKA__PREFIX": self._prefix,
            "GEMIST_PACK": "nl",
        }
        self._open = ExitStack()

    def __enter__(self):
        self._make_topics()
        address = self.broker.address
        self.feeder = Feeder(address, f"{self._prefix}school-events", self._partitions)
        self._open.callback(self.feeder.close)
        self.observer = self._open.enter_context(Observer(address, self._prefix, self._partitions))
        self.workers = self._open.enter_context(Supervisor(self._folder, self._environment))
        for _ in range(2):
            self.workers.add()
        return self

    def __exit__(self, *failure):
        self._open.close()
        if failure[0] is not None:
            for log in sorted(self._folder.glob("*.log")):
                self._say(f"---- {log.name}\n{log.read_text(errors='replace')[-6000:]}")
            state = "running" if self.broker.is_running() else "not running"
            self._say(f"---- the broker, {state}\n{self.broker.log()[-6000:]}")

    def _make_topics(self):
        subprocess.run(
            [sys.executable, "-m", "gemist", "topics", "create"],
            env=self._environment | {"GEMIST_KAFKA__PARTITIONS": str(self._partitions)},
            cwd=self._folder,
            check=True,
            capture_output=True,
            timeout=60,
        )
        admin = KafkaAdminClient(bootstrap_servers=self.broker.address)
        events = ConfigResource("TOPIC", f"{self._prefix}school-events", OF_THE_PAST)
        admin.alter_configs([events])
        admin.close()

    def under(self, fault, seconds, inflict):
        """Send the next slice, spread over so many seconds, and let something happen meanwhile.

        Comes back when all that was sent is worked out, and says how long that took.
        """
        lines = self._slices.pop(0)
        self.observer.longest_stall()
        begun = time.monotonic()
        self.feeder.feed(lines, seconds)
        inflict(self)
        self.feeder.finish()
        sent = time.monotonic()
        self.observer.wait_until_all_is_worked_out(WORKED_OUT_SECONDS)
        now, stall = time.monotonic(), self.observer.longest_stall()
        self._say(
            f"{fault:<55} {len(lines):6} events in {sent - begun:5.1f} s; all worked out"
            f" {now - sent:5.1f} s later; longest stall {stall:5.1f} s"
        )

    def wait_until(self, what, is_so, seconds=WORKED_OUT_SECONDS):
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
            time.sleep(0.1)

    def finish(self):
        """End all workers; let one read what there is that writes no closes, and end it too."""
        assert not self._slices
        for each in self.workers.workers:
            self.workers.take_away(each)
        last = Kept("last", self._folder, self._environment | {"GEMIST_CLOSE_AT": "none"})
        self._open.callback(last.close)
        last.start()
        self.wait_until("the last worker is ready", last.is_ready)
        self.observer.wait_until_all_is_worked_out(WORKED_OUT_SECONDS)
        last.process.terminate()
        assert last.process.wait(60) == 0
        return self._verdict()

    def _verdict(self):
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, HERE / "verifier.py", self.broker.address, self._prefix],
            check=False,
            capture_output=True,
            text=True,
            timeout=VERIFY_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        verdict = json.loads(done.stdout)
        self._say(
            f"kill -9: {self.workers.killed}; other exits that nobody asked for, by status:"
            f" {dict(self.workers.ended)}"
        )
        counts = "; ".join(f"{name} {count}" for name, count in verdict["counts"].items())
        self._say(f"verifier ({time.monotonic() - begun:.1f} s): {counts}")
        return verdict
