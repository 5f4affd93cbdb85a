"""Event logs in files: plain, ``.gz`` or ``.zst``, or standard input (``-``)."""

import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final

import zstandard

STANDARD_INPUT: Final = "-"
FILE_SHIFT: Final = 40
"""A position is a file's number, shifted, and a line's."""
LINE_MASK: Final = (1 << FILE_SHIFT) - 1
Progress = Callable[[int], None]
"""Told how many bytes were read, now and then."""
CHUNK_BYTES: Final = 256 * 1024
"""How much is read at once: what is decoded of it stays in the processor's cache."""


class UnreadableError(Exception):
    """An input that cannot be read: one line that says which, why, and what to do."""


def check_readable(name: str) -> None:
    """Refuse early what cannot be read.

    Raises
    ------
    UnreadableError
        The file is not there, is no file, or may not be read.
    """
    if name == STANDARD_INPUT:
        return
    path = Path(name)
    if path.is_dir():
        raise UnreadableError(f"{name}: is a directory; name the files in it")
    if not path.exists():
        raise UnreadableError(f"{name}: no such file")
    if not os.access(path, os.R_OK):
        raise UnreadableError(f"{name}: may not be read; check its permissions")


def open_log(name: str) -> IO[bytes]:
    """Open an event log for reading."""
    if name == STANDARD_INPUT:
        return sys.stdin.buffer
    try:
        if name.endswith(".gz"):
            return io.BufferedReader(gzip.open(name, "rb"), CHUNK_BYTES)
        if name.endswith(".zst"):
            return io.BufferedReader(_ZstdFile(name), CHUNK_BYTES)
        return Path(name).open("rb")
    except OSError as error:
        raise UnreadableError(f"{name}: {error.strerror or error}") from error


def read_lines(name: str) -> Iterator[list[bytes]]:
    """Give the lines of a log, some at a time, each with its line feed.

    Raises
    ------
    UnreadableError
        The file cannot be read, or a compressed one is cut off or damaged.
    """
    try:
        with open_log(name) as log:
            while lines := log.readlines(CHUNK_BYTES):
                yield lines
    except EOFError as error:
        raise UnreadableError(f"{name}: is cut off; fetch it again") from error
    except (zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
        raise UnreadableError(f"{name}: is damaged ({error}); fetch it again") from error
    except OSError as error:
        raise UnreadableError(f"{name}: {error.strerror or error}") from error


def read_numbered(names: Sequence[str], progress: Progress) -> Iterator[tuple[list[bytes], range]]:
    """Give the lines of logs, some at a time, with the position of each.

    Raises
    ------
    UnreadableError
        As `read_lines` does.
    """
    for number, name in enumerate(names):
        line = (number << FILE_SHIFT) + 1
        for lines in read_lines(name):
            yield lines, range(line, line + len(lines))
            line += len(lines)
            progress(sum(map(len, lines)))


class _ZstdFile(io.RawIOBase):
    """All frames of a ``.zst`` file, and an `EOFError` where the last one is cut off."""

    def __init__(self, name: str) -> None:
        self._file = Path(name).open("rb")  # noqa: SIM115 - closed in close()
        self._decoder = zstandard.ZstdDecompressor().decompressobj()
        self._within_frame = False
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]
        while not self._ready:
            block = self._decoder.unused_data if self._decoder.eof else b""
            block = block or self._file.read(CHUNK_BYTES)
            if not block:
                if self._within_frame:
                    raise EOFError
                return 0
            if self._decoder.eof:
                self._decoder = zstandard.ZstdDecompressor().decompressobj()
            self._ready = self._decoder.decompress(block)
            self._within_frame = not self._decoder.eof
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
