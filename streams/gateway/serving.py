"""The door's server: uvicorn with httptools and uvloop, and connections with limits."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from socket import socket
from typing import Final

import uvicorn
from litestar import Litestar

from config.metrics import Metrics
from config.settings import Gateway
from streams.gateway.connection import connection_class

STOP_SECONDS: Final = 8
"""How long what is under way is waited for at the end, of the ten that there are."""
_BACKLOG: Final = 1024


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End at SIGINT and SIGTERM, and give the word back: uvicorn would die of them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self.handle_exit) for each in _ENDING}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


def new_server(app: Litestar, limits: Gateway, metrics: Metrics) -> uvicorn.Server:
    """Make a server for an app; ``run(sockets=[…])`` serves until `should_exit` or a signal."""
    return _Server(
        uvicorn.Config(
            app,
            http=connection_class(limits, metrics.door_cut_off),
            ws="none",
            loop="uvloop",
            interface="asgi3",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=_BACKLOG,
            timeout_keep_alive=limits.idle_seconds,  # type: ignore[arg-type]
            timeout_graceful_shutdown=STOP_SECONDS,
        )
    )


def serve(app: Litestar, listening: socket, limits: Gateway, metrics: Metrics) -> None:
    """Serve on a socket that listens, until SIGTERM or SIGINT; what is under way is answered.

    To be called in the main thread, which gets no other signal meanwhile.
    """
    new_server(app, limits, metrics).run(sockets=[listening])


@contextlib.contextmanager
def serving(app: Litestar, listening: socket, limits: Gateway, metrics: Metrics) -> Iterator[None]:
    """Serve in a thread for as long as this lasts."""
    server = new_server(app, limits, metrics)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="door")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
