"""What could not be imported, and why.

Two cases, told apart by what the caller does next. A `Refusal` is about one element or row:
it is listed, and the import goes on. `Unusable` is about the whole import (no such file, not
XML, an option that means nothing): one clear line, and nothing is written.
"""

from enum import StrEnum

import msgspec

VALUE_LIMIT = 80
"""So much of a refused value is shown, enough to find it again."""

PERSONAL_FIELDS = frozenset({"pupil", "by", "StudentUniqueId"})
"""Fields whose refused value is not repeated: what is no id may well be a name."""


class Unusable(Exception):  # noqa: N818  (it is no error of the program)
    """The import as a whole cannot be done; the message is one line for the user."""


class Why(StrEnum):
    """The reasons for which an element or row is not imported, in the words of the list."""

    MISSING = "missing"
    UNFIT_ID = "not an id (1 to 64 of A-Z a-z 0-9 . _ : -)"
    NOT_A_DATE = "not a date"
    NOT_A_TIME = "not a time of recording"
    NOT_A_SESSION = "not a session of the day"
    NOT_MINUTES = "not minutes (0 to 600)"
    NOT_A_DURATION = "not a duration"
    NOT_A_TERM = "begins after it ends"
    UNKNOWN_CODE = "code not known"
    UNKNOWN_REASON = "reason not known"
    CELLS = "not as many cells as the header"
    WEEKEND = "on a weekend, and no calendar opens it"
    CLOSED = "on a day that the calendar closes"
    FUTURE = "dated more than 7 days after its recording"
    NOT_SCHOOL_WIDE = "calendar of single pupils or of staff, not of the school"
    SAYS_NOTHING = "says neither open nor closed"
    SKIPPED = "left out by the mapping"


class Refusal(Exception):  # noqa: N818
    """One element or row cannot be imported."""

    def __init__(self, why: Why, field: str, value: str | None = None) -> None:
        super().__init__(f"{field}: {why}")
        self.why = why
        self.field = field
        self.value = value


class Refused(msgspec.Struct, frozen=True):
    """A line of the list, of the same shape as replay's ``rejects.ndjson``."""

    file: str
    line: int
    reason: str
    field: str
    value: str | None

    @classmethod
    def at(cls, file: str, line: int, refusal: Refusal) -> "Refused":
        """``refusal`` with the place at which it happened."""
        value = None if refusal.field in PERSONAL_FIELDS else refusal.value
        shown = None if value is None else value[:VALUE_LIMIT]
        return cls(file, line, str(refusal.why), refusal.field, shown)
