"""A real receiver of webhooks that does as it is told."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw6x"


@dataclass(frozen=True)
class Came:
    """A request, as it came."""

    path: str
    headers: dict[str, str]
    body: str


Answer = web.Response | Callable[[web.Request], Any]


class Receiver:
    """Answers 204, or what ``next`` and then ``always`` have: an answer, or what makes one."""

    def __init__(self) -> None:
        self.next: deque[Answer] = deque()
        self.always: Answer | None = None
        self.came: list[Came] = []
        self.at_once = 0
        self.most_at_once = 0
        self.port = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            body = await request.text()
            self.came.append(Came(request.path, {**request.headers}, body))
            does = self.next.popleft() if self.next else self.always
            if callable(does):
                return await does(request)
            return does or web.Response(status=204)
        finally:
            self.at_once -= 1


async def hang_up(request: web.Request) -> web.Response:
    """Take the request, and close the connection without an answer."""
    request.transport.abort()
    return web.Response()


async def silence(_: web.Request) -> web.Response:
    """Take the request, and never answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def endless(request: web.Request) -> web.StreamResponse:
    """Say yes, and then talk for ever."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    while True:
        await answer.write(b"x" * 65_536)


def later(seconds: float) -> Answer:
    """Say yes after some time."""

    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(seconds)
        return web.Response(status=204)

    return answer


def says(status: int, **headers: str) -> Answer:
    """Answer so, each time anew."""

    async def answer(_: web.Request) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, headers=named)

    return answer


@asynccontextmanager
async def receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Receive on 127.0.0.1."""
    behaviour = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", behaviour.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    behaviour.port = runner.addresses[0][1]
    try:
        yield behaviour
    finally:
        await runner.cleanup()
