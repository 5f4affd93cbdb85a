"""Tables of patterns of invented pupils, some of whom are in trouble."""

from dataclasses import dataclass

import numpy as np

from models.features import FEATURES
from models.fitting.judging.judge import Case, Label
from models.fitting.judging.logistic import fit_logistic
from models.pattern_table import NULL_LABEL, PatternTable

BEGIN = 735_000
EVERY = 5


@dataclass(frozen=True)
class Wish:
    pupils: int = 400
    cuts: int = 6
    schools: int = 2
    groups: bool = True
    mentors: bool = True
    knows: float = 1.0
    """How much of a pupil's trouble the score sees that the counts do not show."""
    seed: int = 1
    shows_unseen: bool = False
    """That trouble shows in `days_since_seen`, which no baseline looks at."""


def invented(wish: Wish) -> PatternTable:
    chance = np.random.default_rng(wish.seed)
    pupil = np.repeat(np.arange(wish.pupils), wish.cuts)
    cut = np.tile(np.arange(wish.cuts), wish.pupils)
    rows = len(pupil)
    school = pupil % wish.schools
    trouble, unseen = chance.normal(size=wish.pupils), chance.normal(size=wish.pupils)
    risk = 1 / (1 + np.exp(3.0 - trouble[pupil] - 1.5 * unseen[pupil]))
    truth = (chance.random(rows) < risk).astype(np.int8)
    expected = np.minimum(10 * (cut + 1), 60)
    missed = chance.binomial(expected, 1 / (1 + np.exp(2.5 - trouble[pupil])))
    columns = {name: np.zeros(rows) for name in FEATURES}
    columns["expected_sessions_60"] = expected.astype(float)
    columns["missed_sessions_60"] = missed.astype(float)
    columns["expected_sessions_20"] = np.where(chance.random(rows) < 0.1, 0.0, 10.0)
    columns["missed_sessions_20"] = np.minimum(
        columns["expected_sessions_20"], chance.poisson(1.0, rows)
    )
    columns["spells_60"] = chance.poisson(2.0, rows).astype(float)
    columns["illness_spells_12w"] = chance.poisson(0.5, rows).astype(float)
    columns["run_days"] = chance.poisson(0.3, rows).astype(float)
    if wish.shows_unseen:
        columns["days_since_seen"] = np.round(np.clip(3 + 2 * unseen[pupil], 0, None))
    tier = 1 + (missed / expected > 0.25) + (missed / expected > 0.4)
    points = -3.0 + trouble[pupil] + 1.5 * wish.knows * unseen[pupil]
    score = 1 / (1 + np.exp(-np.round(points, 1)))  # rounded: a ranking has ties
    there = chance.random(rows) < 0.97  # some are not enrolled on some cuts
    truth[chance.random(rows) < 0.1] = NULL_LABEL
    table = PatternTable(
        schools=[f"S{each}" for each in range(wish.schools)],
        pupils=[f"pupil-{each}-x" for each in range(wish.pupils)],
        groups=["G1", "G2", "G3", None] if wish.groups else [None],
        mentors=["m1", "m2", None] if wish.mentors else [None],
        phases=["vo", "mbo", "transition"],
        school=school.astype(np.int32),
        pupil=pupil.astype(np.int32),
        group=(pupil % 4 if wish.groups else pupil * 0).astype(np.int32),
        mentor=(pupil % 3 if wish.mentors else pupil * 0).astype(np.int32),
        phase=np.where(pupil < 10, 2, pupil % 2).astype(np.int32),
        as_of=(BEGIN + 21 * cut + school).astype(np.int32),
        columns=columns,
        tier_attendance=tier.astype(np.uint8),
        tier_unauthorised=(1 + (chance.random(rows) < 0.02)).astype(np.uint8),
        score=score,
        label_absence=truth,
        label_left=np.where(truth == NULL_LABEL, NULL_LABEL, 1 - truth).astype(np.int8),
    )
    return table.rows(there)


def case_of(table: PatternTable, **more: object) -> Case:
    logistic = fit_logistic(table, table.label_absence)
    return Case(table, Label.ABSENCE, 0.2, EVERY, logistic, **more)
