"""A page as bytes: its key, header, checksum and compression, and arrays in it (docs/pages.md).

What stands in a page of which kind, the modules that write them say: `models.pages` and
`alerts.pages`. Here is what all kinds share, so that one look at a header tells whether this
program can read what follows.
"""

import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Final, Self, TypeVar
from zlib import crc32

import msgspec
import numpy as np
import zstandard

from models.arrays import AnyArray
from models.events.instants import read_date, write_date

FORMAT_VERSION: Final = 3
"""Of all kinds together. Greater by one with every change of what stands in any of them; every
older one goes on being read."""
_MAGIC: Final = b"gmst"
_HEAD: Final = struct.Struct("<4sHBx")
_CHECKSUM: Final = struct.Struct("<I")
_HEADER_BYTES: Final = _HEAD.size + _CHECKSUM.size
_LEVEL: Final = 3
"""Of zstd: the greater, the smaller and slower. Level 9 makes pages of dates a tenth smaller and
takes five times as long."""

Content = TypeVar("Content")


class UnreadablePageError(Exception):
    """Bytes that are no page, a damaged one, or one of a newer program; says which, in a line."""


class PageKind(IntEnum):
    """What a page is about, by the number that its header has."""

    DATE = 1
    """One date's slots."""
    ROSTER = 2
    """What is kept without end: pupils, enrolments, calendar, erasures, reports."""
    PROGRESS = 3
    """What every register moves on: how far the log was read, and the school days found."""
    EPISODES = 4
    """What was worked out, and what was last published."""


@dataclass(frozen=True, slots=True, order=True)
class PageKey:
    """Which page: of one school, of one kind, and of one date where it has one."""

    school: str
    kind: PageKind
    date: int | None = None

    def __str__(self) -> str:
        """Write it as stores have it: no part can hold a slash.

        >>> str(PageKey("01AB", PageKind.DATE, 739944)), str(PageKey("01AB", PageKind.ROSTER))
        ('01AB/date/2026-11-24', '01AB/roster')
        """
        text = f"{self.school}/{self.kind.name.lower()}"
        return text if self.date is None else f"{text}/{write_date(self.date)}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `str` wrote.

        >>> PageKey.read("01AB/date/2026-11-24").date
        739944
        """
        school, _, rest = text.partition("/")
        kind_name, *dates = rest.split("/")
        kind = _KINDS.get(kind_name)
        date = read_date(dates[0]) if len(dates) == 1 else None
        is_whole = len(dates) == (kind is PageKind.DATE) and (date is not None) == len(dates)
        if kind is None or not school or not is_whole:
            raise UnreadablePageError(f"{text!r} is not the key of a page")
        return cls(school, kind, date)


_KINDS: Final = {kind.name.lower(): kind for kind in PageKind}


class Array(msgspec.Struct, frozen=True, array_like=True):
    """An array: what its elements are, its shape, and their bytes in C order, little end first."""

    dtype: str
    shape: tuple[Annotated[int, msgspec.Meta(ge=0)], ...]
    data: bytes

    @classmethod
    def of(cls, array: AnyArray) -> Self:
        r"""Write an array.

        >>> Array.of(np.array([[1, 2]], np.int16))
        Array(dtype='<i2', shape=(1, 2), data=b'\x01\x00\x02\x00')
        """
        little = array.dtype.newbyteorder("<")
        return cls(little.str, array.shape, array.astype(little, copy=False).tobytes())

    def read(self, *dtypes: str) -> AnyArray:
        """Give the array, its own and writable; a `ValueError` where it is of no such dtype."""
        if self.dtype not in dtypes:
            raise ValueError(f"an array of {self.dtype}, not of {' or '.join(dtypes)}")
        array = np.frombuffer(self.data, self.dtype).reshape(self.shape)
        return array.astype(array.dtype.newbyteorder("="))


class _Zstd(threading.local):
    """Makes and reads frames; one a thread, for they keep what they work with."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(_LEVEL).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_zstd: Final = _Zstd()
_encode: Final = msgspec.msgpack.Encoder().encode


def seal(key: PageKey, content: msgspec.Struct) -> bytes:
    """Write a page: header, then its content compressed."""
    head = _HEAD.pack(_MAGIC, FORMAT_VERSION, key.kind)
    body = _zstd.compress(_encode(content))
    return head + _CHECKSUM.pack(_checksum(key, head, body)) + body


def unseal(key: PageKey, page: bytes, readers: Mapping[int, Callable[[bytes], Content]]) -> Content:
    """Read a page that stands under a key, with the reader of its format version.

    Raises `UnreadablePageError` for whatever is not, to the bit, what `seal` made for this key.
    """
    check_version(key, page)
    head, body = page[: _HEAD.size], page[_HEADER_BYTES:]
    _, version, kind = _HEAD.unpack(head)
    (checksum,) = _CHECKSUM.unpack(page[_HEAD.size : _HEADER_BYTES])
    if checksum != _checksum(key, head, body):
        raise UnreadablePageError(f"page {key}: damaged, cut off, or another page")
    reader = readers.get(version)
    if reader is None or kind != key.kind:
        raise UnreadablePageError(f"page {key}: kind {kind} of format version {version}")
    try:
        return reader(_zstd.decompress(body))
    except (zstandard.ZstdError, ValueError, LookupError) as error:  # msgspec's are ValueErrors
        raise UnreadablePageError(f"page {key}: {error}") from error


def check_version(key: PageKey, page: bytes) -> None:
    """See by its header alone that a page was not written by a newer program.

    Raises `UnreadablePageError`, for what has no header too.
    """
    if len(page) < _HEADER_BYTES or not page.startswith(_MAGIC):
        raise UnreadablePageError(f"page {key}: {len(page)} bytes that are no page")
    _, version, _ = _HEAD.unpack(page[: _HEAD.size])
    if version > FORMAT_VERSION:
        raise UnreadablePageError(
            f"page {key}: format version {version}, written by a newer gemist;"
            f" this one reads up to {FORMAT_VERSION}"
        )


def _checksum(key: PageKey, head: bytes, body: bytes) -> int:
    """CRC-32 of all that must be as it was, the key included."""
    return crc32(body, crc32(head, crc32(str(key).encode())))
