"""Who is ill: colds at any time, and influenza that spreads in classes.

Influenza follows influenza_by_class.json: 23 % of pupils a winter, unevenly over classes
(intra-class correlation 0.17), half of two onsets in one class within three days. A pupil catches
it from outside school, from the own class and from the rest of the school, once a winter.
"""

from dataclasses import dataclass

import numpy as np

from models.simulator.arrays import BoolArray, FloatArray, IntArray
from models.simulator.clock_face import SchoolDay
from models.simulator.places import Places
from models.simulator.plan import Plan, Purpose
from models.simulator.terms import influenza_season, winter

#: Hazard a day at the season's top: from outside, from a class and from a school that is all ill.
_OUTSIDE, _CLASS, _SCHOOL = 0.0026, 0.33, 0.06
#: How susceptibility differs between classes (one log-normal factor a winter).
_CLASS_SPREAD = 0.30
#: Calendar days for which a pupil with influenza infects others, and is away.
_INFECTIOUS_DAYS = 2
_INFLUENZA_AWAY = (3, 7)
#: Below this the season is over, and nothing is worked out.
_SEASON_FLOOR = 0.01
#: Colds: more in winter; a spell goes on after each calendar day with this chance.
_COLD_SUMMER, _COLD_WINTER = 0.75, 0.65
_COLD_GOES_ON = 0.55
_COLD_GREATEST_DAYS = 20
#: After a weekend or holiday up to this many days' onsets come at once.
_GREATEST_GAP = 3


@dataclass(slots=True)
class Health:
    """Each seat's illness; dates are ordinals."""

    ill_until: IntArray
    """``[seats]``: last date of the spell under way, or a date gone by."""
    infected_on: IntArray
    """``[seats]``: date of this winter's influenza, 0 where there was none."""
    class_factor: FloatArray
    """``[groups]``: how easily influenza spreads in a group this winter."""


def healthy(places: Places) -> Health:
    """Make a district without illness; call :func:`begin_winter` next."""
    seats, groups = len(places.seat_group), len(places.groups)
    return Health(
        ill_until=np.zeros(seats, np.int64),
        infected_on=np.zeros(seats, np.int64),
        class_factor=np.ones(groups, np.float32),
    )


def begin_winter(health: Health, plan: Plan, year: int) -> None:
    """Make everyone susceptible to a school year's influenza."""
    random = plan.stream(Purpose.ILLNESS, year)
    spread = random.normal(0.0, _CLASS_SPREAD, len(health.class_factor))
    health.class_factor = np.round(np.exp(spread), 6).astype(np.float32)
    health.infected_on[:] = 0


def fall_ill(
    health: Health,
    places: Places,
    group: IntArray,
    day: SchoolDay,
    *,
    rates: FloatArray,
    random: np.random.Generator,
) -> BoolArray:
    """Draw the day's onsets; returns ``[seats]``, who fell ill today.

    ``group`` and ``rates`` are ``[seats]``: each pupil's group today, and spells a day.
    """
    today = day.ordinal
    seats = len(group)
    season = np.float32(_COLD_SUMMER + _COLD_WINTER * winter(day.date))
    well = health.ill_until < today
    onset: BoolArray = (random.random(seats, np.float32) < rates * season) & well
    ill = np.flatnonzero(onset)
    health.ill_until[ill] = (
        today - 1 + np.minimum(random.geometric(1.0 - _COLD_GOES_ON, len(ill)), _COLD_GREATEST_DAYS)
    )
    pressure = influenza_season(day.date)
    if pressure > _SEASON_FLOOR:
        caught = _catch_influenza(health, places, group, day, pressure=pressure, random=random)
        health.infected_on[caught] = today
        health.ill_until[caught] = (
            today - 1 + random.integers(_INFLUENZA_AWAY[0], _INFLUENZA_AWAY[1] + 1, len(caught))
        )
        onset[caught] |= well[caught]
    return onset


def _catch_influenza(
    health: Health,
    places: Places,
    group: IntArray,
    day: SchoolDay,
    *,
    pressure: float,
    random: np.random.Generator,
) -> IntArray:
    """Find the seats that come down with influenza today."""
    gap = min(day.gap_days, _GREATEST_GAP)
    groups, schools = len(places.groups), len(places.schools)
    infectious = health.infected_on >= day.ordinal - _INFECTIOUS_DAYS - (gap - 1)
    infectious &= health.infected_on > 0
    size = np.maximum(np.bincount(group, minlength=groups), 1)
    sick = np.bincount(group[infectious], minlength=groups)
    school_size = np.bincount(places.group_school, size, schools)
    school_sick = np.bincount(places.group_school, sick, schools)
    elsewhere = (school_sick / school_size)[places.group_school]
    force = health.class_factor * (
        pressure * _OUTSIDE + pressure**0.5 * (_CLASS * sick / size + _SCHOOL * elsewhere)
    )
    hazard = (1.0 - np.exp(-force * gap)).astype(np.float32)
    caught = (random.random(len(group), np.float32) < hazard[group]) & (health.infected_on == 0)
    return np.flatnonzero(caught)
