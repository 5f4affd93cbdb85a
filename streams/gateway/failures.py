"""What a sender is told when something fails, whatever it was."""

from traceback import extract_tb
from typing import Final

import structlog
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.response.base import ASGIResponse

from streams.gateway.body import GoneError
from streams.gateway.problem import (
    BROKEN,
    MEDIA_TYPE,
    METHOD,
    MISTAKE,
    NOT_FOUND,
    TOO_SLOW,
    ProblemError,
    body_of,
)

_log: Final = structlog.get_logger(__name__)
_FRAMES: Final = 4


def as_problem(error: Exception) -> ProblemError:
    """Turn any failure into a problem; one that is ours is noted for operators."""
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
            _log.error("request failed", error=type(error).__name__, where=where(error))
            return ProblemError(MISTAKE, "The mistake is ours and was noted. Send it again later.")


def answer_of(problem: ProblemError) -> ASGIResponse:
    """Write a problem as an answer."""
    return ASGIResponse(
        body=body_of(problem.kind, problem.detail),
        media_type=MEDIA_TYPE,
        status_code=problem.kind.status,
        headers=problem.headers,
    )


def where(error: Exception) -> str:
    """Say where a failure came from, without a word of what it was about."""
    frames = extract_tb(error.__traceback__)[-_FRAMES:]
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
