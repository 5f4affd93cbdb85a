"""Webhooks: a message's data as JSON to an https address, signed as in Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import re
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Self

import aiohttp
import msgspec
from standardwebhooks import Webhook
from yarl import URL

from alerts.desk.channels.failure import Reason, Undelivered
from alerts.desk.channels.patience import Patience
from alerts.desk.channels.text import identity
from alerts.desk.outbox import Waiting
from models.events.instants import write_instant

AT_ONCE: Final = 8
"""Receivers that are written to at the same time."""
_TAKEN: Final = range(200, 300)
_MAY_PASS: Final = frozenset((408, 425, 429))
"""Refusals of 400 to 499 that are about the moment."""
_SERVER_FAILS: Final = 500


class Hooks:
    """The way to those who take webhooks; ``async with`` it. It serves several at a time."""

    def __init__(self, signing: Webhook, trust: ssl.SSLContext, patience: Patience) -> None:
        self._signing = signing
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=trust, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=patience.answer_seconds, sock_connect=patience.connect_seconds
            ),
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def send(self, waiting: Waiting, now: float) -> None:
        """Have a receiver take a message; it has when this returns. `Undelivered` where not.

        ``now`` is the time of the try, which is signed with it: a receiver refuses old ones.
        """
        body = body_of(waiting)
        name = f"msg_{identity(waiting.key)}"
        signed_at = datetime.fromtimestamp(int(now), UTC)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "gemist",
            "webhook-id": name,
            "webhook-timestamp": str(int(now)),
            "webhook-signature": self._signing.sign(name, signed_at, body.decode()),
        }
        try:
            async with self._session.post(
                URL(waiting.address), data=body, headers=headers, allow_redirects=False
            ) as answer:
                _judge(answer.status, answer.headers.get("Retry-After", ""), now)
        except TimeoutError as error:
            raise Undelivered(Reason.TIME_OUT) from error
        except aiohttp.InvalidURL as error:
            raise Undelivered(Reason.ADDRESS, may_pass=False) from error
        except aiohttp.ClientSSLError as error:
            raise Undelivered(Reason.TLS) from error
        except aiohttp.ClientConnectorError as error:
            raise Undelivered(Reason.NO_CONNECTION) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Undelivered(Reason.CUT_OFF) from error


def body_of(waiting: Waiting) -> bytes:
    """A webhook's body: its type, when it was made, and the message's data."""
    return msgspec.json.encode(
        {
            "type": "message." + re.sub("[^A-Za-z0-9_]+", "_", waiting.what),
            "timestamp": write_instant(waiting.created_at),
            "data": waiting.letter.data,
        }
    )


def _judge(status: int, retry_after: str, now: float) -> None:
    """What an answer means. A redirection is not followed: it may lead anywhere."""
    if status in _TAKEN:
        return
    if status >= _SERVER_FAILS or status in _MAY_PASS:
        after = _seconds(retry_after, now)
        raise Undelivered(Reason.SERVER, str(status), after_seconds=after)
    raise Undelivered(Reason.ADDRESS, str(status), may_pass=False)


def _seconds(retry_after: str, now: float) -> int | None:
    """Seconds of a Retry-After header (RFC 9110 section 10.2.3), or None where it has no sense.

    >>> _seconds("120", 0), _seconds("Thu, 01 Jan 1970 00:05:00 GMT", 60), _seconds("soon", 0)
    (120, 240, None)
    """
    if re.fullmatch("[0-9]{1,9}", retry_after):
        return int(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
        return max(0, int(at.replace(tzinfo=at.tzinfo or UTC).timestamp() - now))
    except (ValueError, OverflowError):
        return None
