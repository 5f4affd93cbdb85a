"""What operators ask of whoever serves HTTP: is it alive, is it ready, what does it count."""

from collections.abc import Callable
from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

_TEXT: Final = "text/plain"
_UNAVAILABLE: Final = 503


def health(
    registry: CollectorRegistry, unready: Callable[[], str | None]
) -> list[HTTPRouteHandler]:
    """Make the three pages; ``unready`` says why no work is done, or None."""

    @get("/healthz")
    async def healthz() -> ASGIResponse:
        return ASGIResponse(body=b"alive\n", media_type=_TEXT)

    @get("/readyz")
    async def readyz() -> ASGIResponse:
        why = unready()
        if why is None:
            return ASGIResponse(body=b"ready\n", media_type=_TEXT)
        return ASGIResponse(body=f"{why}\n", media_type=_TEXT, status_code=_UNAVAILABLE)

    @get("/metrics")
    async def counted() -> ASGIResponse:
        return ASGIResponse(
            body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return [healthz, readyz, counted]
