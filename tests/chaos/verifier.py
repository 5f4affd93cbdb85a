"""Says whether the topics are right, and shares no code with what wrote them.

It reads the topics (committed records alone) and nothing else. What has to be there it works out
from ``school-events`` by the naive implementation in ``tests/reference``, from SEMANTICS.md 1 what
a live door refuses, and from docs/pages.md which marks the pages hold. Run as a program it writes
its counts as JSON:

    python tests/chaos/verifier.py 127.0.0.1:9092 PREFIX
"""

import json
import struct
import sys
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import msgspec
import zstandard
from kafka import KafkaConsumer, TopicPartition

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import reference.events as said_events
from reference import strict_json
from reference.book import Book
from reference.episodes import School
from reference.log import read_log
from reference.outputs import standing_row

PACK = "nl"
SECONDS_A_DAY = 86_400
EPOCH_DAY = date(1970, 1, 1).toordinal()
CLOCK_SECONDS = 600
QUIET_SECONDS = 60
"""After so long without a record that is there reading is given up."""
EXAMPLES = 5
WRONG = (
    "lost marks",
    "wrong marks",
    "marks that nobody sent",
    "missing alerts",
    "standing alerts wrong",
    "missing rejects",
    "doubled rejects",
    "rejects for another reason",
    "rejects with other bytes",
)
"""Of each of these there must be none."""
NOT_NICE = ("duplicate messages", "messages out of order")


def partition_of(key, partitions):
    """Murmur2 of the key, as Kafka's own clients take it."""
    multiplier, mask = 0x5BD1E995, 0xFFFFFFFF
    value = 0x9747B28C ^ len(key)
    whole = len(key) // 4 * 4
    for (word,) in struct.iter_unpack("<I", key[:whole]):
        mixed = word * multiplier & mask
        mixed = (mixed ^ mixed >> 24) * multiplier & mask
        value = (value * multiplier & mask) ^ mixed
    rest = key[whole:]
    if rest:
        value = (value ^ int.from_bytes(rest, "little")) * multiplier & mask
    value = (value ^ value >> 13) * multiplier & mask
    return ((value ^ value >> 15) & 0x7FFFFFFF) % partitions


def refused_at_the_door(record, partitions):
    """Why a record is refused whatever its school says, or None."""
    if record.value is None:
        return "json"
    try:
        event = strict_json.parse(record.value)
        school, recorded = event["school"], said_events.instant(event["recorded_at"])
    except (ValueError, TypeError, KeyError):
        return None  # whoever reads it as an event can say better what is wrong
    if not isinstance(school, str):
        return None
    if record.key != school.encode():
        return "key"
    if partition_of(record.key, partitions) != record.partition:
        return "partition"
    arrived = record.timestamp / 1000 + EPOCH_DAY * SECONDS_A_DAY
    return "clock" if recorded - arrived > CLOCK_SECONDS else None


@dataclass
class SchoolTopics:
    """Of one school: its events and where they stand, what was told, and its pages."""

    lines: list = field(default_factory=list)
    places: list = field(default_factory=list)
    told: dict = field(default_factory=dict)
    pages: dict = field(default_factory=dict)


@dataclass
class Found:
    """Counts by name, examples of what is wrong, and what has to be on ``rejects``."""

    counts: Counter = field(default_factory=Counter)
    examples: list = field(default_factory=list)
    rejects: list = field(default_factory=list)

    def count(self, name, wrong):
        self.counts[name] += len(wrong)
        self.examples += [f"{name}: {each}" for each in list(wrong)[:EXAMPLES]]


def read_topic(consumer, topic):
    """All that is committed, oldest first in each partition."""
    every = [TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic))]
    consumer.assign(every)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(every)
    found, quiet = [], 0
    while any(consumer.position(tp) < ends[tp] for tp in every):
        fetched = consumer.poll(1000)
        quiet = 0 if fetched else quiet + 1
        if quiet == QUIET_SECONDS:
            raise TimeoutError(f"{topic}: not to be read to its end")
        for records in fetched.values():
            found += records
    return found, len(every)


