"""What came in from a school on a date, for the one who sent it."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs

import msgspec
from litestar.response.base import ASGIResponse

from models.book import Facts
from models.events.instants import local_date, read_date, write_date
from streams.gateway.answer import received_answer
from streams.gateway.bearer import schools_of_sender
from streams.gateway.door import Clock, kept
from streams.gateway.log import Log, Received
from streams.gateway.problem import BROKEN, OTHER_SCHOOL, ProblemError
from streams.gateway.tokens import Tokens

_encode: Final = msgspec.json.Encoder().encode


async def answer_received(
    log: Log, tokens: Tokens, clock: Clock, headers: Sequence[tuple[bytes, bytes]], query: bytes
) -> ASGIResponse:
    """Answer ``?date=YYYY-MM-DD&school=S``; raises `ProblemError`."""
    schools = schools_of_sender(tokens, headers)
    asked = _asked(query)
    school = _school(asked.get("school"), schools)
    date = asked.get("date")
    if date is None:
        found = await _today(log, school, int(clock()))
    elif read_date(date) is None:
        raise ProblemError(BROKEN, "`date` must be a date that exists, written YYYY-MM-DD.")
    else:
        found = await kept(log.received(school, date))
    return ASGIResponse(body=_encode(received_answer(found)), media_type="application/json")


def _asked(query: bytes) -> dict[str, str]:
    try:
        found = parse_qs(query.decode("ascii"), keep_blank_values=True, max_num_fields=16)
    except ValueError:
        raise ProblemError(BROKEN, "The query cannot be read: ?date=YYYY-MM-DD&school=S") from None
    for name in ("date", "school"):
        if len(found.get(name, ())) > 1:
            raise ProblemError(BROKEN, f"`{name}` stands in the query more than once.")
    return {name: values[0] for name, values in found.items()}


def _school(asked: str | None, schools: frozenset[str]) -> str:
    if asked is None:
        if len(schools) > 1:
            raise ProblemError(
                BROKEN, "The token is for several schools: say which one with `school`."
            )
        return next(iter(schools))
    if asked not in schools:
        raise ProblemError(OTHER_SCHOOL, "`school` is none of those that the token is for.")
    return asked


async def _today(log: Log, school: str, now: int) -> Received:
    """Ask for today, whose date depends on the school's time zone, which the log knows."""
    date = write_date(local_date(now, Facts().timezone))
    found: Received = await kept(log.received(school, date))
    today = write_date(local_date(now, found.timezone))
    if today != date:
        found = await kept(log.received(school, today))
    return found
