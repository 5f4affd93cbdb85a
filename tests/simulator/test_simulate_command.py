"""``gemist simulate`` through its own door, and what it does when used wrongly."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

PROGRAM = (
    "import typer; from gemist.cli.simulate import simulate\n"
    "app = typer.Typer(); app.command()(simulate); app()"
)
SMALL = ("--pupils", "60", "--days", "4", "--seed", "1")


def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
    )


def test_a_file_and_standard_output_hold_the_same(tmp_path: Path) -> None:
    file = tmp_path / "log.ndjson"
    result = run(*SMALL, "--out", str(file))
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert run(*SMALL, "--out", "-").stdout == file.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["log.ndjson"]


def test_compressed_files_hold_the_same_and_are_the_same_every_time(tmp_path: Path) -> None:
    plain = run(*SMALL, "--out", "-").stdout
    for suffix in (".gz", ".zst"):
        files = [tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"]
        for file in files:
            assert run(*SMALL, "--out", str(file)).returncode == 0
        assert files[0].read_bytes() == files[1].read_bytes()
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == plain
    with zstandard.open(tmp_path / "a.zst", "rb") as file:
        assert file.read() == plain


@pytest.mark.parametrize(
    "wrong",
    [
        ("--pupils", "0"),
        ("--schools", "100"),
        ("--sessions", "13"),
        ("--start", "tomorrow"),
        ("--out", "."),
        ("--out", "no/such/folder/log.ndjson"),
    ],
)
def test_wrong_usage_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: tuple[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    options = dict(zip(SMALL[::2], SMALL[1::2], strict=True)) | {"--out": "log.ndjson"}
    options |= dict([wrong])
    result = run(*[part for option in options.items() for part in option])
    assert result.returncode == 2
    assert result.stdout == b""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(b"gemist simulate: ")
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "log.ndjson"
    file.write_bytes(b"older\n")
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n{PROGRAM}"
    result = subprocess.run(
        [sys.executable, "-c", limited, *SMALL, "--out", str(file)],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
    )
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert file.read_bytes() == b"older\n"
    assert [path.name for path in tmp_path.iterdir()] == ["log.ndjson"]


def test_what_is_no_regular_file_is_written_to_as_it_is() -> None:
    before = Path(os.devnull).stat()
    assert run(*SMALL, "--out", os.devnull).returncode == 0
    assert Path(os.devnull).stat().st_mode == before.st_mode
