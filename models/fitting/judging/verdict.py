"""The one sentence: worth it on these data, or rules alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.arrays import FloatArray
from models.events.instants import write_date
from models.fitting.judging.baselines import BASELINES, WORDS, Method
from models.fitting.judging.resampling import Estimate, estimate, rounded

SHARE: Final = 0.10
"""Of the pupils of each school on each cut day: so many are named."""
LEAST_GAIN: Final = 0.05
"""A model costs more to keep than a rule: it has to be right so much more often, relatively."""
LEAST_PUPILS: Final = 50
"""Pupils to be found; with fewer one cannot tell."""
SUSPICIOUS_AUC: Final = 0.95
"""Above it one suspects that the future leaked (DESIGN.md 5)."""
CRITERION: Final = (
    "Fixed beforehand: name the first tenth of the pupils of each school on each cut day. The"
    " scorecard is worth it if it is right at least a twentieth more often than the best of the"
    " five baselines, and if the 95 % interval of that difference, over 400 drawings of pupils with"
    " the best baseline chosen anew in each, lies above zero. With fewer than 50 pupils to be"
    " found, rules alone."
)
SIMULATED: Final = "Simulated pupils: no evidence about real ones."
TRAINED_ON_SIMULATED: Final = "It was trained on simulated pupils."


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a scorecard earns its place on the data at hand."""

    is_worth_it: bool
    sentence: str
    explanation: str
    """The sentence without its beginning."""
    best_baseline: Method
    difference: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Give it as a report has it."""
        return {
            "is_worth_it": self.is_worth_it,
            "sentence": self.sentence,
            "explanation": self.explanation,
            "criterion": CRITERION,
            "best_baseline": self.best_baseline.value,
            "difference": self.difference,
        }


def verdict(
    precision: Mapping[Method, float],
    drawn: Mapping[Method, FloatArray],
    *,
    pupils_to_find: int,
    words: str,
    simulated: bool,
    trained_on_simulated: bool = False,
) -> Verdict:
    """Judge by precision at `SHARE`; ``drawn`` are the same draws of pupils for each method."""
    best = max(BASELINES, key=lambda each: np.nan_to_num(precision[each], nan=-1.0))
    ours, theirs = precision[Method.SCORECARD], precision[best]
    best_drawn = np.max([drawn[each] for each in BASELINES], axis=0)
    difference = estimate(ours - theirs, drawn[Method.SCORECARD] - best_drawn)
    low, high = difference["low"], difference["high"]
    is_worth_it = False
    if pupils_to_find < LEAST_PUPILS or low is None or high is None:
        opening = "Rules alone on these data"
        explanation = (
            f"only {pupils_to_find} pupils {words}, too few to tell whether the scorecard finds"
            " more of them."
        )
    else:
        is_worth_it = low > 0 and ours - theirs >= LEAST_GAIN * theirs
        opening = (
            "Worth it on these data"
            if is_worth_it
            else "Rules alone on these data (the scorecard is not clearly better)"
        )
        explanation = (
            f"of 100 pupils it names, {100 * ours:.1f} {words}; of 100 that the best baseline"
            f" ({WORDS[best]}) names, {100 * theirs:.1f}"
            f" (difference {100 * (ours - theirs):.1f}, 95 % interval"
            f" {100 * low:.1f} to {100 * high:.1f})."
        )
    sentence = f"{opening}: {explanation}"
    if simulated:
        sentence = f"{sentence} {SIMULATED}"
    elif trained_on_simulated:
        sentence = f"{sentence} {TRAINED_ON_SIMULATED}"
    return Verdict(is_worth_it, sentence, explanation, best, difference)


def warnings(
    decided: Verdict,
    auc: float,
    pooled: Mapping[Method, float],
    first_day: int,
    trained_until: int | None,
) -> list[str]:
    """Say what to distrust.

    ``pooled`` is precision at `SHARE` of all schools and days as one list; days are ordinals of
    dates.
    """
    found = []
    if auc > SUSPICIOUS_AUC:
        found.append(
            f"The area under the ROC curve is {rounded(auc)}: above {SUSPICIOUS_AUC} one suspects"
            " that something from after the cut reached the patterns."
        )
    best = max(BASELINES, key=lambda each: pooled[each])
    of_100 = {each: round(100 * pooled[each], 1) for each in (best, Method.SCORECARD)}
    if decided.is_worth_it and of_100[best] > of_100[Method.SCORECARD]:
        found.append(
            f"With all schools and days as one list, {WORDS[best]} is right more often:"
            f" {of_100[best]:.1f} of 100, the scorecard {of_100[Method.SCORECARD]:.1f}. The verdict"
            " is about each school's pupils on one day, as a mentor meets them."
        )
    if trained_until is not None and first_day <= trained_until:
        found.append(
            f"The days judged begin on {write_date(first_day)}, and the scorecard was trained on"
            f" days up to {write_date(trained_until)}. Where the same pupils are in both, these"
            " figures are too good: judge it on later days, or on other schools."
        )
    return found