def unsealed(page):
    """What a page holds (docs/pages.md, Bytes)."""
    return msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(page[12:]))


def array(said):
    """Rows of an array of numbers."""
    dtype, (rows, columns), content = said
    kind = {"|u1": "B", "<u2": "H", "<i2": "h", "<i4": "i", "<i8": "q"}[dtype]
    flat = struct.unpack(f"<{rows * columns}{kind}", content)
    return [flat[row * columns : (row + 1) * columns] for row in range(rows)]


def minutes_of(page, row, pupil, status):
    """Minutes missed as a page has them; None for the school's own number."""
    if page["minutes"] is None:
        return None if status == "absent" else 0
    stored = array(page["minutes"])[row][pupil]
    return None if stored == 0 else stored - 1


def meant(status, reason, at, minutes):
    """A mark, without what means nothing: why and how long somebody missed nothing."""
    if status in {"withdrawn", "present"}:
        return status, None, at, 0
    return status, reason, at, minutes


def marks_of_pages(pages):
    """Slot → the mark that holds by the pages; and when which default was said."""
    marks, defaults = {}, {}
    roster = next((unsealed(page) for key, page in pages.items() if key.endswith("/roster")), None)
    for key, page_bytes in pages.items():
        if "/date/" not in key:
            continue
        page = unsealed(page_bytes)
        midnight = (page["date"] - EPOCH_DAY) * SECONDS_A_DAY
        codes, said = array(page["code"]), array(page["said"])
        for row, session in enumerate(page["sessions"]):
            for pupil, code in enumerate(codes[row]):
                if code:
                    status, reason = divmod(code - 1, len(said_events.REASONS))
                    status = said_events.STATUSES[status]
                    slot = (roster["pupils"][pupil], page["date"], session)
                    marks[slot] = meant(
                        status,
                        said_events.REASONS[reason],
                        midnight + said[row][pupil],
                        minutes_of(page, row, pupil, status),
                    )
        for group, session, at, withdrawn in page["defaults"]:
            if not withdrawn:
                defaults[roster["groups"][group], page["date"], session] = at
    return marks, defaults


def marks_of_events(book):
    """The same by the events."""
    epoch = EPOCH_DAY * SECONDS_A_DAY
    marks = {}
    for (pupil, day, session), held in book.marks.items():
        minutes = held.mark.minutes_missed
        if minutes is None:
            minutes = held.register_minutes if held.mark.status == "absent" else 0
        marks[pupil, day.toordinal(), session] = meant(
            held.mark.status,
            held.mark.reason,
            held.at - epoch,
            minutes,
        )
    defaults = {
        (group, day.toordinal(), session): at - epoch
        for (group, day, session), at in book.defaults.items()
    }
    return marks, defaults


def standing_as_told(told):
    """What stands by the newest message of each alert."""
    columns = ("id", "school", "pupil", "group", "kind", "tier", "opened_on")
    return {
        message["id"]: tuple("" if message[it] is None else str(message[it]) for it in columns)
        for message in told.values()
        if message is not None and message["state"] not in {"closed", "withdrawn"}
    }


def verify_school(school, topics):
    """What one school's events make of it, beside its pages and messages."""
    found = Found()
    log = read_log(topics.lines)
    found.rejects = [(topics.places[line - 1], set(it.faults)) for line, it in log.rejects]
    book = Book(school, log.events.get(school, []))
    for expected, there in zip(marks_of_events(book), marks_of_pages(topics.pages), strict=True):
        found.counts["marks"] += len(expected)
        found.count("lost marks", [slot for slot in expected if slot not in there])
        found.count("marks that nobody sent", [slot for slot in there if slot not in expected])
        found.count(
            "wrong marks",
            [
                (slot, mark, there[slot])
                for slot, mark in expected.items()
                if slot in there and there[slot] != mark
            ],
        )
    expected = {
        alert.id: standing_row(alert) for alert in School(book, PACK, ended=False).standing()
    }
    told = standing_as_told(topics.told)
    found.counts["standing alerts"] += len(expected)
    found.count("missing alerts", [row for name, row in expected.items() if name not in told])
    found.count(
        "standing alerts wrong",
        [row for name, row in told.items() if expected.get(name) != row],
    )
    return found


