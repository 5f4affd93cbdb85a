"""What an answer writes into the school's log: a `response` event, worked out from the case."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from alerts.desk.answer.links import Answerable
from alerts.desk.answer.offers import SNOOZE_DAYS, Offer
from alerts.desk.case import Case, Done
from alerts.desk.people import SchoolFacts
from models.events.instants import local_date, write_date, write_instant
from models.events.types import Action, Response

_ID_DIGITS: Final = 40


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as it goes into the log."""

    response: Response
    is_known: bool
    """Is the same already the newest answer of this date? Then there is nothing to write."""

    @property
    def line(self) -> bytes:
        """The event, as a line of the log."""
        return msgspec.json.encode(self.response)


def respond(said: Answerable, offer: Offer, case: Case, now: float, facts: SchoolFacts) -> Said:
    """Make the response to a case that is about a pupil; ``now``: seconds since 1970.

    Its id follows from who answers what on which date, and from the answer before it: pressing
    the button twice writes one event, and coming back to an earlier answer writes a new one.
    """
    assert case.pupil is not None
    today = write_date(local_date(int(now), facts.timezone))
    newest = case.done[-1] if case.done else None
    until = _after(today, SNOOZE_DAYS) if offer is Offer.SNOOZE else None
    response = Response(
        id=_id(case.newest.id, said.person, offer.action, today, newest.event if newest else ""),
        school=case.school,
        recorded_at=write_instant(int(now)),
        pupil=case.pupil,
        alert=case.newest.id,
        action=offer.action,
        until=until,
        by=said.person,
    )
    return Said(response, newest is not None and _is_same(newest, response, today, facts.timezone))


def _is_same(newest: Done, response: Response, today: str, timezone: str) -> bool:
    on = write_date(local_date(newest.recorded_at, timezone))
    before = (newest.action, newest.by, newest.until, on)
    return before == (response.action, response.by, response.until, today)


def _id(alert: str, person: str, action: Action, today: str, before: str) -> str:
    name = f"{alert}\n{person}\n{action.value}\n{today}\n{before}"
    return f"answer-{sha256(name.encode()).hexdigest()[:_ID_DIGITS]}"


def _after(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days)).isoformat()
