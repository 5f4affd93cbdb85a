"""Training: from a table of patterns to a scorecard's file, judged on the way.

Twice: first on what was known early enough, to be judged on later rows and on schools of which it
saw nothing; then, with the same settings, on all rows, which is what the file has.
"""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Final

import numpy as np
from sklearn.metrics import brier_score_loss, roc_auc_score

from models.arrays import AnyArray, BoolArray, FloatArray
from models.events.instants import write_date
from models.features import FEATURES
from models.fitting.calibration import calibrate, centred
from models.fitting.expectations import direction
from models.fitting.fit import OutOfFold, Progress, choose, fit_rows, out_of_fold
from models.fitting.judging import judge as judging
from models.fitting.judging.logistic import fit_logistic
from models.fitting.rows import Rows, hold_out, label_of, rows_of
from models.fitting.thresholds import crossings, threshold_for
from models.pattern_table import NULL_LABEL, PatternTable
from models.scorecard.document import (
    FORMAT,
    Baseline,
    Calibration,
    Content,
    Document,
    Figures,
    Label,
    Settings,
    Table,
    Training,
)
from models.scorecard.file import sealed
from models.scorecard.serving import chance
from models.scorecard.tables import PointsTable, Tables

FEWEST_POSITIVES: Final = 20
_DIGITS: Final = 9
_TOO_SHORT: Final = (
    "Rules alone on these data: the log is too short to hold out later rows to judge a scorecard"
    " by."
)


class NothingToLearnError(Exception):
    """Too few rows of one sort: one line that says so."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for."""

    label: str = "absence"
    within_days: int = 40
    every: int = 1
    alerts_per_mentor_week: float = 1.0
    seed: int = 0
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Trained:
    """A scorecard, and whether it was worth it on later rows."""

    document: Document
    is_worth_it: bool


@dataclass(frozen=True, slots=True)
class _Fitted:
    intercept: float
    tables: list[PointsTable]
    calibration: Calibration
    held_out_scores: FloatArray
    """Of every row, by a model that saw nothing of its school or pupil."""

    def scores(self, features: FloatArray) -> FloatArray:
        columns = [FEATURES.index(each.pattern) for each in self.tables]
        points = Tables(self.tables).points(features.T[columns])
        return chance(self.intercept + points.sum(axis=0))


def train(table: PatternTable, options: Options, progress: Progress) -> Trained:
    """Fit, calibrate, cut off and judge.

    Raises
    ------
    NothingToLearnError
        Too few rows have the label.
    """
    label = label_of(options.label, options.within_days)
    rows = rows_of(table, label)
    _check(rows, label)
    held = hold_out(rows, options.seed)
    settings = choose(rows, held.before, options.seed, progress)
    figures, verdict, is_worth_it = _judged(table, rows, label, settings, options, progress)
    progress("fitting on all rows", 0.0)
    fitted = _fit(rows, settings, options.seed, progress)
    made = crossings(table, rows, fitted.held_out_scores)
    content = Content(
        format=FORMAT,
        simulated=options.simulated,
        label=label,
        intercept=fitted.intercept,
        tables=tuple(_as_table(each, rows) for each in fitted.tables),
        calibration=fitted.calibration,
        threshold=threshold_for(made, options.alerts_per_mentor_week),
        training=_facts(rows, settings, options),
        evaluation=figures,
        verdict=verdict,
        baseline=_baseline(table, rows.label),
    )
    return Trained(sealed(content), is_worth_it)


def _check(rows: Rows, label: Label) -> None:
    positives, negatives = ((rows.label == each).sum() for each in (1, 0))
    if min(positives, negatives) < FEWEST_POSITIVES:
        raise NothingToLearnError(
            f"label {label.name}: {positives} rows have it and {negatives} have not, of"
            f" {len(rows.label)}; at least {FEWEST_POSITIVES} of each are needed"
        )


def _fit(rows: Rows, settings: Settings, seed: int, progress: Progress) -> _Fitted:
    held = out_of_fold(rows, settings, seed, progress)
    known = rows.labelled
    calibration = _calibrate(held, rows)
    intercept, tables = fit_rows(rows, settings, seed).tables()
    references = [_reference(each, rows.features[known]) for each in tables]
    intercept, tables = centred(intercept, tables, references, calibration)
    scores = chance(calibration.slope * held.log_odds + calibration.intercept)
    return _Fitted(intercept, tables, calibration, scores)


def _calibrate(held: OutOfFold, rows: Rows) -> Calibration:
    known = rows.labelled & np.isfinite(held.log_odds)
    return calibrate(held.log_odds[known], rows.label[known])


