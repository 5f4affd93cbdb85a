"""Keep-alive HTTP connections that send ready-made requests: as little work a request as can be.

``python -m tests.bench.load PLAN.json`` reads what to send, and prints what each request took.
"""

import asyncio
import json
import sys
from collections import deque
from pathlib import Path
from time import perf_counter

import uvloop


class Connection(asyncio.Protocol):
    """Sends one request after the other, each after the answer to the one before."""

    def __init__(self, todo: deque[tuple[float, bytes]], began: float) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self.seconds: list[float] = []
        self.statuses: set[int] = set()
        self._todo, self._began = todo, began
        self._buffer = b""
        self._sent = 0.0
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        if not self._todo:
            self._transport.close()
            self.done.set_result(None)
            return
        self._due, request = self._todo.popleft()
        wait = self._began + self._due - perf_counter()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._send, request)
        else:
            self._send(request)

    def _send(self, request: bytes) -> None:
        # By when it was due, so that who has to wait for a connection counts as waiting.
        self._sent = self._began + self._due if self._due else perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self.seconds.append(perf_counter() - self._sent)
        self.statuses.add(int(head[9:12]))
        self._buffer = b""
        self._next()


async def send(plan: dict, bodies: list[bytes]) -> dict:
    """Send a plan's requests over its connections: seconds in all and a request, and statuses."""
    head = (
        f"POST {plan['path']} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {plan['token']}\r\n"
        "Content-Type: application/x-ndjson\r\nContent-Length: "
    ).encode()
    rate = plan["a_second"]
    todo = deque(
        (number / rate if rate else 0.0, head + b"%d\r\n\r\n" % len(body) + body)
        for number, body in enumerate(bodies)
    )
    loop = asyncio.get_running_loop()
    began = perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(todo, began), "127.0.0.1", plan["port"])
        for _ in range(plan["connections"])
    ]
    connections = [connection for _, connection in made]
    await asyncio.gather(*(each.done for each in connections))
    return {
        "wall_seconds": perf_counter() - began,
        "seconds": sorted(each for connection in connections for each in connection.seconds),
        "statuses": sorted(set().union(*(each.statuses for each in connections))),
    }


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text())
    bodies = Path(plan["bodies"]).read_bytes().split(b"\0")
    json.dump(uvloop.run(send(plan, bodies)), sys.stdout)


if __name__ == "__main__":
    main()
