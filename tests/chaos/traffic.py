"""What schools send: a simulated district, corrected, repeated, out of order, with poison in it."""

import json
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

from kafka import KafkaProducer

SEND_SECONDS = 300
"""The broker may be away for long."""
CORRECTED_SHARE, REPEATED_SHARE, LATE_SHARE = 0.08, 0.06, 0.1
USUAL_DISORDER, LATE_BY = 20, 600
"""In places in the log."""


def district(folder, *, schools, pupils, days, seed):
    """Lines of ``gemist simulate``, with a close after each school's every day."""
    log = folder / f"{schools}-schools.ndjson"
    numbers = {"schools": schools, "pupils": pupils, "days": days, "seed": seed}
    numbers |= {"sessions": 4, "group-size": 12}
    options = [text for name, number in numbers.items() for text in (f"--{name}", str(number))]
    options += ["--closes", "--style", "default", "--out", str(log)]
    subprocess.run(
        [sys.executable, "-m", "gemist", "simulate", *options],
        check=True,
        capture_output=True,
    )
    return log.read_bytes().splitlines()


def as_line(event):
    return json.dumps(event, separators=(",", ":")).encode()


def moved(instant, **by):
    return (datetime.fromisoformat(instant) + timedelta(**by)).isoformat()


def corrected(event, rng):
    """The register again, recorded later: somebody was there after all, or was not."""
    marks = [dict(mark) for mark in event["marks"]]
    if marks and rng.random() < 0.7:
        chosen = rng.choice(marks)
        chosen.clear()
        chosen |= {"pupil": rng.choice(event["marks"])["pupil"], "status": "present"}
    for mark in marks:
        if mark["status"] == "absent" and rng.random() < 0.5:
            mark["reason"] = rng.choice(("illness", "unauthorised"))
    later = {"recorded_at": moved(event["recorded_at"], hours=rng.choice((1, 3, 26, 75)))}
    return event | later | {"id": f"{event['id']}-{rng.randrange(10**6)}", "marks": marks}


def erased(events, rng):
    """Somebody in each tenth school is erased, half of the way through."""
    pupils = {}
    for event in events:
        if event["type"] == "enrolment":
            pupils.setdefault(event["school"], []).append(event["pupil"])
    middle = events[len(events) // 2]["recorded_at"]
    for school in sorted(pupils)[::10]:
        yield {"type": "erase", "id": "erase", "school": school, "recorded_at": middle} | {
            "pupil": rng.choice(pupils[school])
        }


def disordered(lines, rng):
    """Corrections, repetitions and disorder; closes of each school's last day at the end."""
    events = [json.loads(line) for line in lines]
    placed = []
    for place, (event, line) in enumerate(zip(events, lines, strict=True)):
        late = rng.random() < LATE_SHARE
        placed.append((place + rng.uniform(0, LATE_BY if late else USUAL_DISORDER), line))
        if rng.random() < REPEATED_SHARE:
            placed.append((place + rng.uniform(0, LATE_BY), line))
        if event["type"] == "register" and rng.random() < CORRECTED_SHARE:
            after = place + rng.uniform(0, LATE_BY)
            placed.append((after, as_line(corrected(event, rng))))
    placed += [(len(lines) / 2, as_line(event)) for event in erased(events, rng)]
    return [line for _, line in sorted(placed)]


def poison_close(school, at):
    head = {"type": "close", "id": "poison", "school": school, "recorded_at": at}
    return as_line(head | {"date": at[:10]})


def poison(school, other, at):
    """Records that no worker may stumble over: key, value, and seconds that it arrived before."""
    head = {"id": "poison", "school": school, "recorded_at": at}
    close = poison_close(school, at)
    register = {"type": "register", "date": at[:10], "session": 1}
    marks = [{"pupil": "p", "status": "gone"}, 7, {"status": "absent"}]
    key = school.encode()
    return [
        (key, b"\xff\xfe no JSON", 0),
        (key, b"[" * 5000, 0),
        (key, b"[]", 0),
        (key, b" \t", 0),
        (key, None, 0),
        (key, b'{"x":"' + b"x" * 500_000 + b'"', 0),
        (key, as_line({"type": "unheard-of"} | head), 0),
        (key, as_line(register | head | {"session": 13}), 0),
        (key, as_line(register | head | {"marks": marks}), 0),
        (other.encode(), close, 0),
        (None, close, 0),
        (key, close, 601),
    ]


class Feeder:
    """Sends, in order, as schools do: keyed by school; ``sent`` has every value."""

    def __init__(self, address, topic, partitions):
        self._topic = topic
        self._partitions = partitions
        self._clock_ms = 0
        """When what is sent now arrives: nothing was recorded later."""
        self._producer = KafkaProducer(
            bootstrap_servers=address,
            acks="all",
            linger_ms=5,
            delivery_timeout_ms=SEND_SECONDS * 1000,
            max_block_ms=SEND_SECONDS * 1000,
        )
        self._waiting = []
        self._thread = None
        self.sent = []

    def feed(self, lines, seconds):
        """Begin to send these lines, spread over so many seconds."""
        self._thread = threading.Thread(
            target=self._feed, args=(lines, seconds), name="feeder", daemon=True
        )
        self._thread.start()

    def finish(self):
        """Wait until all that was fed is on the topic."""
        self._thread.join(SEND_SECONDS)
        assert not self._thread.is_alive(), "the broker took nothing"
        self._producer.flush(timeout=SEND_SECONDS)
        for sending in self._waiting:
            sending.get(0)
        self._waiting.clear()

    def _feed(self, lines, seconds):
        begun, portion = time.monotonic(), max(1, len(lines) // 200)
        for begin in range(0, len(lines), portion):
            for line in lines[begin : begin + portion]:
                event = json.loads(line)
                self._clock_ms = max(self._clock_ms, instant_ms(event["recorded_at"]))
                self._send(event["school"].encode(), line)
            due = begun + seconds * (begin + portion) / len(lines)
            time.sleep(max(0.0, due - time.monotonic()))

    def poison(self, homes):
        """Send poison into every partition; ``homes``: partition → a school of it."""
        schools = list(homes.values())
        now = datetime.fromtimestamp(self._clock_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for place, (partition, school) in enumerate(homes.items()):
            for key, value, before in poison(school, schools[place - 1], now):
                self._send(key, value, before, partition=partition)
            strange = (partition + 1) % self._partitions
            self._send(school.encode(), poison_close(school, now), partition=strange)

    def _send(self, key, value, seconds_before=0, partition=None):
        at_ms = self._clock_ms - seconds_before * 1000
        sending = self._producer.send(
            self._topic, value, key=key, partition=partition, timestamp_ms=at_ms
        )
        self._waiting.append(sending)
        self.sent.append(value)

    def close(self):
        self._producer.close()


def instant_ms(recorded_at):
    return int(datetime.fromisoformat(recorded_at).timestamp() * 1000)
