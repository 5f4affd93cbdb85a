"""A request's body as bytes: bounded while it comes in, and while it is unpacked."""

import zlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

from streams.gateway.problem import BROKEN, MEDIA, TOO_LARGE, TOO_MUCH, ProblemError

_GZIP: Final = 16 + zlib.MAX_WBITS
_GZIP_BEGINNING: Final = b"\x1f\x8b"

Receive = Callable[[], Awaitable[Any]]


class GoneError(Exception):
    """The sender went away, or was cut off, before its body was all there."""


class Room:
    """How many bytes of bodies are held at once, of all requests together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0

    def take(self, count: int) -> None:
        """Hold so many bytes more, or refuse for now."""
        if self._held + count > self._most:
            raise ProblemError(
                TOO_MUCH,
                "The bodies that are under way take all the room there is. Send again later.",
                {"Retry-After": "1"},
            )
        self._held += count

    def give(self, count: int) -> None:
        """Let go of bytes."""
        self._held -= count


class Body:
    """Takes in one body; `close` gives its room back."""

    def __init__(self, room: Room, most: int, *, is_gzip: bool) -> None:
        self._room = room
        self._most = most
        self._inflater = zlib.decompressobj(_GZIP) if is_gzip else None
        self._parts: list[bytes] = []
        self._sent = 0
        self._held = 0

    async def read(self, receive: Receive) -> bytes:
        """Wait for the whole body, and give it unpacked.

        Raises `ProblemError` as soon as it is too large or no gzip, `GoneError` where its sender
        leaves.
        """
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise GoneError
            part = message.get("body", b"")
            self._sent += len(part)
            if self._sent > self._most:
                raise too_large(self._most)
            if part:
                self._add(part)
            if not message.get("more_body", False):
                break
        if self._inflater is not None and self._sent and not self._inflater.eof:
            raise ProblemError(BROKEN, "The gzip body is cut off. Send it whole.")
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        if self._inflater is None and body.startswith(_GZIP_BEGINNING):
            raise ProblemError(BROKEN, "The body is gzip: say so with Content-Encoding: gzip.")
        return body

    def close(self) -> None:
        """Give the room back."""
        self._room.give(self._held)
        self._held = 0
        self._parts = []

    def _add(self, part: bytes) -> None:
        if self._inflater is None:
            self._keep(part)
            return
        if self._inflater.eof:
            raise _not_one_gzip()
        try:
            inflated = self._inflater.decompress(part, self._most - self._held + 1)
        except zlib.error:
            raise _not_one_gzip() from None
        self._keep(inflated)
        if self._inflater.unused_data:
            raise _not_one_gzip()

    def _keep(self, part: bytes) -> None:
        if self._held + len(part) > self._most:
            raise too_large(self._most)
        self._room.take(len(part))
        self._held += len(part)
        self._parts.append(part)


def _not_one_gzip() -> ProblemError:
    return ProblemError(
        BROKEN, "Content-Encoding says gzip, but the body is not one gzip member and nothing else."
    )


def too_large(most: int) -> ProblemError:
    """Say that a body is too large."""
    return ProblemError(
        TOO_LARGE,
        f"A body may have {most} bytes, as sent and unpacked. Send the events in smaller parts.",
    )


_JSON: Final = "application/json"
LINES_TYPES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")


def is_lines(content_type: bytes | None) -> bool:
    """Read a Content-Type: lines of JSON, or JSON; none given is JSON. Others are refused."""
    if content_type is None:
        return False
    media_type, _, parameters = content_type.decode("latin-1").lower().partition(";")
    if not _is_utf8(parameters):
        raise ProblemError(MEDIA, "The body must be UTF-8, and Content-Type may not differ.")
    media_type = media_type.strip()
    if media_type in LINES_TYPES:
        return True
    if media_type == _JSON:
        return False
    raise ProblemError(
        MEDIA, f"Content-Type must be {_JSON}, or {LINES_TYPES[0]} where each line is an event."
    )


def _is_utf8(parameters: str) -> bool:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('"') not in {"utf-8", "utf8"}:
            return False
    return True


def is_gzip(content_encoding: bytes | None) -> bool:
    """Read a Content-Encoding: gzip or none. Others are refused."""
    if content_encoding is None:
        return False
    coding = content_encoding.decode("latin-1").strip().lower()
    if coding in {"gzip", "x-gzip"}:
        return True
    if coding in {"", "identity"}:
        return False
    raise ProblemError(
        MEDIA, "Content-Encoding may be gzip, or nothing.", {"Accept-Encoding": "gzip"}
    )
