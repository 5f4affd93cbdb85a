"""What each pupil did today, what the school said of it at once, and what it will say later.

All of it is drawn for the whole district at once: arrays ``[seats, sessions]`` of the numbers of
:mod:`models.simulator.marks`. Later causes cover earlier ones: an ill pupil is not late.
"""

from dataclasses import dataclass

import numpy as np

from models.simulator import marks
from models.simulator.arrays import BoolArray, FloatArray, IntArray, MarkArray
from models.simulator.traits import Traits

#: Single sessions skipped, as a part of the whole days stayed away; the last session most.
_SKIP_PART, _SKIP_LAST = 0.35, 2.5
#: Lateness at later sessions, as a part of that at the first.
_LATE_LATER = 0.15
#: Mondays and Fridays draw people away.
_WEEKDAY_AWAY = (1.25, 0.9, 0.9, 0.95, 1.2)
_DOCTOR, _LEAVE = 0.0030, 0.0012
_LEAVE_DAYS = (1, 3)
_SUSPENDED_PART, _SUSPENDED_DAYS = 0.01, (1, 5)
#: One pupil in this many is on placement on one weekday.
_PLACEMENT_ONE_IN = 150
_GOES_HOME_ILL = 0.12
_LEAVES_EARLY = 0.0008
#: Do the parents call? Less so where a pupil stays away often.
_CALL, _CALL_AWAY = 0.90, 2.0
#: What becomes of absence of unknown reason: illness after all, leave, or established truancy.
_ILLNESS_LATER, _AWAY_IS_TRUANCY, _AWAY_IS_ILLNESS, _SNOW_LEAVE = 0.60, 0.20, 0.08, 0.03
#: Whoever stays away, for drifting too, is called in ill now and then.
_AWAY_CALLED_ILL = 0.30


@dataclass(slots=True)
class Spells:
    """Absence that lasts some days; ``[seats]`` of ordinals, the last date of each."""

    leave_until: IntArray
    suspended_until: IntArray


@dataclass(frozen=True, slots=True)
class Today:
    """What is known of the day before anyone has come in."""

    ordinal: int
    weekday: int
    ill: BoolArray
    """``[seats]``"""
    onset: BoolArray
    """``[seats]``: ill since today."""
    drift: FloatArray
    """``[seats]``: chance to be away for drifting."""
    snow: FloatArray | None
    """``[seats]``: chance that snow keeps a pupil home; None on any other day."""


def no_spells(seats: int) -> Spells:
    """Nobody on leave, nobody suspended."""
    return Spells(np.zeros(seats, np.int64), np.zeros(seats, np.int64))


def behave(
    today: Today, traits: Traits, spells: Spells, sessions: int, random: np.random.Generator
) -> tuple[MarkArray, MarkArray]:
    """Draw the day as (said, later), both ``[seats, sessions]``.

    ``said`` is what registers say of the day, ``later`` the mark to which a correction will
    change it, 0 where nothing will be corrected.
    """
    seats = len(traits.away)
    said = np.zeros((seats, sessions), np.uint8)
    later = np.zeros((seats, sessions), np.uint8)
    _come_late(said, traits, random)
    away = np.minimum(traits.away * np.float32(_WEEKDAY_AWAY[today.weekday]), 0.9)
    _skip_sessions(said, away, random)
    _stay_away(said, later, away, today.drift, random)
    _excused(said, today, spells, away, random)
    _be_ill(said, later, today, away, random)
    _put(said, np.flatnonzero(spells.suspended_until >= today.ordinal), marks.SUSPENDED)
    if today.snow is not None:
        home = np.flatnonzero(random.random(seats, np.float32) < today.snow)
        _put(said, home, marks.UNKNOWN)
        _put(later, home, 0)
        _put(later, home[random.random(len(home)) < _SNOW_LEAVE], marks.LEAVE)
    later[said != marks.UNKNOWN] = 0
    return said, later


def _put(day: MarkArray, seats: IntArray, mark: int) -> None:
    """Set the same mark in every session of some seats."""
    day[seats] = mark


def _come_late(said: MarkArray, traits: Traits, random: np.random.Generator) -> None:
    """Lateness, most of it at the first session, most of it without a reason."""
    chance = random.random(said.shape, np.float32)
    rate = traits.late[:, None].repeat(said.shape[1], axis=1)
    rate[:, 1:] *= _LATE_LATER
    seat, session = np.nonzero(chance < rate)
    steps = np.minimum(random.geometric(0.45, len(seat)) - 1, marks.LATE_STEPS - 1)
    kind = random.choice(
        np.asarray([marks.LATE_UNKNOWN, marks.LATE_UNAUTHORISED, marks.LATE_MEDICAL]),
        len(seat),
        p=[0.65, 0.25, 0.10],
    )
    said[seat, session] = kind + steps


