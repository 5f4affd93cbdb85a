"""`gemist topics lag` and `dump` read how far the pages are, and what they say, from the topics."""

import pytest
from as_a_worker import OF_THE_PAST, parted, put, send, write_pages
from kafka import TopicPartition
from kafka.admin import ConfigResource
from live_log import cases, closes

from gemist.clock import now

pytestmark = pytest.mark.kafka

PARTITIONS = 3
TABLES = ("pupils.csv", "school_days.csv", "unenrolled.csv")


@pytest.fixture(autouse=True)
def _topics(gemist, admin, prefix):
    created = gemist("topics", "create", "--partitions", PARTITIONS)
    assert created.returncode == 0, created.stderr
    admin.alter_configs([ConfigResource("TOPIC", f"{prefix}school-events", OF_THE_PAST)])


@pytest.fixture
def replayed(gemist, tmp_path):
    """Replay lines to a folder of their own, and give it."""

    def replay(lines, name="replayed"):
        (tmp_path / f"{name}.ndjson").write_bytes(b"\n".join(lines) + b"\n")
        done = gemist("replay", f"{name}.ndjson", "--out", name)
        assert done.returncode == 0, done.stderr
        return tmp_path / name

    return replay


def rows_of(told):
    return [line.split() for line in told.stdout.splitlines()[1:]]


@pytest.mark.parametrize("closed", [True, False])
def test_a_dump_has_the_tables_of_a_replay(gemist, bootstrap, prefix, replayed, tmp_path, closed):
    lines = cases()
    expected = replayed(lines)
    if closed:
        lines += list(closes(expected / "school_days.csv"))
        expected = replayed(lines, "with-closes")
    write_pages(bootstrap, prefix, lines, PARTITIONS)
    dumped = gemist("topics", "dump", "--out", "dumped")
    assert dumped.returncode == 0, dumped.stderr
    for name in TABLES:
        assert (tmp_path / "dumped" / name).read_text() == (expected / name).read_text()
    assert ("is open, and counts as closed" in dumped.stderr) != closed
    ends = {partition: len(of_it) for partition, of_it in parted(lines, PARTITIONS).items()}
    for partition, end in ends.items():
        assert f"partition {partition}: " in dumped.stderr
        assert f"all events before offset {end}\n" in dumped.stderr


def test_a_dump_of_one_school_goes_to_stdout(gemist, bootstrap, prefix, replayed):
    lines = cases()
    write_pages(bootstrap, prefix, lines, PARTITIONS)
    header, *pupils = (replayed(lines) / "pupils.csv").read_text().splitlines()
    school = pupils[0].split(",")[0]
    dumped = gemist("topics", "dump", "--school", school)
    assert dumped.returncode == 0, dumped.stderr
    assert dumped.stdout.splitlines() == [
        header,
        *(line for line in pupils if line.startswith(f"{school},")),
    ]
    nobody = gemist("topics", "dump", "--school", "nobody")
    assert nobody.returncode == 2
    assert nobody.stderr.splitlines()[-1] == "gemist: --school nobody: no page is this school's"


def test_a_dump_says_what_cannot_be_read_and_goes_on(gemist, bootstrap, prefix, tmp_path):
    lines = cases()
    write_pages(bootstrap, prefix, lines, PARTITIONS)
    whole = gemist("topics", "dump")
    schools = sorted({line.split(",")[0] for line in whole.stdout.splitlines()[1:]})
    broken = schools[0]
    (partition,) = [
        partition
        for partition, of_it in parted(lines, PARTITIONS).items()
        if any(f'"{broken}"'.encode() in line for line in of_it)
    ]
    put(bootstrap, f"{prefix}pages", partition, b"no page", f"{broken}/roster".encode())
    put(bootstrap, f"{prefix}pages", partition, b"?", b"what is this")
    dumped = gemist("topics", "dump", "--out", "dumped")
    assert dumped.returncode == 1
    assert f"gemist: school {broken}: page {broken}/roster: 7 bytes that are no" in dumped.stderr
    assert f"gemist: partition {partition}: a record whose key is no page's" in dumped.stderr
    found = {line.split(",")[0] for line in (tmp_path / "dumped" / "pupils.csv").open()} - {
        "school"
    }
    assert found == set(schools) - {broken}


def test_a_tombstone_takes_a_school_out_of_the_dump(gemist, bootstrap, prefix):
    put(bootstrap, f"{prefix}pages", 0, b"no page", b"s1/roster")
    assert gemist("topics", "dump").returncode == 1
    put(bootstrap, f"{prefix}pages", 0, None, b"s1/roster")
    dumped = gemist("topics", "dump")
    assert dumped.returncode == 0, dumped.stderr
    assert "partition 0: 0 schools, no position" in dumped.stderr


def test_the_lag_is_what_no_page_holds(gemist, bootstrap, prefix):
    lines = cases()
    none = gemist("topics", "lag", "--most-seconds", 0)
    assert none.returncode == 0, none.stderr
    assert rows_of(none) == [[str(p), "none", "0", "0", "-"] for p in range(PARTITIONS)]

    send(bootstrap, prefix, lines, PARTITIONS)
    counts = [len(parted(lines, PARTITIONS)[partition]) for partition in range(PARTITIONS)]
    unread = gemist("topics", "lag")
    assert unread.returncode == 0
    assert [row[:4] for row in rows_of(unread)] == [
        [str(p), "none", str(count), str(count)] for p, count in enumerate(counts)
    ]
    assert gemist("topics", "lag", "--most-seconds", 10**12).returncode == 0
    assert gemist("topics", "lag", "--most-seconds", 60).returncode == 1

    write_pages(bootstrap, prefix, lines, PARTITIONS)  # an aborted transaction follows
    read = gemist("topics", "lag", "--most-seconds", 0)
    assert read.returncode == 0, read.stdout
    assert [row[1:] for row in rows_of(read)] == [[str(n), str(n), "0", "-"] for n in counts]


def test_the_lag_in_seconds_is_that_of_the_oldest_unread_event(gemist, bootstrap, prefix):
    lines = [line for line in cases() if parted([line], PARTITIONS)[0]]
    write_pages(bootstrap, prefix, lines, PARTITIONS)
    send(bootstrap, prefix, lines, PARTITIONS)
    topic, name = f"{prefix}school-events", b"s"
    begun = now()
    put(bootstrap, topic, 0, b"{}", name)
    told = gemist("topics", "lag", "--most-seconds", 3600)
    most = now() - begun
    assert told.returncode == 0
    partition, position, end, unread, seconds = rows_of(told)[0]
    assert (partition, position) == ("0", str(len(lines)))
    assert (end, unread) == (str(len(lines) + 1), "1")
    assert 0 <= int(seconds) <= most + 1


def test_what_retention_removed_unread_is_said(gemist, bootstrap, prefix, admin):
    lines = cases()
    send(bootstrap, prefix, lines, PARTITIONS)
    write_pages(bootstrap, prefix, [], PARTITIONS)  # positions at 0
    admin.delete_records({TopicPartition(f"{prefix}school-events", 0): 3})
    told = gemist("topics", "lag", "--most-seconds", 10**12)
    assert told.returncode == 1
    assert told.stderr == (
        "gemist: partition 0: retention removed 3 events before they were read\n"
    )
    assert rows_of(told)[0][3] == str(len(parted(lines, PARTITIONS)[0]) - 3)
