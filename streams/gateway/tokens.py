"""What a door needs of whoever keeps the tokens, and what a token is.

A token is ``gemist_`` and a public id, by which it is listed and revoked, and a secret of 256
random bits. Only the secret's SHA-256 is kept: so many random bits cannot be guessed whatever the
hash, and a slow one, as passwords need, would make every request slow.
"""

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 5
_TOKEN: Final = re.compile(r"gemist_([0-9a-f]{10})_([0-9a-f]{64})")


class TokensUnreadableError(Exception):
    """Nobody can say now whose a token is."""


class Tokens(Protocol):
    """Who may send for which schools."""

    def schools_of(self, token: str) -> frozenset[str] | None:
        """Give the schools a token is for, or None where it is none, or was revoked.

        Asked at every request, while others wait: it has to answer in microseconds, from memory
        or a file near by. Raises `TokensUnreadableError`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed: never with its secret."""

    id: str
    schools: tuple[str, ...]
    created_at: int
    """Seconds since 1970."""
    revoked_at: int | None
    note: str


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was made just now: ``text`` is shown once, and kept nowhere."""

    id: str
    secret_sha256: bytes
    text: str


def new_token() -> NewToken:
    """Make one up."""
    public, secret = secrets.token_hex(_ID_BYTES), secrets.token_hex(_SECRET_BYTES)
    return NewToken(public, _hashed(secret), f"gemist_{public}_{secret}")


def read_token(text: str) -> tuple[str, bytes] | None:
    """Part a token into its id and its secret's SHA-256; None where it is none."""
    found = _TOKEN.fullmatch(text)
    return None if found is None else (found[1], _hashed(found[2]))


def _hashed(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
