"""The data dictionary of a table of patterns: what each column means, and when it is null."""

from collections.abc import Iterator
from typing import Final

from models.labels import AHEAD_DAYS, FEWEST_KNOWN_AHEAD, WITHIN_DAYS
from models.patterns import PATTERNS
from models.score_patterns import QUOTIENTS, SCORE_PATTERNS

_KEYS: Final = {
    "school": ("text", "the school"),
    "pupil": ("text", "the pupil, who is enrolled on `as_of` as far as was known then"),
    "as_of": ("date", "the cut: the school's newest school day as it was known at its end"),
    "group": ("text", "the group in force on `as_of`; null for none"),
    "mentor": ("text", "the mentor in force on `as_of`; null for none"),
    "phase": ("text", "the kind of education in force on `as_of`; null where not said"),
}
_PATTERNS: Final = {
    "known_days_60": "known days in days(60)",
    "missed_sessions_5": "missed sessions of the counted days in days(5)",
    "expected_sessions_5": "known sessions of the counted days in days(5)",
    "missed_sessions_20": "missed sessions of the counted days in days(20)",
    "expected_sessions_20": "known sessions of the counted days in days(20)",
    "missed_sessions_60": "missed sessions of the counted days in days(60)",
    "expected_sessions_60": "known sessions of the counted days in days(60)",
    "unauthorised_minutes_4w": "minutes missed without authority in the last 4 school weeks, on "
    "dates that no report covers",
    "illness_spells_12w": "spells of illness in the last 12 school weeks",
    "run_days": "known days in a row, up to the last, that are fully missed",
    "ill_run_days": "known days in a row, up to the last, with every session missed for illness",
    "unauthorised_run_days": "known days in a row, up to the last, with every session missed "
    "without authority",
    "late_60": "sessions in days(60) to which the pupil was late without authority",
    "days_since_seen": "school days since the last attended session in days(60); null where there "
    "is none",
    "days_silent": "school days in a row on which nothing was said of the pupil, and was of half "
    "of the others",
}
_OUTCOMES: Final = {
    "tier_attendance": ("whole number", "tier of the pack's rules of kind `attendance`, 1 to 3"),
    "tier_unauthorised": (
        "whole number",
        "tier of the pack's rules of kind `unauthorised`, 1 to 3",
    ),
    "score": ("quotient", "the scorecard's chance; null without a scorecard"),
    "label_absence": (
        "0 or 1",
        (
            "of who missed less than a tenth of the expected sessions in days(60): does the pupil "
            f"miss a tenth or more of the known sessions of the next {AHEAD_DAYS} school days, "
            "common-cause days left out? Null for the others; with fewer than "
            f"{AHEAD_DAYS} school days ahead in the log, or fewer than {FEWEST_KNOWN_AHEAD} known "
            "days among them; where the pupil is not enrolled on all of them; and where the pupil "
            "was erased since"
        ),
    ),
    "label_left": (
        "0 or 1",
        (
            f"has the pupil an enrolment with status `left` from one of the next {WITHIN_DAYS} "
            "calendar days (`--within-days`), not for `diploma` or another `school`? Null where "
            "they reach past the end of the log, which is the date of the newest `recorded_at` in "
            "it, of any school; where the school sends no enrolments; and where the pupil was "
            "erased since"
        ),
    ),
}
_HEAD: Final = """\
# Columns of `gemist patterns`

Made from the code: `gemist patterns --dictionary > docs/patterns.md`.

A row is a pupil who is enrolled on a cut day. A cut sees what was recorded by the end of its date
in the school's timezone and nothing else: a correction, an enrolment or a leaving that was
recorded later is not known yet. Cutting the log there and asking for the last day gives the same
row. A date is a cut day if at its end the school knows it as its newest school day; so a day of
which all registers came later has no cut of its own. `--every N` takes every N-th of them,
`--on DATE` cuts once, at the end of that date, as of the newest school day known then. Only the
two labels look ahead: they are read off the whole log, and are never to be looked at by a model.

`days(k)` are the last k school days up to `as_of`. A *counted* day is a known day of the pupil
that is no common-cause day. [SEMANTICS.md](SEMANTICS.md) has the exact words. Whole numbers and
quotients are written as such, a null is an empty field.

A pupil who is erased keeps the rows of cuts before the erasure in a table that is made from a log
which still holds what was erased: such a log is what has to be cleaned.
"""


def dictionary() -> str:
    """All columns in their order, as Markdown."""
    lines = [_HEAD, "| column | type | what it is |", "|---|---|---|"]
    lines += [f"| `{name}` | {kind} | {meaning} |" for name, kind, meaning in _rows()]
    return "\n".join(lines) + "\n"


def _rows() -> Iterator[tuple[str, str, str]]:
    for name, (kind, meaning) in _KEYS.items():
        yield name, kind, meaning
    for name in PATTERNS:
        yield name, "whole number", _PATTERNS[name]
    for name, definition in SCORE_PATTERNS.items():
        yield name, "quotient" if name in QUOTIENTS else "whole number", definition
    for name, (kind, meaning) in _OUTCOMES.items():
        yield name, kind, meaning