def _reference(table: PointsTable, features: FloatArray) -> float:
    """What a pupil with nothing to report gets of a table.

    The least, where the points only rise or only fall; the mean, where nobody can say which end
    is the better one.
    """
    if direction(table.pattern) is not None:
        return float(table.values.min())
    column = features[:, FEATURES.index(table.pattern)]
    known = column[~np.isnan(column)]
    return float(table.points(known).mean()) if len(known) else 0.0


def _as_table(table: PointsTable, rows: Rows) -> Table:
    points = table.points(rows.features[rows.labelled, FEATURES.index(table.pattern)])
    return Table(
        table.pattern,
        direction(table.pattern),
        tuple(table.edges.tolist()),
        tuple(table.values.tolist()),
        table.missing,
        round(float(points.std()), _DIGITS),
    )


def _facts(rows: Rows, settings: Settings, options: Options) -> Training:
    known = rows.labelled
    return Training(
        rows=int(known.sum()),
        positives=int((rows.label == 1).sum()),
        pupils=len(np.unique(rows.pupil[known])),
        schools=len(np.unique(rows.school[known])),
        first_day=write_date(int(rows.as_of[known].min())),
        last_day=write_date(int(rows.as_of[known].max())),
        every=options.every,
        seed=options.seed,
        settings=settings,
        versions=versions(),
    )


def versions() -> dict[str, str]:
    """Versions of what a fit depends on."""
    named = {name: version(name) for name in ("numpy", "scikit-learn", "gemist")}
    return {"python": platform.python_version(), **named}


def _baseline(table: PatternTable, label: AnyArray) -> Baseline:
    kept: Mapping[str, float] = {}
    fitted = fit_logistic(table, label).as_dict()
    kept = fitted["coefficients"]
    return Baseline(
        {name: float(value) for name, value in kept.items()}, float(fitted["intercept"])
    )


# ---- judging


def _judged(
    table: PatternTable,
    rows: Rows,
    label: Label,
    settings: Settings,
    options: Options,
    progress: Progress,
) -> tuple[tuple[Figures, ...], str, bool]:
    """Judge a model of the same settings that saw nothing of what it is judged on."""
    held = hold_out(rows, options.seed)
    parts = {
        "later": held.later & ~held.unseen,
        "unseen schools": held.unseen & ~held.later,
        "later, unseen schools": held.later & held.unseen,
    }
    before = (rows.label[held.before] == 1).sum()
    if before < FEWEST_POSITIVES or not _has_both(rows.label, held.later):
        return (), _TOO_SHORT, False
    early = _some(rows, held.before)
    fitted = _fit(early, settings, options.seed, progress)
    scores = fitted.scores(rows.features)
    figures = tuple(
        _figures(name, rows, scores, part)
        for name, part in parts.items()
        if _has_both(rows.label, part)
    )
    made = crossings(table.rows(held.before), early, fitted.held_out_scores)
    progress("judging", 0.0)
    case = judging.Case(
        replace(table, score=scores),
        judging.Label(label.name),
        threshold_for(made, options.alerts_per_mentor_week).score,
        options.every,
        fit_logistic(table.rows(held.before), rows.label[held.before]),
        within_days=label.within_days,
        simulated=options.simulated,
        since=int(rows.as_of[held.later].min()),
    )
    judgement = judging.judge(case, seed=options.seed)
    return figures, judgement.sentence, judgement.is_worth_it


def _some(rows: Rows, which: BoolArray) -> Rows:
    return Rows(
        rows.features[which],
        rows.label[which],
        rows.as_of[which],
        rows.school[which],
        rows.pupil[which],
        rows.known_on[which],
    )


def _has_both(label: AnyArray, which: BoolArray) -> bool:
    return bool((label[which] == 0).any() and (label[which] == 1).any())


def _figures(name: str, rows: Rows, scores: FloatArray, part: BoolArray) -> Figures:
    label, score = rows.label[part], scores[part]
    assert (label != NULL_LABEL).all()
    assert name in {"later", "unseen schools", "later, unseen schools"}
    ranked = label[np.argsort(-score, kind="stable")]

    def precision(share: float) -> float:
        return round(float(ranked[: max(1, round(share * len(ranked)))].mean()), _DIGITS)

    return Figures(
        name,  # type: ignore[arg-type]
        rows=len(label),
        positives=int(label.sum()),
        pupils=len(np.unique(rows.pupil[part])),
        schools=len(np.unique(rows.school[part])),
        first_day=write_date(int(rows.as_of[part].min())),
        last_day=write_date(int(rows.as_of[part].max())),
        auc=round(float(roc_auc_score(label, score)), _DIGITS),
        precision_at_5_percent=precision(0.05),
        precision_at_10_percent=precision(0.10),
        precision_at_20_percent=precision(0.20),
        brier=round(float(brier_score_loss(label, score)), _DIGITS),
    )
