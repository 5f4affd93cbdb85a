"""Workers of several versions on the same topics: what goes on, and what is refused in a line."""

import json
import subprocess
import sys
import time
from contextlib import closing

import pytest
from as_a_worker import put
from databases import POSTGRESQL, database
from live_log import standing
from sqlalchemy import create_engine, text

from alerts.desk.database import open_desk
from models.page_format import FORMAT_VERSION
from streams.position import KEY, POSITION_FORMAT
from streams.worker.watchdog import FAILED_STATUS

pytestmark = pytest.mark.kafka
WRONG_USAGE = 2
LIMIT_SECONDS = 60

NEWER = f"""
import sys
import alerts.pages, models.page_format, models.pages, streams.position, streams.worker.partition

NEW = {FORMAT_VERSION + 1}
for module in (models.page_format, streams.position, streams.worker.partition):
    module.FORMAT_VERSION = NEW
for module in (models.pages, alerts.pages):
    for name, readers in vars(module).items():
        if name.startswith("_READ_"):
            readers[NEW] = readers[NEW - 1]

sys.argv[:1] = ["gemist"]
from gemist.cli import main

main()
"""
"""A gemist whose pages have one format version more, with nothing else in them."""


def everything(topics):
    return {
        name: [(it.partition, it.offset, it.key, it.value) for it in topics.records(name)]
        for name in ("alerts", "rejects", "pages")
    }


def wait_until(is_so, what):
    deadline = time.monotonic() + LIMIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def test_a_newer_worker_beside_old_ones_takes_over_and_they_refuse_what_it_wrote(
    log, replayed, topics, worker, gemist
):
    expected, _ = replayed(log)
    half = len(log) // 2
    topics.send(log[:half])
    with worker() as old:
        old.wait_until_read(half)
        with worker("-c", NEWER) as newer:
            wait_until(
                lambda: newer.counted().get("gemist_partitions_held", 0) > 0, "the newer one holds"
            )
            topics.send(log[half:])
            wait_until(
                lambda: held(old, newer) == 3 and read(old, newer) >= len(log),
                "all is read by both",
            )
            assert old.stop() == 0
            newer.wait_until_read(len(log))
            assert standing(topics.messages()) == expected
            assert newer.stop() == 0
    before = everything(topics)
    told = gemist("worker", "--listen", "127.0.0.1:0")
    assert told.returncode == WRONG_USAGE, told.stderr
    assert told.stderr.count("\n") == 1
    assert f"format version {FORMAT_VERSION + 1}, written by a newer gemist" in told.stderr
    grow = ("topics", "grow", "--to-prefix", "x.", "--partitions", 4)
    for refused in (gemist("topics", "lag"), gemist(*grow)):
        assert refused.returncode == WRONG_USAGE
        assert "written by a newer gemist" in refused.stderr
        assert refused.stderr.count("\n") == 1
    dumped = gemist("topics", "dump")
    assert dumped.returncode == 1
    assert "written by a newer gemist" in dumped.stderr
    assert everything(topics) == before


def held(*workers):
    return sum(each.counted().get("gemist_partitions_held", 0) for each in workers)


def read(*workers):
    return sum(
        count
        for each in workers
        for name, count in each.counted().items()
        if name.startswith("gemist_next_offset{")
    )


def test_an_old_worker_that_is_given_what_a_newer_one_wrote_ends_and_writes_nothing(
    log, replayed, topics, worker
):
    expected, _ = replayed(log)
    half = len(log) // 2
    topics.send(log[:half])
    with worker("-c", OLD_THAT_LOOKS_AT_NOTHING_FIRST) as old:
        old.wait_until_read(0, partitions=3)
        with worker("-c", NEWER) as newer:
            old.process.terminate()
            old.process.wait(LIMIT_SECONDS)
            newer.wait_until_read(half)
            topics.send(log[half:])
            newer.wait_until_read(len(log))
            assert newer.stop() == 0
    before = everything(topics)
    with worker("-c", OLD_THAT_LOOKS_AT_NOTHING_FIRST) as again:
        assert again.process.wait(LIMIT_SECONDS) == FAILED_STATUS
        assert "written by a newer gemist" in again.process.stderr.read()
    assert everything(topics) == before
    assert standing(topics.messages()) == expected


OLD_THAT_LOOKS_AT_NOTHING_FIRST = """
import sys
from streams import going_on

going_on.check = lambda *_: None  # as if the newer one had begun a moment later

sys.argv[:1] = ["gemist"]
from gemist.cli import main

main()
"""


@pytest.mark.usefixtures("topics")
def test_a_position_of_a_newer_gemist_is_refused_in_a_line(gemist, bootstrap, prefix):
    later = {"format": POSITION_FORMAT + 1, "what": "nobody knows"}
    put(bootstrap, f"{prefix}pages", 1, json.dumps(later).encode(), KEY)
    told = gemist("worker", "--listen", "127.0.0.1:0")
    assert told.returncode == WRONG_USAGE
    assert told.stderr == (
        f"gemist: {prefix}pages: position of format version {POSITION_FORMAT + 1}, written by a"
        f" newer gemist; this one reads up to {POSITION_FORMAT}\n"
    )


@pytest.mark.usefixtures("topics")
def test_gateway_and_notify_refuse_a_newer_database(environment, tmp_path):
    with database(POSTGRESQL, tmp_path) as url:
        open_desk(url).dispose()
        desk = create_engine(url)
        with desk.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
        for command in ("gateway", "notify"):
            told = subprocess.run(
                [sys.executable, "-m", "gemist", command, "--listen", "127.0.0.1:0"],
                env=environment | {"GEMIST_DESK__DATABASE": url},
                text=True,
                capture_output=True,
                timeout=LIMIT_SECONDS,
                check=False,
            )
            assert told.returncode == WRONG_USAGE
            assert told.stderr.count("\n") == 1
            assert "format later, made by a newer gemist" in told.stderr
        with closing(desk.connect()) as connection:
            assert connection.execute(text("SELECT count(*) FROM progress")).scalar() == 0
        desk.dispose()
