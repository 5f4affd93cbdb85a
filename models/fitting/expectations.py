"""Where a person would expect that more of a pattern never means less to worry about."""

from typing import Final, Literal

Direction = Literal["rising", "falling"] | None

_RISING: Final = frozenset(
    {
        "missed_sessions_5",
        "missed_sessions_20",
        "missed_sessions_60",
        "unauthorised_minutes_4w",
        "illness_spells_12w",
        "run_days",
        "ill_run_days",
        "unauthorised_run_days",
        "late_60",
        "days_since_seen",
        "days_silent",
    }
)
_FALLING: Final[frozenset[str]] = frozenset()


def direction(pattern: str) -> Direction:
    """What a scorecard promises of a pattern's points.

    >>> direction("run_days"), direction("expected_sessions_20")
    ('rising', None)
    """
    if pattern in _RISING:
        return "rising"
    return "falling" if pattern in _FALLING else None
