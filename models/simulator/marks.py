"""The marks that the simulator writes, as small numbers and as JSON.

A day of the district is an array ``[seats, sessions]`` of these numbers; 0 is "present". JSON is
made by joining ready pieces: a pupil's beginning and a mark's end. That, and not a serialiser
called for every mark, is what makes the simulator fast.
"""

from typing import Final

PRESENT: Final = 0
ILLNESS: Final = 1
MEDICAL: Final = 2
LEAVE: Final = 3
SUSPENDED: Final = 4
UNKNOWN: Final = 5
UNAUTHORISED: Final = 6
ELSEWHERE: Final = 7
#: From here on a mark carries minutes: ``LATE_... + step``, ``LEFT_... + step``.
LATE_UNKNOWN: Final = 8
LATE_UNAUTHORISED: Final = 16
LATE_MEDICAL: Final = 24
LATE_STEPS: Final = 8
LEFT_ILLNESS: Final = 32
LEFT_UNKNOWN: Final = 36
LEFT_STEPS: Final = 4

_LATE_STEP_MINUTES = 5
_LEFT_STEP_MINUTES = 10
_ABSENT = {
    ILLNESS: "illness",
    MEDICAL: "medical",
    LEAVE: "leave",
    SUSPENDED: "suspended",
    UNKNOWN: "unknown",
    UNAUTHORISED: "unauthorised",
    ELSEWHERE: "elsewhere",
}


def beginning(pupil: str) -> str:
    """Write the first half of a pupil's mark."""
    return f'{{"pupil":"{pupil}"'


def endings(minutes_per_session: int) -> list[str]:
    """Write the second half of a mark, by number; the first half is :func:`beginning`.

    Lateness of unknown reason is written without a reason, absence of unknown reason with one:
    both ways of saying "unknown" are in a log.

    >>> beginning("p1") + endings(50)[LATE_UNKNOWN + 1]
    '{"pupil":"p1","status":"late","minutes_missed":10}'
    """
    table = [""] * (LEFT_UNKNOWN + LEFT_STEPS)
    table[PRESENT] = ',"status":"present"}'
    for mark, cause in _ABSENT.items():
        table[mark] = f',"status":"absent","reason":"{cause}"}}'
    with_minutes: tuple[tuple[str, int, int, int, str | None], ...] = (
        ("late", LATE_UNKNOWN, LATE_STEPS, _LATE_STEP_MINUTES, None),
        ("late", LATE_UNAUTHORISED, LATE_STEPS, _LATE_STEP_MINUTES, "unauthorised"),
        ("late", LATE_MEDICAL, LATE_STEPS, _LATE_STEP_MINUTES, "medical"),
        ("left_early", LEFT_ILLNESS, LEFT_STEPS, _LEFT_STEP_MINUTES, "illness"),
        ("left_early", LEFT_UNKNOWN, LEFT_STEPS, _LEFT_STEP_MINUTES, None),
    )
    for status, first, steps, step_minutes, reason in with_minutes:
        said = f',"reason":"{reason}"' if reason else ""
        for step in range(steps):
            minutes = min((step + 1) * step_minutes, minutes_per_session)
            table[first + step] = f',"status":"{status}"{said},"minutes_missed":{minutes}}}'
    return table
