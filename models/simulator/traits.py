"""What makes one pupil's year differ from another's.

Absence is spread unevenly: in absence_per_pupil_year.json (plain year 2017-18) half of the pupils
miss less than 3 to 6 % of the year, the worst hundredth 27 to 44 %. Three log-normal propensities
(illness, staying away, lateness) that go together to some degree give such a spread; a part of
each is the pupil's own for good, the rest is drawn anew every school year. Schools and groups add
their own, since attendance works at several levels.

The constants were fitted by hand so that a simulated school year meets that file; the test
``tests/simulator/test_plausibility.py`` holds them there. They describe no real school.
"""

from dataclasses import dataclass

import numpy as np

from models.simulator.arrays import FloatArray
from models.simulator.places import Places
from models.simulator.plan import Plan, Purpose

#: Spells a school day of a pupil in the middle, and the spread of its logarithm over pupils.
_ILLNESS_MEDIAN, _ILLNESS_SPREAD = 0.0100, 0.95
#: Whole days stayed away a school day.
_AWAY_MEDIAN, _AWAY_SPREAD = 0.0100, 1.5
#: First sessions to which a pupil comes late.
_LATE_MEDIAN, _LATE_SPREAD = 0.010, 1.2
#: How much illness and staying away, and staying away and lateness, go together.
_TOGETHER = 0.45
#: Part of the variance that stays the pupil's own from year to year (the file: r 0.51 to 0.64).
_PERSISTENCE = 0.8
_SCHOOL_SPREAD, _GROUP_SPREAD = 0.30, 0.20
#: Nobody stays away more often than this without drifting away altogether.
_AWAY_GREATEST, _ILLNESS_GREATEST, _LATE_GREATEST = 0.28, 0.12, 0.80
#: Rates are rounded, so that the last bit of a machine's ``exp`` changes no byte.
_DIGITS = 7


@dataclass(slots=True)
class Traits:
    """Each seat's propensities; ``[seats]`` all of them."""

    lasting: FloatArray
    """``[3, seats]``: the standard normal part that stays with the pupil."""
    environment: FloatArray
    """``[seats]``: what school and group add to the logarithms."""
    illness: FloatArray
    """Spells of illness a school day."""
    away: FloatArray
    """Whole days stayed away, a school day."""
    late: FloatArray
    """Lateness at the first session, a school day."""


def draw_traits(plan: Plan, places: Places) -> Traits:
    """Draw traits of the pupils with whom the district begins; call :func:`begin_year` next."""
    random = plan.stream(Purpose.TRAITS)
    seats = len(places.seat_group)
    school = random.normal(0.0, _SCHOOL_SPREAD, len(places.schools))
    group = random.normal(0.0, _GROUP_SPREAD, len(places.groups)) + school[places.group_school]
    none = np.zeros(seats, np.float32)
    return Traits(
        lasting=random.standard_normal((3, seats), np.float32),
        environment=group[places.seat_group].astype(np.float32),
        illness=none,
        away=none,
        late=none,
    )


def begin_year(traits: Traits, plan: Plan, year: int) -> None:
    """Draw a school year's part of every propensity, and the rates that follow."""
    random = plan.stream(Purpose.YEAR, year)
    fresh = random.standard_normal(traits.lasting.shape, np.float32)
    traits.illness, traits.away, traits.late = _rates(traits.lasting, fresh, traits.environment)


def welcome(traits: Traits, seat: int, random: np.random.Generator) -> None:
    """Draw another pupil's traits for a seat, within the same school and group."""
    traits.lasting[:, seat] = random.standard_normal(3, np.float32)
    one = slice(seat, seat + 1)
    fresh = random.standard_normal((3, 1), np.float32)
    rates = _rates(traits.lasting[:, one], fresh, traits.environment[one])
    traits.illness[one], traits.away[one], traits.late[one] = rates


def _rates(lasting: FloatArray, fresh: FloatArray, environment: FloatArray) -> list[FloatArray]:
    """Work out the three rates a school day, from two ``[3, pupils]`` of standard normals."""
    own, year_part = np.sqrt(_PERSISTENCE), np.sqrt(1.0 - _PERSISTENCE)
    first, second, third = (own * lasting + year_part * fresh).astype(np.float64)
    apart = np.sqrt(1.0 - _TOGETHER**2)
    second = _TOGETHER * first + apart * second
    third = _TOGETHER * second + apart * third
    around = np.exp(environment.astype(np.float64))
    return [
        np.round(np.minimum(rates, greatest), _DIGITS).astype(np.float32)
        for rates, greatest in (
            (_ILLNESS_MEDIAN * np.exp(_ILLNESS_SPREAD * first), _ILLNESS_GREATEST),
            (_AWAY_MEDIAN * np.exp(_AWAY_SPREAD * second) * around, _AWAY_GREATEST),
            (_LATE_MEDIAN * np.exp(_LATE_SPREAD * third) * around, _LATE_GREATEST),
        )
    ]