def _skip_sessions(said: MarkArray, away: FloatArray, random: np.random.Generator) -> None:
    """Single sessions skipped or left early; a day of one session has neither."""
    sessions = said.shape[1]
    if sessions == 1:
        return
    chance = random.random(said.shape, np.float32)
    rate = (away * np.float32(_SKIP_PART / sessions * 2))[:, None].repeat(sessions, axis=1)
    rate[:, -1] *= _SKIP_LAST
    said[chance < rate] = marks.UNKNOWN
    early = np.flatnonzero((chance[:, -1] > 1.0 - _LEAVES_EARLY) & (said[:, -1] == marks.PRESENT))
    said[early, -1] = marks.LEFT_UNKNOWN + random.integers(0, marks.LEFT_STEPS, len(early))
    doctor = np.flatnonzero(chance[:, 0] > 1.0 - _DOCTOR)
    said[doctor, random.integers(0, sessions, len(doctor))] = marks.MEDICAL


def _stay_away(
    said: MarkArray,
    later: MarkArray,
    away: FloatArray,
    drifting: FloatArray,
    random: np.random.Generator,
) -> None:
    """Whole days away without a word, and pupils who drift."""
    chance = random.random(len(away), np.float32)
    gone = np.flatnonzero(chance < 1.0 - (1.0 - away) * (1.0 - drifting))
    _put(said, gone, marks.UNKNOWN)
    luck = random.random(len(gone))
    _put(later, gone[luck < _AWAY_IS_TRUANCY + _AWAY_IS_ILLNESS], marks.ILLNESS)
    _put(later, gone[luck < _AWAY_IS_TRUANCY], marks.UNAUTHORISED)
    _put(said, gone[random.random(len(gone)) < _AWAY_CALLED_ILL], marks.ILLNESS)


def _excused(
    said: MarkArray,
    today: Today,
    spells: Spells,
    away: FloatArray,
    random: np.random.Generator,
) -> None:
    """Leave, suspension and placement: known beforehand, so never corrected."""
    seats = len(away)
    chance = random.random(seats, np.float32)
    on_leave = np.flatnonzero((chance < _LEAVE) & (spells.leave_until < today.ordinal))
    days = random.integers(_LEAVE_DAYS[0], _LEAVE_DAYS[1] + 1, len(on_leave))
    spells.leave_until[on_leave] = today.ordinal + days - 1
    _put(said, np.flatnonzero(spells.leave_until >= today.ordinal), marks.LEAVE)
    suspended = np.flatnonzero(chance > 1.0 - away * _SUSPENDED_PART)
    days = random.integers(_SUSPENDED_DAYS[0], _SUSPENDED_DAYS[1] + 1, len(suspended))
    spells.suspended_until[suspended] = today.ordinal + days - 1
    first = _PLACEMENT_ONE_IN * today.weekday
    said[first :: _PLACEMENT_ONE_IN * len(_WEEKDAY_AWAY)] = marks.ELSEWHERE


def _be_ill(
    said: MarkArray,
    later: MarkArray,
    today: Today,
    away: FloatArray,
    random: np.random.Generator,
) -> None:
    """Illness: reported by the parents, found out later, or never explained."""
    ill = np.flatnonzero(today.ill)
    called = random.random(len(ill)) < _CALL - _CALL_AWAY * np.minimum(away[ill], 0.3)
    reason = np.where(called, marks.ILLNESS, marks.UNKNOWN).astype(np.uint8)
    explained = np.where(random.random(len(ill)) < _ILLNESS_LATER, marks.ILLNESS, 0)
    before = said[ill]
    said[ill] = reason[:, None]
    later[ill] = explained.astype(np.uint8)[:, None]
    sessions = said.shape[1]
    if sessions == 1:
        return
    during = (random.random(len(ill)) < _GOES_HOME_ILL) & today.onset[ill]
    home_in = random.integers(0, sessions, len(ill))
    for row in np.flatnonzero(during).tolist():
        seat, session = int(ill[row]), int(home_in[row])
        said[seat, :session] = before[row, :session]
        said[seat, session] = marks.LEFT_ILLNESS + row % marks.LEFT_STEPS
        said[seat, session + 1 :] = marks.ILLNESS
