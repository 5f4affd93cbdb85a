"""What a door needs of whoever keeps the tokens."""

from typing import Protocol


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
