"""A small HTTP server beside an engine: is it alive, and what does it count."""

from collections.abc import Callable
from socket import socket
from typing import Any, Final

from aiohttp import web
from mode import Service
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

ALIVE: Final = "alive\n"
READY: Final = "ready\n"
_UNAVAILABLE: Final = 503


class HealthServer(Service):
    """Answers to whoever watches.

    ``/healthz`` while the event loop turns, ``/readyz`` while events are worked out, and
    ``/metrics`` is what Prometheus reads.
    """

    def __init__(
        self,
        listening: socket,
        registry: CollectorRegistry,
        unready: Callable[[], str | None],
        **options: Any,
    ) -> None:
        self._listening = listening
        self._registry = registry
        self._unready = unready
        self._runner: web.AppRunner | None = None
        super().__init__(**options)

    async def on_start(self) -> None:
        """Answer on the socket, which listens already: whoever made it knew that it could."""
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.SockSite(self._runner, self._listening).start()

    async def on_stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.Response(text=ALIVE)

    async def _readyz(self, _request: web.Request) -> web.Response:
        why = self._unready()
        if why is None:
            return web.Response(text=READY)
        return web.Response(text=f"{why}\n", status=_UNAVAILABLE)

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )
