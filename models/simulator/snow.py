"""The one day on which snow keeps half of the district at home.

On 13 February 2014 New York City's schools had 43.6 % of their pupils. A simulated log has one
such day, so that what must not alert on it can be tried.
"""

from datetime import date
from itertools import islice

import numpy as np

from models.simulator.arrays import FloatArray
from models.simulator.places import Places
from models.simulator.plan import Plan, Purpose
from models.simulator.terms import open_days

#: Snow falls from December to the middle of March, where the log has such days.
_SNOW_MONTHS = ((12, 1), (3, 15))
#: Enough days before it to know what is ordinary (SEMANTICS.md section 4 wants 5).
_DAYS_BEFORE = 8
_SHARE_HOME, _SHARE_SPREAD = 0.52, 0.10
_LEAST_HOME, _MOST_HOME = 0.30, 0.80


def snow_day(plan: Plan) -> int:
    """Which school day has the snow, counted from 0.

    In winter where the log reaches it; else somewhere in its second half, after eight ordinary
    days where it is long enough.
    """
    (month, first), (end_month, last) = _SNOW_MONTHS
    days = list(islice(open_days(plan.start), plan.days))
    candidates = [
        number
        for number, day in enumerate(days)
        if number >= _DAYS_BEFORE
        and number < plan.days - 1
        and (day >= date(day.year, month, first) or day <= date(day.year, end_month, last))
    ]
    if not candidates:
        least = min(max(_DAYS_BEFORE, plan.days // 2), plan.days - 1)
        candidates = list(range(least, max(least + 1, plan.days - 1)))
    return candidates[int(plan.stream(Purpose.SNOW).integers(len(candidates)))]


def kept_home(plan: Plan, places: Places, random: np.random.Generator) -> FloatArray:
    """``[seats]``: each pupil's chance to stay home; it differs between schools."""
    home = random.normal(_SHARE_HOME, _SHARE_SPREAD, plan.schools)
    school = places.group_school[places.seat_group]
    share: FloatArray = np.clip(home, _LEAST_HOME, _MOST_HOME).astype(np.float32)[school]
    return share
