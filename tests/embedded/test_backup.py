"""A copy of a node that serves: complete, durable, and one to go on with."""

import random
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from builders import random_log
from engines import cut
from nodes import Clock, events_in, node, query, send, send_all, standing_in, wait_until

from streams.embedded import backup
from streams.embedded.backup import back_up
from streams.embedded.folder import FolderError

CLOCK_AT = "2026-01-05T12:00:00+00:00"


def a_log(seed: int) -> list[bytes]:
    return random_log(random.Random(seed), schools=2, exceptions=0, trouble=0.9)


def position(folder: Path) -> int:
    return query(folder, "SELECT value FROM progress WHERE name = 'next position'")[0][0]


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def gemist(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gemist", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_copy_made_during_a_stream_goes_on_to_the_same_alerts(tmp_path, seed):
    lines = a_log(seed)
    original, copy = tmp_path / "node", tmp_path / "copy"
    batches = list(cut(random.Random(seed), lines))
    half_sent = threading.Event()
    with node(original, Clock(CLOCK_AT)) as log:

        def stream() -> None:
            for number, batch in enumerate(batches):
                send(log, *batch)
                if number == len(batches) // 2:
                    half_sent.set()

        sender = threading.Thread(target=stream)
        sender.start()
        assert half_sent.wait(20)
        copied = back_up(original, copy)
        sender.join()
    assert 0 < copied.position <= len(lines)
    assert position(copy) == copied.position
    done = 0
    rest = []
    for batch in batches:
        if done >= copied.position:
            rest.append(batch)
        done += len(batch)
    with node(copy, Clock(CLOCK_AT)) as log:
        send_all(log, rest)
    assert standing_in(copy) == standing_in(original)
    assert standing_in(copy)
    assert events_in(copy) == events_in(original)


def test_a_copy_has_tokens_and_rejects_and_is_for_nobody_else_to_read(tmp_path):
    original, copy = tmp_path / "node", tmp_path / "copy"
    with node(original, Clock(CLOCK_AT)) as log:
        send(log, b'{"type":"party"}')
        token = gemist("token", "create", "--data", original, "--school", "01AB")
        assert token.returncode == 0
        done = gemist("backup", "--data", original, "--out", copy)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{copy}: 0 events, ")
    assert names(copy) == ["log.db"]
    assert query(copy, "SELECT line FROM reject") == [(b'{"type":"party"}',)]
    assert query(copy, "SELECT * FROM token") == query(original, "SELECT * FROM token") != []
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    assert stat.S_IMODE((copy / "log.db").stat().st_mode) == 0o600


def test_a_copy_has_no_byte_of_who_was_erased_before(tmp_path):
    original, copy = tmp_path / "node", tmp_path / "copy"
    lines = [
        b'{"type":"enrolment","id":"e%d","school":"S1","recorded_at":"2025-09-01T10:00:00Z",'
        b'"pupil":"needle","from":"2025-%02d-01"}' % (month, month)
        for month in range(1, 13)
    ]
    erase = b'{"type":"erase","id":"x1","school":"S1","recorded_at":"%b","pupil":"needle"}'
    with node(original, Clock(CLOCK_AT)) as log:
        send(log, *lines)
        send(log, erase % b"2025-09-02T10:00:00Z")
        wait_until(lambda: not (original / "log.db-wal").stat().st_size, "the log is emptied")
        back_up(original, copy)
    held = (copy / "log.db").read_bytes()
    assert held.count(b"needle") == 1
    assert erase % b"2025-09-02T10:00:00Z" in held


def test_a_copy_keeps_the_ways_of_the_original(tmp_path):
    original, copy = tmp_path / "node", tmp_path / "copy"
    with node(original, Clock(CLOCK_AT)) as log:
        send(log, *a_log(1))
    back_up(original, copy)
    for pragma in ("auto_vacuum", "journal_mode", "application_id", "user_version", "page_size"):
        assert query(copy, f"PRAGMA {pragma}") == query(original, f"PRAGMA {pragma}")


def test_a_folder_with_something_in_it_is_refused_and_stays_as_it_is(tmp_path):
    original, copy = tmp_path / "node", tmp_path / "copy"
    with node(original):
        pass
    copy.mkdir()
    (copy / "notes.txt").write_text("mine")
    done = gemist("backup", "--data", original, "--out", copy)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"gemist: {copy}: is not an empty folder; name a new one\n"
    assert names(copy) == ["notes.txt"]


@pytest.mark.parametrize("within", [".", "copy", "../node/copy"])
def test_a_copy_within_the_data_folder_is_refused(tmp_path, within):
    original = tmp_path / "node"
    with node(original):
        pass
    with pytest.raises(FolderError, match="where an erasure does not reach it"):
        back_up(original, original / within)
    assert not (original / "copy").exists()


def test_what_was_broken_off_is_written_over(tmp_path):
    original, copy = tmp_path / "node", tmp_path / "copy"
    with node(original):
        pass
    copy.mkdir()
    (copy / "log.db.part").write_text("half")
    (copy / "log.db.part-journal").write_text("half")
    back_up(original, copy)
    assert names(copy) == ["log.db"]


def test_a_copy_that_fails_leaves_nothing(tmp_path, monkeypatch):
    original, copy = tmp_path / "node", tmp_path / "copy"
    with node(original):
        pass

    def no_room(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_make_durable", no_room)
    with pytest.raises(FolderError, match="cannot be written: No space left on device"):
        back_up(original, copy)
    assert not copy.exists()


def test_a_folder_that_is_no_node_is_refused(tmp_path):
    done = gemist("backup", "--data", tmp_path, "--out", tmp_path / "copy")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"gemist: {tmp_path}: no node's data folder: it has no log.db\n"
    assert not (tmp_path / "copy").exists()