def verify_rejects(expected, rejects, values):
    """Each record that is refused is there, once for each fault, byte for byte."""
    found = Found()
    there = defaultdict(list)
    for reject in rejects:
        headers = {name: text.decode() for name, text in reject.headers}
        place = (int(headers["partition"]), int(headers["offset"]))
        there[place].append(headers["reason"])
        found.counts["rejects"] += 1
        if reject.value != values[place] or place[0] != reject.partition:
            found.count("rejects with other bytes", [place])
    for place in {*expected, *there}:
        wanted, reasons = expected.get(place, []), there[place]
        if len(reasons) < len(wanted):
            found.count("missing rejects", [(place, wanted)])
        elif len(reasons) > len(wanted):
            found.count("doubled rejects", [(place, reasons)])
        elif not all(any(reason in faults for faults in wanted) for reason in reasons):
            found.count("rejects for another reason", [(place, reasons, wanted)])
    return found


def sorted_by_school(records, partitions):
    """Events by school, and what is refused: partition and offset → sets of reasons that do."""
    schools, refused = defaultdict(SchoolTopics), defaultdict(list)
    for record in records:
        place = (record.partition, record.offset)
        reason = refused_at_the_door(record, partitions)
        said = None if reason else said_events.read(record.value)
        if reason:
            refused[place].append({reason})
        elif said.event is None:
            refused[place] += [set(reject.faults) for reject in said.rejects]
        else:
            schools[said.event.school].lines.append(record.value)
            schools[said.event.school].places.append(place)
    return schools, refused


def take_messages(records, schools):
    """Give each school its newest messages; how many were told twice, and out of order."""
    newest, school_of, told = {}, {}, set()
    counts = Counter(messages=len(records))
    for record in records:
        name = record.key.decode()
        if record.value is None:
            newest[name] = None
            counts["tombstones"] += 1
            continue
        message = json.loads(record.value)
        school_of[name] = message["school"]
        before = newest.get(name)
        if (name, message["version"], message["state"]) in told:
            counts["duplicate messages"] += 1
        told.add((name, message["version"], message["state"]))
        if before is not None and before["version"] > message["version"]:
            counts["messages out of order"] += 1
        newest[name] = message
    for name, message in newest.items():
        if name in school_of:
            schools[school_of[name]].told[name] = message
    return counts


def judged(events, alerts, rejects, pages, *, partitions, processes=2):
    """What is wrong with all records of the topics: counts by name, and examples."""
    schools, refused = sorted_by_school(events, partitions)
    whole = Found(Counter(dict.fromkeys((*WRONG, *NOT_NICE), 0)))
    whole.counts.update(events=len(events), schools=len(schools))
    whole.counts.update(take_messages(alerts, schools))
    for record in pages:
        school, slash, _ = record.key.decode().partition("/")
        if slash and record.value is None:
            schools[school].pages.pop(record.key.decode(), None)
        elif slash:
            schools[school].pages[record.key.decode()] = record.value
    if processes == 1:
        every = [verify_school(*each) for each in schools.items()]
    else:
        with ProcessPoolExecutor(processes) as pool:
            every = list(pool.map(verify_school, schools, schools.values(), chunksize=8))
    for found in every:
        for place, faults in found.rejects:
            refused[place].append(faults)
    values = {(record.partition, record.offset): record.value for record in events}
    for found in (*every, verify_rejects(refused, rejects, values)):
        whole.counts.update(found.counts)
        whole.examples += found.examples
    return {"counts": whole.counts, "examples": whole.examples[:50]}


def verify(address, prefix):
    """Read the topics and judge them."""
    consumer = KafkaConsumer(
        bootstrap_servers=address,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=16 * 1024 * 1024,
    )
    names = ("school-events", "alerts", "rejects", "pages")
    read = [read_topic(consumer, prefix + name) for name in names]
    consumer.close()
    return judged(*(records for records, _ in read), partitions=read[0][1])


if __name__ == "__main__":
    json.dump(verify(*sys.argv[1:]), sys.stdout)
