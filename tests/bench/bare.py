"""The door's yardstick: the same framework on the same server, which only answers.

``python -m tests.bench.bare PORT``
"""

import socket
import sys

import msgspec
from litestar import Litestar, Request, post
from litestar.response.base import ASGIResponse

from config.metrics import new_metrics
from config.settings import Gateway
from streams.gateway.serving import serve

ANSWER = msgspec.json.encode({"accepted": 1, "rejected": 0, "events": []})


@post("/v1/events", status_code=200)
async def events(request: Request) -> ASGIResponse:
    """Read what was sent, and answer."""
    await request.body()
    return ASGIResponse(body=ANSWER, media_type="application/json")


def main() -> None:
    app = Litestar([events], openapi_config=None, logging_config=None)
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    sys.stderr.write("ready\n")
    serve(app, listening, Gateway(), new_metrics())


if __name__ == "__main__":
    main()
