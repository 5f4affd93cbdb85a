"""How a demo is ended from outside: Ctrl-C and SIGTERM, without anything left half done."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """Whether somebody wants the demo to end.

    A `threading.Event` would not do: its lock may be held by whom the signal interrupts.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._is_set = False

    def set(self) -> None:
        """Have it end; may be called by a signal's handler."""
        if not self._is_set:
            self._is_set = True
            os.write(self._write, b"!")

    def is_set(self) -> bool:
        """Say whether it is to end."""
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until it is to end; say whether it is."""
        select.select([self._read], [], [], seconds)
        return self._is_set

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self._read)
        os.close(self._write)


@contextmanager
def ending_by_signals() -> Iterator[Ending]:
    """Give what is set by SIGINT or SIGTERM; to be called in the main thread."""
    ending = Ending()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    before = {each: signal.signal(each, end) for each in _SIGNALS}
    try:
        yield ending
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        ending.close()
