"""The door as a Litestar app: which address leads where, and what is said when something fails."""

from time import perf_counter
from traceback import extract_tb
from typing import Any, Final

import msgspec
import structlog
from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from config.metrics import Metrics
from config.settings import Gateway
from models.events.schema import schema as schema_of_events
from streams.gateway.body import GoneError
from streams.gateway.door import Clock, EventsDoor
from streams.gateway.log import Log
from streams.gateway.openapi import openapi
from streams.gateway.page import POLICY, page
from streams.gateway.problem import (
    BROKEN,
    MEDIA_TYPE,
    METHOD,
    MISTAKE,
    NOT_FOUND,
    TOO_SLOW,
    Kind,
    ProblemError,
    body_of,
)
from streams.gateway.received import answer_received
from streams.gateway.tokens import Tokens

_log: Final = structlog.get_logger(__name__)
_TEXT: Final = "text/plain"
_UNAVAILABLE: Final = 503

AnyRequest = Request[Any, Any, Any]


def build_gateway(
    log: Log, tokens: Tokens, limits: Gateway, metrics: Metrics, clock: Clock
) -> Litestar:
    """Make the door of a log. ``clock`` gives the seconds since 1970."""
    door = EventsDoor(log, tokens, limits, metrics, clock)

    @post("/v1/events", status_code=200)
    async def events(request: AnyRequest) -> ASGIResponse:
        begun = perf_counter()
        scope = request.scope
        try:
            answer = await door.take(scope["headers"], request.receive)  # type: ignore[arg-type]
        except ProblemError as problem:
            answer = _problem(problem.kind, problem.detail, problem.headers)
        metrics.door_request_seconds.observe(perf_counter() - begun)
        metrics.door_requests.labels(str(answer.status_code)).inc()
        return answer

    @get("/v1/received")
    async def received(request: AnyRequest) -> ASGIResponse:
        scope = request.scope
        return await answer_received(log, tokens, clock, scope["headers"], scope["query_string"])  # type: ignore[arg-type]

    @get("/healthz")
    async def healthz() -> ASGIResponse:
        return ASGIResponse(body=b"alive\n", media_type=_TEXT)

    @get("/readyz")
    async def readyz() -> ASGIResponse:
        why = log.unready()
        if why is None:
            return ASGIResponse(body=b"ready\n", media_type=_TEXT)
        return ASGIResponse(body=f"{why}\n", media_type=_TEXT, status_code=_UNAVAILABLE)

    @get("/metrics")
    async def counted() -> ASGIResponse:
        return ASGIResponse(
            body=generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return Litestar(
        route_handlers=[events, received, healthz, readyz, counted, *_documents(limits)],
        exception_handlers={Exception: _failed},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
    )


def _documents(limits: Gateway) -> list[HTTPRouteHandler]:
    """What does not change: made once."""
    document = msgspec.json.encode(openapi(limits))
    schema = msgspec.json.encode(schema_of_events())
    html = page(limits)

    @get("/openapi.json")
    async def openapi_json() -> ASGIResponse:
        return ASGIResponse(body=document, media_type="application/json")

    @get("/v1/schema")
    async def event_schema() -> ASGIResponse:
        return ASGIResponse(body=schema, media_type="application/schema+json")

    @get("/docs")
    async def docs() -> ASGIResponse:
        return ASGIResponse(
            body=html, media_type="text/html", headers={"Content-Security-Policy": POLICY}
        )

    return [openapi_json, event_schema, docs]


def _problem(kind: Kind, detail: str, headers: dict[str, str]) -> ASGIResponse:
    return ASGIResponse(
        body=body_of(kind, detail), media_type=MEDIA_TYPE, status_code=kind.status, headers=headers
    )


def _failed(_request: AnyRequest, error: Exception) -> Response[bytes]:
    problem = _as_problem(error)
    return Response(
        body_of(problem.kind, problem.detail),
        media_type=MEDIA_TYPE,
        status_code=problem.kind.status,
        headers=problem.headers,
    )


def _as_problem(error: Exception) -> ProblemError:
    match error:
        case ProblemError():
            return error
        case GoneError():
            return ProblemError(TOO_SLOW, "The request ended before its body was all there.")
        case NotFoundException():
            return ProblemError(NOT_FOUND, "Nothing has this address. /docs lists what there is.")
        case MethodNotAllowedException():
            headers = dict(error.headers or {})
            return ProblemError(METHOD, "This address has other methods: see Allow.", headers)
        case HTTPException() if error.status_code < MISTAKE.status:
            return ProblemError(BROKEN, "The request cannot be read. /docs tells what is taken.")
        case _:
            # Its words may hold what a sender sent, so only its type and place are told.
            _log.error("request failed", error=type(error).__name__, where=_where(error))
            return ProblemError(MISTAKE, "The mistake is ours and was noted. Send it again later.")


def _where(error: Exception) -> str:
    frames = extract_tb(error.__traceback__)
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-4:]))
