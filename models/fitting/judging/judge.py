"""Judge a scorecard on a table of patterns: all figures of the report, and the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import numpy as np
from sklearn.metrics import brier_score_loss, roc_curve

from models.arrays import AnyArray, BoolArray, FloatArray, IntArray
from models.events.instants import write_date
from models.fitting.judging.alerts import Gained, days_gained, first_flagged, load
from models.fitting.judging.baselines import (
    DEFINITIONS,
    WORDS,
    Method,
    rankings,
    rules_tier,
    school_days,
    subjects,
)
from models.fitting.judging.calibration import calibration
from models.fitting.judging.logistic import Logistic
from models.fitting.judging.parts import parts
from models.fitting.judging.ranking import Ranking
from models.fitting.judging.resampling import DRAWS, Estimate, Progress, estimates, rounded
from models.fitting.judging.verdict import SHARE, Verdict, verdict, warnings
from models.pattern_table import NULL_LABEL, PatternTable

FORMAT: Final = 1
SHARES: Final = (0.05, 0.10, 0.20)
_LOUD_TIER: Final = 2
_CURVE: Final = np.linspace(0, 1, 51)

Key = tuple[str, ...]


class Label(StrEnum):
    """What is foretold."""

    ABSENCE = "absence"
    LEFT = "left"


def words_of(label: Label, within_days: int) -> str:
    """Say what those who are to be found do."""
    match label:
        case Label.ABSENCE:
            return "go on to miss a tenth or more"
        case Label.LEFT:
            return f"leave within {within_days} days"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and the figures it stands on (plain JSON, without any pupil's id)."""

    verdict: Verdict
    report: dict[str, Any]

    @property
    def is_worth_it(self) -> bool:
        """Whether the scorecard beats all baselines."""
        return self.verdict.is_worth_it

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        return self.verdict.sentence


class NothingToJudgeError(Exception):
    """No row has a label of both sorts."""


@dataclass(frozen=True, slots=True)
class Case:
    """What was scored, what came of it, and how it is to be told."""

    table: PatternTable
    """All rows, those without a label too: alerts are counted on them."""
    label: Label
    threshold: float
    """A score from here on is an alert."""
    every: int
    """School days from one cut to the next."""
    logistic: Logistic
    within_days: int = 40
    """Calendar days, for `Label.LEFT`."""
    simulated: bool = False
    """The pupils of the table are invented."""
    trained_on_simulated: bool = False
    sha256: str = ""
    """The scorecard's."""
    since: int | None = None
    """Ordinal of a date: what lies before it is known, and not judged."""
    trained_until: int | None = None
    """Ordinal of the last cut day of the training rows."""

    @property
    def labels(self) -> AnyArray:
        """What came of each row: `NULL_LABEL`, 0 or 1."""
        return self.table.label_left if self.label is Label.LEFT else self.table.label_absence


def _why(truth: BoolArray) -> str:
    """Say why labels tell nothing."""
    if not len(truth):
        return "the log tells of no row of these days what came of it"
    told = "all" if truth.all() else "none"
    return f"{told} of the {len(truth):,} rows whose future is known came true"


def judge(
    case: Case, *, seed: int = 0, draws: int = DRAWS, progress: Progress = lambda _: None
) -> Judgement:
    """Compare a scorecard with five baselines at the same number of alerts.

    Raises
    ------
    NothingToJudgeError
        The labels that are known are all alike, or none is known.
    """
    ranked = rankings(case.table, case.logistic)
    if case.since is not None:
        later = case.table.as_of >= case.since
        case = replace(case, table=case.table.rows(later))
        ranked = {method: score[later] for method, score in ranked.items()}
    known = case.labels != NULL_LABEL
    truth = case.labels[known] == 1
    if truth.all() or not truth.any():
        raise NothingToJudgeError(f"label {case.label}: nothing to judge by, as {_why(truth)}")
    subject = subjects(case.table)
    figures = _Figures(case, ranked, known, truth, subject)
    found, drawn = estimates(figures, int(subject.max()) + 1, seed, draws, progress)
    top = (f"top_{SHARE * 100:.0f}", "precision")
    judged = case.table.rows(known)
    to_find = len(np.unique(subject[known][truth]))
    decided = verdict(
        {each: found[(each, "per_school_day", *top)]["value"] or 0.0 for each in Method},
        {each: drawn[(each, "per_school_day", *top)] for each in Method},
        pupils_to_find=to_find,
        words=words_of(case.label, case.within_days),
        simulated=case.simulated,
        trained_on_simulated=case.trained_on_simulated,
    )
    doubts = warnings(
        decided,
        found[(Method.SCORECARD, "pooled", "auc")]["value"] or 0.0,
        {each: found[(each, "pooled", *top)]["value"] or 0.0 for each in Method},
        int(case.table.as_of[known].min()),
        case.trained_until,
    )
    report = {
        "format": FORMAT,
        "verdict": decided.as_dict(),
        "simulated": case.simulated,
        "trained_on_simulated": case.trained_on_simulated,
        "warnings": doubts,
        "scorecard": {"sha256": case.sha256, "threshold": case.threshold},
        "label": case.label.value,
        "label_words": words_of(case.label, case.within_days),
        "within_days": case.within_days if case.label is Label.LEFT else None,
        "every": case.every,
        "since": None if case.since is None else write_date(case.since),
        "seed": seed,
        "draws": draws,
        "data": _data(judged, subject[known], truth, to_find),
        "logistic": case.logistic.as_dict(),
        "methods": _methods(found),
        "roc": _curves(ranked, known, truth),
        "calibration": _calibration(case, known, truth, subject[known], seed, draws),
        "alerts": figures.loads,
        **parts(judged, truth, subject[known], seed, draws),
    }
    return Judgement(decided, report)


