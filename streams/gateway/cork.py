"""A transport that writes what is written in one go as one."""

import asyncio
from typing import Any


class Cork(asyncio.Transport):
    """Holds what is written until the event loop comes round, and writes it then.

    uvicorn writes an answer's headers and its body one after the other, and uvloop makes a system
    call of each, which is much of what a small answer costs.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held: list[Any] = []

    def write(self, data: Any) -> None:
        """Hold some bytes."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def close(self) -> None:
        """Write what is held, and close when it is gone."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._held.clear()
        self._transport.abort()

    def is_closing(self) -> bool:
        """Say whether it was closed."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Ask the transport."""
        return self._transport.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        """How many bytes were not taken by the network yet."""
        return self._transport.get_write_buffer_size() + sum(map(len, self._held))

    def pause_reading(self) -> None:
        """Let the sender wait."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on to read."""
        self._transport.resume_reading()

    def _flush(self) -> None:
        if self._held:
            held = b"".join(self._held)
            self._held.clear()
            self._transport.write(held)
