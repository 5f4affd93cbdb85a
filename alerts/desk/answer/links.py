"""Signed links: who holds one may answer about one case as one person, for a while.

A token is base64url of a JSON array, a dot, and base64url of its HMAC-SHA256. It says school,
person, role, alert and answer, but no pupil. There is no list of tokens: what was sent is known
by its signature, and 256 bits of it leave nothing to be guessed.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from typing import Final

import msgspec

from alerts.desk.answer.offers import Offer
from alerts.desk.case import Case
from alerts.desk.people import Person
from alerts.roles import Role
from models.events.instants import DAY_SECONDS

PATH: Final = "/a/"
LINK_DAYS: Final = 14
"""A fortnight after its mail a link says nothing any more: by then there is a newer mail."""
MOST_TOKEN_CHARS: Final = 2000
_PURPOSE: Final = b"gemist answer link 1\n"
"""So that nothing else that is ever signed with the same key can be taken for a link."""


class Answerable(msgspec.Struct, frozen=True, array_like=True):
    """What a link says."""

    school: str
    person: str
    role: Role
    alert: str
    offer: Offer
    ends_at: int
    """Seconds since 1970; from then on the link is not taken."""


class Flaw(StrEnum):
    """Why a link is not taken."""

    ALTERED = "altered"
    EXPIRED = "expired"


class Links:
    """Makes links and reads them. ``address`` is the node's, without a slash at its end."""

    def __init__(self, secret: bytes, address: str) -> None:
        self._secret = secret
        self.address = address

    def link(self, person: Person, case: Case, offer: Offer, now: float) -> str:
        """Make the link by which a person can answer about a case; ``now``: since 1970."""
        ends_at = int(now) + LINK_DAYS * DAY_SECONDS
        said = Answerable(person.school, person.person, person.role, case.newest.id, offer, ends_at)
        return f"{self.address}{PATH}{self._token(msgspec.json.encode(said))}"

    def read(self, token: str, now: float) -> Answerable | Flaw:
        """Read a token: what it says, or why it is not taken.

        What an expired one says is still known to be ours, and can be asked of `said`.
        """
        said = self.said(token)
        if said is None:
            return Flaw.ALTERED
        return said if now < said.ends_at else Flaw.EXPIRED

    def said(self, token: str) -> Answerable | None:
        """Give what a token of ours says, ended or not; None for any other."""
        if len(token) > MOST_TOKEN_CHARS or not token.isascii():
            return None
        try:
            body = _bytes(token.partition(".")[0])
        except ValueError:
            return None
        # The whole text is compared, not what it decodes to: a token can be written in one way.
        if not hmac.compare_digest(token, self._token(body)):
            return None
        return msgspec.json.decode(body, type=Answerable)

    def _token(self, body: bytes) -> str:
        signature = hmac.digest(self._secret, _PURPOSE + body, "sha256")
        return f"{_text(body)}.{_text(signature)}"


def _text(body: bytes) -> str:
    """Write base64url without padding, which mail programs may write in another way."""
    return urlsafe_b64encode(body).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """Read it; what was no base64url gives ValueError, or any bytes."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