class _Figures:
    """All figures of all methods, for weighted pupils."""

    def __init__(
        self,
        case: Case,
        ranked: Mapping[Method, FloatArray],
        known: BoolArray,
        truth: BoolArray,
        subject: IntArray,
    ) -> None:
        table = case.table
        by_rules = rules_tier(table) >= _LOUD_TIER
        with np.errstate(invalid="ignore"):
            flagged = table.score >= case.threshold
        who, days = subject[known], school_days(table)[known]
        pupils = int(subject.max()) + 1
        self._flagged = np.bincount(who, flagged[known], pupils)
        self._by_rules = np.bincount(who, by_rules[known], pupils)
        self._pooled = {each: Ranking(ranked[each][known], truth, None, who) for each in Method}
        self._daily = {each: Ranking(ranked[each][known], truth, days, who) for each in Method}
        number = int(flagged.sum())
        self._gained: dict[Method, Gained] = {}
        self.loads: dict[str, Any] = {}
        for each in Method:
            first = (
                flagged if each is Method.SCORECARD else first_flagged(table, ranked[each], number)
            )
            self.loads[each.value] = _as_load(table, first)
            if each is not Method.RULES:
                self._gained[each] = days_gained(table, first, by_rules, case.every)
        self.loads["rules_at_their_own_number"] = _as_load(table, by_rules)

    def __call__(self, weights: FloatArray) -> dict[Key, float]:
        """Give each figure by its place in the report; weights are of pupils."""
        as_many = np.array([weights @ self._flagged])
        as_rules = np.array([weights @ self._by_rules])
        figures: dict[Key, float] = {}
        for method in Method:
            pooled, daily = self._pooled[method].tally(weights), self._daily[method].tally(weights)
            figures[method, "pooled", "auc"] = pooled.auc()
            figures[method, "pooled", "average_precision"] = pooled.average_precision()
            figures[method, "per_school_day", "auc"] = daily.auc()
            for name, tally in (("pooled", pooled), ("per_school_day", daily)):
                for share in SHARES:
                    found = tally.named_share(share)
                    figures[method, name, f"top_{share * 100:.0f}", "precision"] = found.precision
                    figures[method, name, f"top_{share * 100:.0f}", "recall"] = found.recall
            for name, budget in (("as_many_alerts", as_many), ("as_many_as_rules", as_rules)):
                found = pooled.named(budget)
                figures[method, name, "precision"] = found.precision
                figures[method, name, "recall"] = found.recall
            if method in self._gained:
                gained = self._gained[method]
                weight, days = weights[gained.subject], gained.days
                pupils = weight.sum() or np.nan
                figures[method, "days_gained", "mean"] = float(weight @ days / pupils)
                figures[method, "days_gained", "share_told_earlier"] = float(
                    weight @ (days > 0) / pupils
                )
        return figures


def _as_load(table: PatternTable, flagged: BoolArray) -> dict[str, Any]:
    counted = load(table, flagged)
    return {
        "rows": int(flagged.sum()),
        "alerts": counted.alerts,
        "mentor_weeks": rounded(counted.mentor_weeks),
        "per_mentor_week": rounded(counted.per_mentor_week),
    }


def _methods(found: Mapping[Key, Estimate]) -> dict[str, Any]:
    methods: dict[str, Any] = {
        each.value: {"words": WORDS[each], "definition": DEFINITIONS[each]} for each in Method
    }
    for (method, *path, last), value in found.items():
        place = methods[str(method)]
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    return methods


def _data(
    judged: PatternTable, subject: IntArray, truth: BoolArray, to_find: int
) -> dict[str, Any]:
    return {
        "rows": len(judged),
        "pupils": len(np.unique(subject)),
        "pupils_to_find": to_find,
        "schools": len(np.unique(judged.school)),
        "school_days": len(np.unique(school_days(judged))),
        "first": write_date(int(judged.as_of.min())),
        "last": write_date(int(judged.as_of.max())),
        "prevalence": rounded(float(truth.mean())),
    }


def _curves(
    ranked: Mapping[Method, FloatArray], known: BoolArray, truth: BoolArray
) -> dict[str, Any]:
    curves: dict[str, Any] = {"false_share": [round(float(share), 2) for share in _CURVE]}
    for method, score in ranked.items():
        finite = np.isfinite(score)
        lowest = score[finite].min() - 1.0 if finite.any() else 0.0
        false, true, _ = roc_curve(truth, np.where(finite, score, lowest)[known])
        curves[method.value] = [rounded(float(share)) for share in np.interp(_CURVE, false, true)]
    return curves


def _calibration(
    case: Case, known: BoolArray, truth: BoolArray, subject: IntArray, seed: int, draws: int
) -> dict[str, Any] | None:
    score = case.table.score[known]
    if not np.isfinite(score).all() or score.min() < 0 or score.max() > 1:
        return None
    return {
        "brier": rounded(float(brier_score_loss(truth, score))),
        "brier_of_prevalence": rounded(float(truth.mean() * (1 - truth.mean()))),
        "bins": calibration(score, truth, subject, seed, draws),
    }
