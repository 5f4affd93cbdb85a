"""``gemist replay`` through its own door: what it reads, and what it does when used wrongly."""

import gc
import gzip
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from nobody import as_nobody_special

from gemist.cli import main

CASE = Path(__file__).parents[1] / "conformance" / "12-snow-day"
LOG = CASE / "log.ndjson"
FILES = [
    "alerts.ndjson", "pupils.csv", "rejects.ndjson", "school_days.csv", "summary.json",
    "unenrolled.csv",
]  # fmt: skip
LINES = 60
"""Of a log that is cut off: enough for a compressed file to hold some and miss some."""

Prepare = Callable[[Path], list[str]]
Program = Callable[[list[str]], "subprocess.CompletedProcess[bytes]"]


def gemist(
    *words: object, stdin: bytes = b"", before: tuple[str, ...] = (), cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [*before, sys.executable, "-m", "gemist", "replay", *map(str, words)]
    path = ":".join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        command, capture_output=True, check=False, input=stdin, cwd=cwd,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip


def assert_refused(done: subprocess.CompletedProcess[bytes], *says: str) -> None:
    """One clear line on stderr, status 2, and nothing else."""
    error = done.stderr.decode()
    assert done.returncode == 2, error
    assert done.stdout == b""
    assert error.startswith("gemist: ")
    assert error.count("\n") == 1
    assert error.endswith("\n")
    for each in says:
        assert each in error


def assert_the_answers(out: Path) -> None:
    assert sorted(path.name for path in out.iterdir()) == FILES
    for name in ("pupils.csv", "school_days.csv", "unenrolled.csv"):
        assert (out / name).read_bytes() == (CASE / "expected" / name).read_bytes()


# ---- wrong usage


def truncated_gzip(folder: Path) -> list[str]:
    whole = gzip.compress(LOG.read_bytes())
    (folder / "log.ndjson.gz").write_bytes(whole[: len(whole) // 2])
    return [str(folder / "log.ndjson.gz"), "--out", str(folder / "out")]


def truncated_zst(folder: Path) -> list[str]:
    whole = zstandard.compress(LOG.read_bytes())
    (folder / "log.ndjson.zst").write_bytes(whole[: len(whole) // 2])
    return [str(folder / "log.ndjson.zst"), "--out", str(folder / "out")]


def damaged(suffix: str) -> Prepare:
    def prepare(folder: Path) -> list[str]:
        (folder / f"log{suffix}").write_bytes(LOG.read_bytes())
        return [str(folder / f"log{suffix}"), "--out", str(folder / "out")]

    return prepare


def corrupt_gzip(folder: Path) -> list[str]:
    whole = bytearray(gzip.compress(LOG.read_bytes()))
    whole[len(whole) // 2] ^= 0xFF
    (folder / "log.ndjson.gz").write_bytes(whole)
    return [str(folder / "log.ndjson.gz"), "--out", str(folder / "out")]


def good_then_missing(folder: Path) -> list[str]:
    return [str(LOG), str(folder / "missing.ndjson"), "--out", str(folder / "out")]


def full_folder(folder: Path) -> list[str]:
    (folder / "out").mkdir()
    (folder / "out" / "mine.txt").write_text("keep me")
    return [str(LOG), "--out", str(folder / "out")]


def file_for_out(folder: Path) -> list[str]:
    (folder / "out").write_text("keep me")
    return [str(LOG), "--out", str(folder / "out")]


def with_words(*words: str) -> Prepare:
    return lambda folder: [*words, "--out", str(folder / "out")]


WRONG: dict[str, tuple[Prepare, tuple[str, ...]]] = {
    "a missing file": (with_words("missing.ndjson"), ("missing.ndjson", "no such file")),
    "one of two files missing": (good_then_missing, ("missing.ndjson", "no such file")),
    "a directory for a file": (with_words("."), (".", "directory")),
    "a truncated gzip": (truncated_gzip, ("log.ndjson.gz", "cut off")),
    "a truncated zst": (truncated_zst, ("log.ndjson.zst", "cut off")),
    "a damaged gzip": (corrupt_gzip, ("log.ndjson.gz",)),
    "a gzip that is none": (damaged(".gz"), ("log.gz", "damaged")),
    "a zst that is none": (damaged(".zst"), ("log.zst", "damaged")),
    "an unknown pack": (with_words(str(LOG), "--pack", "be"), ("be", "nl", "any", "none")),
    "an unknown scorecard": (with_words(str(LOG), "--scorecard", "mine"), ("scorecard",)),
    "an --out that is not empty": (full_folder, ("out", "empty")),
    "an --out that is a file": (file_for_out, ("out", "folder")),
    "no --out": (lambda _: [str(LOG)], ("--out",)),
    "no file": (with_words(), ("FILE",)),
    "an unknown option": (with_words(str(LOG), "--fast"), ("--fast",)),
    "no jobs": (with_words(str(LOG), "--jobs", "0"), ("--jobs", "1")),
    "jobs in words": (with_words(str(LOG), "--jobs", "two"), ("--jobs", "integer")),
}


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Program:
    """The program within this process, which saves its start."""

    def run(words: list[str]) -> subprocess.CompletedProcess[bytes]:
        monkeypatch.setattr(sys, "argv", ["gemist", "replay", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        gc.enable()
        shown = capfdbinary.readouterr()
        return subprocess.CompletedProcess(words, ended.value.code, shown.out, shown.err)

    return run


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_usage_is_one_clear_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: Program, wrong: str
) -> None:
    prepare, says = WRONG[wrong]
    words = prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    kept = [path.read_bytes() for path in before if path.is_file()]
    assert_refused(program(words), *says)
    assert sorted(tmp_path.rglob("*")) == before
    assert [path.read_bytes() for path in before if path.is_file()] == kept


def test_nothing_is_left_of_two_processes_either(tmp_path: Path) -> None:
    words = truncated_gzip(tmp_path)
    assert_refused(gemist(*words, "--jobs", "2"), "log.ndjson.gz", "cut off")
    assert [path.name for path in tmp_path.iterdir()] == ["log.ndjson.gz"]


def test_a_file_that_may_not_be_read_is_one_clear_line(tmp_path: Path) -> None:
    log = tmp_path / "log.ndjson"
    log.write_bytes(LOG.read_bytes())
    log.chmod(0)
    done = gemist(log, "--out", tmp_path / "out", before=as_nobody_special())
    assert_refused(done, "log.ndjson", "permissions")
    assert [path.name for path in tmp_path.iterdir()] == ["log.ndjson"]


def test_a_place_that_may_not_be_written_to_is_one_clear_line(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    done = gemist(LOG, "--out", locked / "out", before=as_nobody_special())
    assert_refused(done, "locked")
    assert list(locked.iterdir()) == []


# ---- what is read


def test_an_empty_file_is_no_events_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "log.ndjson").touch()
    done = gemist(tmp_path / "log.ndjson", "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, b"")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    assert (tmp_path / "out" / "pupils.csv").read_text().count("\n") == 1
    assert (tmp_path / "out" / "alerts.ndjson").read_bytes() == b""
    summary = json.loads((tmp_path / "out" / "summary.json").read_bytes())
    assert summary["events"] == summary["rejects"] == summary["alerts"] == {}


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_plain_and_compressed_files_are_read(tmp_path: Path, suffix: str) -> None:
    halves = [LOG.read_bytes()[:9000], LOG.read_bytes()[9000:]]
    compress = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}[suffix]
    log = tmp_path / f"log.ndjson{suffix}"
    log.write_bytes(b"".join(compress(half) for half in halves))  # two members, or frames
    done = gemist(log, "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, b"")
    assert_the_answers(tmp_path / "out")


def test_a_dash_is_standard_input(tmp_path: Path) -> None:
    done = gemist("-", "--out", tmp_path / "out", stdin=LOG.read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    assert_the_answers(tmp_path / "out")


def test_several_files_are_one_log(tmp_path: Path) -> None:
    lines = LOG.read_bytes().splitlines(keepends=True)
    (tmp_path / "one.ndjson").write_bytes(b"".join(lines[:LINES]))
    stdin = b"".join(lines[LINES:])
    done = gemist(tmp_path / "one.ndjson", "-", "--out", tmp_path / "out", stdin=stdin)
    assert done.returncode == 0
    assert_the_answers(tmp_path / "out")


def test_an_empty_folder_or_one_in_a_new_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for out in (tmp_path / "empty", tmp_path / "new" / "folder"):
        assert gemist(LOG, "--out", out).returncode == 0
        assert_the_answers(out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "new"]


def test_rejects_fail_a_replay_only_if_it_is_strict(tmp_path: Path) -> None:
    log = tmp_path / "log.ndjson"
    log.write_bytes(LOG.read_bytes() + b"nonsense\n")
    easy = gemist(log, "--out", tmp_path / "easy")
    strict = gemist(log, "--out", tmp_path / "strict", "--strict")
    assert (easy.returncode, strict.returncode) == (0, 1)
    assert easy.stderr == strict.stderr == b""
    assert b"1 rejected" in easy.stdout
    for out in (tmp_path / "easy", tmp_path / "strict"):
        assert_the_answers(out)
    assert gemist(LOG, "--out", tmp_path / "good", "--strict").returncode == 0


def test_lines_of_what_is_written_end_in_a_line_feed(tmp_path: Path) -> None:
    gemist(CASE.parent / "21-rejects" / "log.ndjson", "--out", tmp_path / "out")
    for file in (tmp_path / "out").iterdir():
        written = file.read_bytes()
        assert b"\r" not in written
        assert written.endswith(b"\n") or not written


# ---- what is shown


def test_in_a_pipe_nothing_is_shown_of_progress(tmp_path: Path) -> None:
    done = gemist(LOG, "--out", tmp_path / "out")
    assert done.stderr == b""
    assert b"\x1b" not in done.stdout
    assert done.stdout.count(b"\n") == len(done.stdout.splitlines()) == 3


def test_on_a_terminal_progress_is_shown(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        command = [sys.executable, "-m", "gemist", "replay", str(LOG), "--out", str(tmp_path / "o")]
        path = str(Path(__file__).parents[2])
        env = os.environ | {"PYTHONPATH": path, "TERM": "xterm-256color", "COLUMNS": "80"}
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=False, env=env)
        assert done.returncode == 0
        assert b"replaying" in os.read(ours, 100_000)
    finally:
        os.close(ours)
        os.close(theirs)
