"""The pages behind the links in messages, at ``/a/TOKEN``: shown by GET, answered by POST.

Nothing counts how often an address asks: a link carries 256 bits of signature, so trying leads
nowhere, and people of one school often come from one address.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, urlsplit

import structlog
from litestar import HttpMethod, Request, get, post, route
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from alerts.desk.answer.desk import AnswerDesk, Begun
from alerts.desk.answer.offers import Offer
from alerts.desk.answer.pages import Page, Trouble
from streams.gateway.failures import where
from streams.gateway.log import Arrival, BusyError, Log, UnkeptError

_PATH: Final = "/a/{token:str}"
_MOST_BYTES: Final = 1000
"""Of a form that says one word."""
_FORM: Final = "application/x-www-form-urlencoded"
_OWN_SITES: Final = frozenset({"same-origin", "none"})
"""``Sec-Fetch-Site`` of a page of our own, and of an address that somebody typed."""
_log: Final = structlog.get_logger(__name__)

AnyRequest = Request[Any, Any, Any]
_T = TypeVar("_T")


def answering(desk: AnswerDesk, log: Log) -> list[HTTPRouteHandler]:
    """Make the handlers of a desk whose answers a log keeps."""

    @route(_PATH, http_method=[HttpMethod.HEAD], status_code=200)
    async def asked(request: AnyRequest) -> ASGIResponse:
        """Look at the link alone: mail programs ask in this way what is behind it."""
        return _response(Page(desk.status(_token(request)), b""))

    @get(_PATH)
    async def shown(request: AnyRequest) -> ASGIResponse:
        language = request.headers.get("accept-language", "")
        page = await _tried(desk.page, _token(request), language)
        return _response(page or desk.trouble(Trouble.UNREACHED, language))

    @post(_PATH, status_code=200)
    async def answered(request: AnyRequest) -> ASGIResponse:
        language = request.headers.get("accept-language", "")
        if not _is_from_here(request, desk.address):
            return _response(desk.trouble(Trouble.ELSEWHERE, language))
        offer = await _offer_of(request)
        if offer is None:
            return _response(desk.trouble(Trouble.UNREADABLE, language))
        begun = await _tried(desk.begin, _token(request), offer, language)
        if isinstance(begun, Page):
            return _response(begun)
        page = await _keep(desk, log, begun) if begun else None
        return _response(page or desk.trouble(Trouble.UNWRITTEN, language, begun))

    return [asked, shown, answered]


async def _keep(desk: AnswerDesk, log: Log, begun: Begun) -> Page | None:
    """Have an answer kept, and then say so; None where it is not kept."""
    if not begun.said.is_known:
        try:
            (outcome,) = await log.append([Arrival(begun.said.line, begun.visit.case.school)])
        except (BusyError, UnkeptError):
            return None
        if not outcome.accepted:
            _log.error("an answer was refused", reasons=[each.reason for each in outcome.rejects])
            return None
    return await _tried(desk.finish, begun)


async def _tried(ask: Callable[..., _T], *words: object) -> _T | None:
    """Ask the desk, in a thread of its own; None where it fails, which operators are told."""
    try:
        return await asyncio.to_thread(ask, *words)
    except Exception as error:  # noqa: BLE001 - a person waits for a page that says what to do
        # What a database says of its failure holds what it was asked, so only its type is told.
        _log.error("an answer page failed", error=type(error).__name__, where=where(error))
        return None


def _token(request: AnyRequest) -> str:
    return str(request.path_params["token"])


def _is_from_here(request: AnyRequest, address: str) -> bool:
    """Is a form sent by a page of this desk? The link is the proof; this is beside it.

    Browsers say ``Origin: null`` of a page that, like ours, tells nobody where one comes from.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in _OWN_SITES:
        return False
    origin = request.headers.get("origin", "null")
    return origin == "null" or urlsplit(origin)[:2] == urlsplit(address)[:2] or site is not None


async def _offer_of(request: AnyRequest) -> Offer | None:
    """Read the button that was pressed; None where the form says no such thing."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _FORM:
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            return None
    try:
        said = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=3)
        (value,) = said["answer"]
        return Offer(value)
    except (ValueError, KeyError):
        return None


def _response(page: Page) -> ASGIResponse:
    return ASGIResponse(body=page.body, status_code=page.status, headers=page.headers)
