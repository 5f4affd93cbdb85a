"""What goes wrong with a whole request, as RFC 9457 has it: what, where, and what to do."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem; ``/docs`` tells about each under its slug."""

    slug: str
    status: int
    title: str

    @property
    def address(self) -> str:
        """What stands in a problem's ``type``: its place on the door's own page."""
        return f"/docs#{self.slug}"


BROKEN: Final = Kind("broken", 400, "The request cannot be read")
NO_TOKEN: Final = Kind("no-token", 401, "A valid token is needed")
OTHER_SCHOOL: Final = Kind("other-school", 403, "The token is for another school")
NOT_FOUND: Final = Kind("not-found", 404, "There is nothing here")
METHOD: Final = Kind("method", 405, "This is not done here in this way")
TOO_SLOW: Final = Kind("too-slow", 408, "The request did not arrive in time")
TOO_LARGE: Final = Kind("too-large", 413, "The request is too large")
MEDIA: Final = Kind("media", 415, "The body is of a type that is not taken")
REFUSED: Final = Kind("refused", 422, "No event was accepted")
TOO_MUCH: Final = Kind("too-much", 429, "Too much at once")
HEADERS: Final = Kind("headers", 431, "The headers are too large")
MISTAKE: Final = Kind("mistake", 500, "The program made a mistake")
UNKEPT: Final = Kind("unkept", 503, "Nothing can be kept now")
FULL: Final = Kind("full", 507, "There is no room left")

KINDS: Final = (
    BROKEN,
    NO_TOKEN,
    OTHER_SCHOOL,
    NOT_FOUND,
    METHOD,
    TOO_SLOW,
    TOO_LARGE,
    MEDIA,
    REFUSED,
    TOO_MUCH,
    HEADERS,
    MISTAKE,
    UNKEPT,
    FULL,
)


@dataclass(slots=True)
class ProblemError(Exception):
    """A request that ends here."""

    kind: Kind
    detail: str
    """What was wrong, where, and what to do: a sentence or two without anything of the body."""
    headers: dict[str, str] = field(default_factory=dict)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an answer that tells of a problem."""

    type: str
    title: str
    status: int
    detail: str


def body_of(kind: Kind, detail: str) -> bytes:
    """Write a problem's body."""
    return msgspec.json.encode(
        Problem(type=kind.address, title=kind.title, status=kind.status, detail=detail)
    )
