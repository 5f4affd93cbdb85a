"""A disk that is full and a folder that may not be written: said clearly, and nothing lost."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nodes
import orjson
import pytest
from nobody import IN_CI, as_nobody_special
from served import Served, gemist, post, serving

SIZE_BYTES = 6 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", folder], check=False
        ).returncode
    )
    if not mounted:
        assert not IN_CI, "a disk of its own cannot be mounted"
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def big_register(number: int) -> bytes:
    """An event of some 30 KB: of one of many sessions, each pupil's mark listed."""
    marks = [{"pupil": f"p{pupil}", "status": "present"} for pupil in range(800)]
    return orjson.dumps(
        {
            "type": "register",
            "id": f"r{number}",
            "school": "A1",
            "recorded_at": "2026-11-23T09:00:00Z",
            "date": f"2026-11-{number % 15 + 1:02}",
            "session": number % 12 + 1,
            "marks": marks,
        }
    )


def registers_in(folder: Path) -> list[bytes]:
    return [line for line in nodes.events_in(folder) if b'"register"' in line]


def fill(served: Served, token: str) -> tuple[list[bytes], int, dict]:
    """Send until something else than 200 comes back: what was taken, and what came back."""
    taken: list[bytes] = []
    while len(taken) * 30_000 < 2 * SIZE_BYTES:
        line = big_register(len(taken))
        status, answer = post(served.connection(), token, [line])
        if status != 200:
            return taken, status, answer
        taken.append(line)
    raise AssertionError("it was never full")


@pytest.mark.slow
def test_a_full_disk_is_said_and_nothing_is_acknowledged_that_is_not_kept(
    small_disk: Path, tmp_path: Path
) -> None:
    folder = small_disk / "node"
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(SIZE_BYTES // 2))
    with serving(folder, tmp_path / "stderr") as served:
        token = served.token("A1")
        taken, status, answer = fill(served, token)
        assert status == 507
        assert "full" in answer["detail"]
        assert served.get("/readyz") == 503
        assert served.get("/healthz") == 200
        ballast.unlink()
        line = big_register(len(taken))

        def is_kept() -> bool:
            return post(served.connection(), token, [line])[0] == 200

        nodes.wait_until(is_kept, "it goes on when there is room")
        assert served.get("/readyz") == 200
        assert served.stop() == 0
    assert registers_in(folder) == [*taken, line]
    assert served.log.read_text().count("disk that holds the data folder is full") == 1


@pytest.mark.slow
def test_what_is_full_stays_readable_after_a_crash(small_disk: Path, tmp_path: Path) -> None:
    folder = small_disk / "node"
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(SIZE_BYTES // 2))
    with serving(folder, tmp_path / "stderr") as served:
        token = served.token("A1")
        taken, _, _ = fill(served, token)
        served.kill()
        ballast.unlink()
        served.start()
        assert post(served.connection(), token, [big_register(len(taken))])[0] == 200
    assert registers_in(folder)[:-1] == taken


@pytest.mark.parametrize("inside", ["", "node"], ids=["the folder", "where it is to be made"])
def test_a_folder_that_may_not_be_written_is_one_clear_line(tmp_path: Path, inside: str) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    done = gemist("serve", "--data", locked / inside, "--listen", "127.0.0.1:0",
                  before=as_nobody_special())  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("gemist: ")
    assert str(locked) in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_log_that_may_not_be_written_is_one_clear_line(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    with nodes.node(folder):
        pass
    (folder / "log.db").chmod(0o400)
    done = gemist("serve", "--data", folder, "--listen", "127.0.0.1:0", before=as_nobody_special())
    assert done.returncode == 2
    assert "log.db" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_that_a_node_serves_already_is_one_clear_line(tmp_path: Path) -> None:
    with nodes.node(tmp_path / "node"):
        done = gemist("serve", "--data", tmp_path / "node", "--listen", "127.0.0.1:0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "another node serves it" in done.stderr


def test_a_folder_of_a_newer_gemist_is_one_clear_line(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    with nodes.node(folder):
        pass
    nodes.change(folder, "PRAGMA user_version = 99")
    done = gemist("serve", "--data", folder, "--listen", "127.0.0.1:0")
    assert done.returncode == 2
    assert "newer gemist" in done.stderr
    assert done.stderr.count("\n") == 1
