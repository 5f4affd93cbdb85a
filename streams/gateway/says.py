"""A reject in one sentence, for the one who has to mend the program that sent it."""

from enum import StrEnum
from typing import Final

from models.events.checks import CLOSE_AHEAD_DAYS, REGISTER_AHEAD_DAYS
from models.events.types import (
    BY_TAG,
    MOST_MINUTES,
    Action,
    Default,
    EnrolmentStatus,
    LeftFor,
    Pack,
    Phase,
    Reason,
    Reporting,
    Status,
)
from streams.head import CLOCK_SECONDS
from streams.step import TOO_OLD

OTHER_SCHOOL: Final = "school"
CLOCK: Final = "clock"


def _listed(values: type[StrEnum]) -> str:
    return ", ".join(values)


_ID: Final = "1 to 64 of the characters A-Z a-z 0-9 . _ : -"
_DATE: Final = "a date that exists, written YYYY-MM-DD"

SENTENCES: Final[dict[str, str]] = {
    "json": "This is no JSON (RFC 8259): one object on one line, in UTF-8 without a byte order"
    " mark, no NaN, no lone surrogates, not nested deeper than some hundred levels.",
    "object": "An event is one JSON object, in braces.",
    "type": "`type` must be one of " + ", ".join(BY_TAG) + ".",
    "id": f"`id` is needed, and is {_ID}; it names this event.",
    OTHER_SCHOOL: f"`school` is needed, is {_ID}, and must be one of the schools that the token"
    " is for.",
    "recorded_at": "`recorded_at` is needed, and is an RFC 3339 time with seconds and an offset,"
    " such as 2026-11-24T08:41:07Z or 2026-11-24T09:41:07+01:00.",
    CLOCK: f"`recorded_at` is more than {CLOCK_SECONDS // 60} minutes after the event came in:"
    " the sender's clock, or its offset from UTC, is wrong. Mend it, and send the event again.",
    "pupil": f"`pupil` is needed, and is {_ID}: a pseudonym, never a name.",
    "group": f"`group` is {_ID}, or null.",
    "mentor": f"`mentor` is {_ID}, or null: a pseudonym, never a name.",
    "by": f"`by` is {_ID}, or null: a pseudonym, never a name.",
    "alert": f"`alert` is needed, and is the id of an alert: {_ID}.",
    "date": f"`date` is needed, and is {_DATE}.",
    "from": f"`from` is needed, and is {_DATE}.",
    "until": f"`until` is {_DATE}, or null; a response with the action snooze needs it.",
    "session": "`session` is needed, and is a whole number from 1 to 12, not in quotes.",
    "minutes": f"`minutes` is a whole number from 1 to {MOST_MINUTES}, not in quotes, or null.",
    "default": f"`default` is one of {_listed(Default)}, or null.",
    "marks": "`marks` is an array of marks, or null.",
    "mark": "A mark is one JSON object, in braces. The other marks of the register were taken.",
    "status": f"`status` of a mark is needed, and is one of {_listed(Status)}; of an enrolment it"
    f" is one of {_listed(EnrolmentStatus)}, or null.",
    "reason": f"`reason` of a mark is one of {_listed(Reason)}, or null.",
    "minutes_missed": f"`minutes_missed` is a whole number from 0 to {MOST_MINUTES}, not in quotes,"
    " or null.",
    "open": "`open` is needed, and is true or false.",
    "timezone": "`timezone` is an IANA name such as Europe/Amsterdam, or null.",
    "reporting": f"`reporting` is one of {_listed(Reporting)}, or null.",
    "sessions_per_day": "`sessions_per_day` is a whole number from 1 to 12, or null; with"
    " `reporting` exceptions it is needed.",
    "minutes_per_session": f"`minutes_per_session` is a whole number from 1 to {MOST_MINUTES},"
    " or null.",
    "pack": f"`pack` is one of {_listed(Pack)}, or null.",
    "phase": f"`phase` is one of {_listed(Phase)}, or null.",
    "left_for": f"`left_for` is one of {_listed(LeftFor)}, or null.",
    "action": f"`action` is needed, and is one of {_listed(Action)}.",
    "in the future": f"`date` is too long after `recorded_at`: a register may be dated"
    f" {REGISTER_AHEAD_DAYS} days ahead, a close {CLOSE_AHEAD_DAYS}.",
    TOO_OLD: "`date` is before the school's 40th newest school day: what was decided about it"
    " is final, and nothing of the register was taken.",
    "key": "The record's key is not the event's `school`.",
    "partition": "The record is not in the partition of its key (murmur2).",
}
"""By reason, which most often is the name of the field at fault."""


def says(reason: str) -> str:
    """Say what a reason means, and what would be right."""
    return SENTENCES.get(reason, "This value is not allowed here.")
