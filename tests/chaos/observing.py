"""How far the pages are, seen from outside: the longest stall, and when all is worked out."""

import json
import threading
import time

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

LOOK_MILLISECONDS = 200


class Observer:
    """Follows each partition's position on ``pages``, beside the end of ``school-events``.

    A stall is a time in which a partition's position stays where it is though events wait.
    """

    def __init__(self, address, prefix, partitions):
        numbers = range(partitions)
        self._events = {n: TopicPartition(f"{prefix}school-events", n) for n in numbers}
        self._consumer = KafkaConsumer(
            bootstrap_servers=address,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=16 * 1024 * 1024,
        )
        self._consumer.assign([TopicPartition(f"{prefix}pages", n) for n in numbers])
        self._consumer.seek_to_beginning()
        self._positions = dict.fromkeys(numbers, 0)
        self._ends = dict.fromkeys(numbers, 0)
        self._since = dict.fromkeys(numbers, time.monotonic())
        self._longest = 0.0
        self._looks = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="observer", daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._consumer.close()

    def longest_stall(self):
        """Seconds, of the longest stall since this was last asked."""
        longest, self._longest = self._longest, 0.0
        return longest

    def wait_until_all_is_worked_out(self, seconds):
        """Come back when no event waits; all that is on the topic now counts."""
        looks, deadline = self._looks + 2, time.monotonic() + seconds
        while self._looks < looks or self.behind():
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {seconds} s still behind, by partition: {self.behind()}")
            time.sleep(0.1)

    def behind(self):
        """How many events wait, by partition where any do."""
        lags = {n: self._ends[n] - self._positions[n] for n in self._positions}
        return {n: lag for n, lag in lags.items() if lag > 0}

    def _follow(self):
        while not self._over.is_set():
            try:
                ends = self._consumer.end_offsets(list(self._events.values()))
                fetched = self._consumer.poll(LOOK_MILLISECONDS)
            except KafkaError:
                self._over.wait(0.2)  # the broker is away, and nothing goes on meanwhile
                self._note(self._ends, {})
                continue
            positions = {
                record.partition: json.loads(record.value)["events"]
                for records in fetched.values()
                for record in records
                if record.key == b"position"
            }
            self._note({n: ends[tp] for n, tp in self._events.items()}, positions)
            self._looks += 1

    def _note(self, ends, positions):
        now = time.monotonic()
        for number in self._ends:
            was_behind = self._ends[number] > self._positions[number]
            moved = positions.get(number, -1) > self._positions[number]
            if was_behind:
                self._longest = max(self._longest, now - self._since[number])
            if moved or not was_behind:
                self._since[number] = now
            self._positions[number] = max(self._positions[number], positions.get(number, 0))
        self._ends = dict(ends)
