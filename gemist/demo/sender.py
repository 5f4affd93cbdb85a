"""A school's information system, as far as a door sees it: it posts lines, with a token."""

import http.client
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from gemist.demo.plan import Event

_TIMEOUT_SECONDS: Final = 60.0
_OK, _UNAVAILABLE = 200, 503
_LATER: Final = (429, _UNAVAILABLE)
_TRIES: Final = 5


class DemoError(Exception):
    """The demo cannot go on; says why, in a line."""


class Sender:
    """Sends events of one school to a node's door, over one connection that is kept."""

    def __init__(self, port: int, token: str, wait: Callable[[float], object]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
        self._wait = wait
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/x-ndjson",
        }

    def send(self, events: Sequence[Event]) -> None:
        """Send events, and come back when they are kept; raises `DemoError`.

        To send again what perhaps came does no harm, so whatever fails in between is tried again.
        """
        body = b"\n".join(each.line for each in events)
        trouble = ""
        for _ in range(_TRIES):
            try:
                self._connection.request("POST", "/v1/events", body, self._headers)
                response = self._connection.getresponse()
                answer = response.read()
            except (http.client.HTTPException, OSError) as error:
                self._connection.close()
                trouble = str(error) or type(error).__name__
                continue
            if response.status == _OK:
                _check(orjson.loads(answer))
                return
            trouble = f"it answers {response.status}"
            if response.status not in _LATER:
                break
            self._wait(float(response.headers.get("Retry-After", "1")))
        raise DemoError(f"the node's door does not take registers: {trouble}")

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _check(answer: Any) -> None:
    reasons = {reject["reason"] for event in answer["events"] for reject in event["rejects"]}
    if reasons:
        raise DemoError(f"the node's door refuses events: {', '.join(sorted(reasons))}")
