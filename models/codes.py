"""Marks as small numbers: one byte says a mark's status and reason.

``code = 1 + 7 * status + reason``, both in the order of SEMANTICS.md 1, so that of two marks of
one second the greater code holds. 0: nothing was said.
"""

from typing import Final

import numpy as np

from models.arrays import AnyArray, ByteArray
from models.events.types import Reason, Status

STATUSES: Final = tuple(Status)
REASONS: Final = tuple(Reason)
NOTHING: Final = 0
NO_MINUTES: Final = -1
"""Minutes that neither mark nor register gave: the school's ``minutes_per_session``."""

STATUS_CODE: Final = {
    status: 1 + len(REASONS) * number + REASONS.index(Reason.UNKNOWN)
    for number, status in enumerate(STATUSES)
}
"""The code of a status without a reason, which means `Reason.UNKNOWN`."""
REASON_STEP: Final[dict[Reason | None, int]] = {
    reason: number for number, reason in enumerate(REASONS)
} | {None: REASONS.index(Reason.UNKNOWN)}
CODES: Final = 1 + len(STATUSES) * len(REASONS)

PRESENT: Final = STATUS_CODE[Status.PRESENT]
WITHDRAWN: Final = STATUS_CODE[Status.WITHDRAWN]
LAST_WITHDRAWN: Final = len(REASONS)
LAST_PRESENT: Final = 2 * len(REASONS)
"""Codes up to here say that nobody was away: neither reason nor minutes mean anything."""
FIRST_ABSENT: Final = 1 + 4 * len(REASONS)

# A pupil's day in one number: five counts of sessions, four bits each (12 sessions at most).
BITS: Final = 4
KNOWN, MISSED, ILL, UNAUTHORISED, LATE = (BITS * field for field in range(5))


def _tables() -> tuple[AnyArray, ByteArray]:
    counts = np.zeros(CODES, np.uint32)
    minutes = np.zeros(CODES, np.uint8)
    for s, status in enumerate(STATUSES):
        for r, reason in enumerate(REASONS):
            code = 1 + len(REASONS) * s + r
            if status is Status.WITHDRAWN:
                continue
            unauthorised = reason in (Reason.UNKNOWN, Reason.UNAUTHORISED)
            missed = status is Status.ABSENT and reason is not Reason.ELSEWHERE
            counts[code] = (
                1 << KNOWN
                | missed << MISSED
                | (missed and reason is Reason.ILLNESS) << ILL
                | (missed and unauthorised) << UNAUTHORISED
                | (status is Status.LATE and unauthorised) << LATE
            )
            minutes[code] = unauthorised and status in (Status.ABSENT, Status.LEFT_EARLY)
    return counts, minutes


COUNTS, HAS_UNAUTHORISED_MINUTES = _tables()
"""What a code adds to its pupil's day; whether its minutes are unauthorised ones."""
