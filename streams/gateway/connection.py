"""One connection of the door: uvicorn's, with limits on how long a sender may take.

uvicorn waits without end for headers and bodies, and holds headers of any size. Here each
request's headers and body have a time by which they must be all there, headers a size, and the
connections a number; a reader who does not read is not waited for either.
"""

import asyncio
from collections.abc import Callable
from typing import ClassVar, Final

from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from config.settings import Gateway
from streams.gateway.cork import Cork
from streams.gateway.problem import (
    BROKEN,
    HEADERS,
    MEDIA_TYPE,
    TOO_MUCH,
    TOO_SLOW,
    Kind,
    body_of,
)

LINGER_SECONDS: Final = 5.0
"""How long a body is still read, and dropped, that was refused before it was all there: a sender
that is cut off while it sends may never read why."""


class _HeadersTooLargeError(Exception):
    """Raised within the parser, which then ends."""


class DoorConnection(HttpToolsProtocol):
    """A connection; `connection_class` gives it its limits."""

    limits: ClassVar[Gateway]
    cut_off: ClassVar[Counter]

    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _in_headers = False
    _header_bytes = 0
    _begun = 0

    # ---- what the transport says

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, unless there are too many."""
        super().connection_made(Cork(transport, self.loop))
        if len(self.connections) > self.limits.connections:
            self._end("too many", TOO_MUCH, "There are too many connections. Come again later.")
        else:
            self._wait(self.limits.header_seconds, self._headers_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and see to it that something is waited for."""
        if self.transport.is_closing():
            return
        begun, is_between = self._begun, self._is_between()
        super().data_received(data)
        if self._in_headers:
            if self._begun == begun or (is_between and self._begun == begun + 1):
                self._header_bytes += len(data)  # else it holds other things too
            if self._header_bytes > self.limits.header_bytes:
                self._headers_too_large()
        elif self._deadline is None and self.timeout_keep_alive_task is None and self._is_idle():
            self._wait(self.limits.header_seconds, self._headers_late)  # line ends between requests

    def pause_writing(self) -> None:
        """Begin to wait for a reader."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.limits.body_seconds, self._reader_late)

    def resume_writing(self) -> None:
        """The reader has read."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        if self.flow is not None:
            super().resume_writing()

    # ---- what the parser finds

    def on_message_begin(self) -> None:
        """Wait for the headers."""
        super().on_message_begin()
        self._in_headers = True
        self._header_bytes = 0
        self._begun += 1
        self._wait(self.limits.header_seconds, self._headers_late)

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        if self._header_bytes_now() > self.limits.header_bytes:
            raise _HeadersTooLargeError
        self._in_headers = False
        super().on_headers_complete()
        self._wait(self.limits.body_seconds, self._body_late)

    def on_message_complete(self) -> None:
        """All is there."""
        self._stop_waiting()
        super().on_message_complete()

    # ---- how a request ends

    def on_response_complete(self) -> None:
        """Go on to the next request; the rest of this one's body is not waited for long."""
        super().on_response_complete()
        if self.transport.is_closing():
            if self.transport.get_write_buffer_size():
                self._wait(self.limits.idle_seconds, self._reader_late)
        elif self.cycle.response_complete and self.cycle.more_body:
            self._wait(min(LINGER_SECONDS, self.limits.body_seconds), self._body_late)

    def send_400_response(self, msg: str) -> None:
        """Say that this is no HTTP, or none of such a size."""
        del msg
        if self._in_headers and self._header_bytes_now() > self.limits.header_bytes:
            self._headers_too_large()
        else:
            self._end("no HTTP", BROKEN, "This is not HTTP/1.1 as RFC 9112 has it.")

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that is not used, or whose answer is not read."""
        if self.transport.get_write_buffer_size():
            self._reader_late()
        else:
            super().timeout_keep_alive_handler()

    def _header_bytes_now(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _headers_too_large(self) -> None:
        self._end(
            "large headers",
            HEADERS,
            f"Address and headers may have {self.limits.header_bytes} bytes together.",
        )

    def _headers_late(self) -> None:
        if self._in_headers:
            self._end(
                "slow headers",
                TOO_SLOW,
                f"The headers were not all there after {self.limits.header_seconds:g} s.",
            )
        else:
            self.transport.close()  # nothing was asked

    def _body_late(self) -> None:
        if self.cycle.response_complete:
            self.cut_off.labels("slow body").inc()
            self.transport.abort()
            return
        self._end(
            "slow body",
            TOO_SLOW,
            f"The body was not all there after {self.limits.body_seconds:g} s. Send fewer events"
            " at once, or pack them with gzip.",
        )

    def _reader_late(self) -> None:
        self.cut_off.labels("slow reader").inc()
        self.transport.abort()

    # ----

    def _is_between(self) -> bool:
        return not self._in_headers and (
            self.cycle is None or (self.cycle.response_complete and not self.cycle.more_body)
        )

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, then)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self, reason: str, kind: Kind, detail: str) -> None:
        """Cut the sender off, and say why unless an answer is on its way already."""
        if self.transport.is_closing():
            return
        self.cut_off.labels(reason).inc()
        self._stop_waiting()
        cycle = None if self._is_idle() else self.cycle
        if cycle is None or not cycle.response_started:
            self.transport.write(_answer(kind, detail))
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self._wait(self.limits.idle_seconds, self.transport.abort)


def connection_class(limits: Gateway, cut_off: Counter) -> type[DoorConnection]:
    """Make the class of a server's connections, which is how uvicorn takes them."""
    return type("DoorConnection", (DoorConnection,), {"limits": limits, "cut_off": cut_off})


def _answer(kind: Kind, detail: str) -> bytes:
    body = body_of(kind, detail)
    head = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return STATUS_LINE[kind.status] + head.encode() + body
