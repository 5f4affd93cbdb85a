"""Whose request it is: the Authorization header, read strictly."""

import re
from collections.abc import Sequence
from typing import Final

from streams.gateway.problem import NO_TOKEN, UNKEPT, ProblemError
from streams.gateway.tokens import Tokens, TokensUnreadableError

_BEARER: Final = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]{1,512}=*)")
_REALM: Final = 'Bearer realm="gemist"'


def schools_of_sender(tokens: Tokens, headers: Sequence[tuple[bytes, bytes]]) -> frozenset[str]:
    """Give the schools that a request's sender may speak for.

    Raises `ProblemError`: 401 where there is no valid token, 503 where nobody can say.
    """
    given = [value for name, value in headers if name == b"authorization"]
    if not given:
        raise _refused("Send the header `Authorization: Bearer TOKEN`.", _REALM)
    found = _BEARER.fullmatch(given[0]) if len(given) == 1 else None
    if found is None:
        raise _refused(
            "The Authorization header cannot be read. Send one: `Authorization: Bearer TOKEN`.",
            f'{_REALM}, error="invalid_request"',
        )
    try:
        schools = tokens.schools_of(found[1].decode())
    except TokensUnreadableError as error:
        raise ProblemError(
            UNKEPT, "Tokens cannot be checked now. Send it again later.", {"Retry-After": "5"}
        ) from error
    if not schools:
        raise _refused(
            "The token is not known, or was revoked. Ask whoever runs this for another.",
            f'{_REALM}, error="invalid_token"',
        )
    return schools


def _refused(detail: str, challenge: str) -> ProblemError:
    return ProblemError(NO_TOKEN, detail, {"WWW-Authenticate": challenge})
