"""School years, of which what is over is kept for some."""

from datetime import date
from typing import Final

from models.events.instants import DAY_SECONDS, EPOCH

_FIRST_MONTH: Final = 8
"""A school year begins on 1 August."""


def kept_since(school_years: int, now: float) -> str:
    """Give the first date of the school year so many before that of ``now``, in UTC.

    >>> kept_since(1, 1_795_000_000)  # on 18 November 2026
    '2025-08-01'
    """
    today = date.fromordinal(int(now // DAY_SECONDS) + EPOCH)
    began = today.year if today.month >= _FIRST_MONTH else today.year - 1
    return date(began - school_years, _FIRST_MONTH, 1).isoformat()
