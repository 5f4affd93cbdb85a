"""Where a person would expect that more of a pattern never means less to worry about.

Of two pupils who are alike in all else, the one who missed more sessions, or more than the school's
others, is not the better off; nor is the one in whose school more have left. A change has no
promise: of two who miss as much, neither the one who missed less before, nor the one who missed
more before, is clearly the better off. Nor has what only says how much there is to go by: known
days and sessions, weekdays. Nor how long ago an absence began, in calendar days: who stayed away a
while ago may leave soon, who has long been away and is enrolled still often stays so.

Held against later and unseen courses of the data trained on, promises moved the AUC by one or two
thousandths, some up and some down: they are kept for what a person can make of a reason.
"""

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
        "missed_share_60",
        "missed_share_excess_20",
        "not_in_time_excess_60",
        "recent_missed_share",
        "newest_missed_share",
        "missed_of_3_days",
        "late_share_60",
        "partial_days_60",
        "missed_weeks_share_60",
        "calendar_days_since_in_time",
        "school_left_share_8w",
        "school_left_share_12w",
    }
)
_FALLING: Final = frozenset({"in_time_sessions_60"})


def direction(pattern: str) -> Direction:
    """What a scorecard promises of a pattern's points.

    >>> direction("run_days"), direction("expected_sessions_20")
    ('rising', None)
    """
    if pattern in _RISING:
        return "rising"
    return "falling" if pattern in _FALLING else None
