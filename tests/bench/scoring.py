"""Serving a scorecard, beside the model compiled: ``python -m tests.bench.scoring``.

Both score the same invented pupils in batches of 1,000, in turns, on one thread, with a batch laid
out a pattern after the other, as `models.features` does it, and a pupil after the other. What is
to be beaten is ``predict_proba`` of one of the models of which a scorecard is the mean; all of
them take so many times longer, which is told but not counted. Prints JSON.
"""

import json
import sys
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from models.features import FEATURES
from models.fitting.fit import Ensemble, fit
from models.score_patterns import QUOTIENTS
from models.scorecard.document import Settings
from models.scorecard.serving import chance, looked_up
from models.scorecard.tables import Tables

BATCH, BATCHES, ROUNDS = 1_000, 40, 5
LEAST_RATIO = 50.0
SETTINGS = Settings(300, 0.1, 4, 50, 1.0)


def pupils(count: int, seed: int) -> np.ndarray:
    """Whole numbers and quotients, as patterns are; each tenth of them null."""
    random = np.random.default_rng(seed)
    features = random.geometric(0.2, (count, len(FEATURES))).astype(float) - 1
    for place, name in enumerate(FEATURES):
        if name in QUOTIENTS:
            features[:, place] /= features[:, place] + random.geometric(0.2, count)
    features[random.random(features.shape) < 0.1] = np.nan
    return features


def model_of(features: np.ndarray) -> Ensemble:
    """Fit on labels in which every pattern has a part."""
    random = np.random.default_rng(1)
    weights = random.uniform(0.05, 0.2, features.shape[1])
    log_odds = np.log1p(np.nan_to_num(features)) @ weights * 2 - 3
    label = (random.random(len(features)) < chance(log_odds)).astype(int)
    pupil = np.arange(len(label))
    return fit(features, label, pupil, np.zeros_like(pupil), SETTINGS, 0)


def main() -> int:
    """Measure, and say whether the ratio is reached."""
    model = model_of(pupils(50_000, 0))
    intercept, points = model.tables()
    tables = Tables(points)
    columns = np.array([FEATURES.index(each.pattern) for each in points])
    rows = np.split(pupils(BATCH * BATCHES, 2), BATCHES)
    layouts = {"by_pattern": [np.asfortranarray(each) for each in rows], "by_pupil": rows}

    def served(features: np.ndarray) -> np.ndarray:
        return chance(looked_up(intercept, tables, columns, features))

    def mean_of_all(features: np.ndarray) -> np.ndarray:
        return chance(model.log_odds(features))

    one = model.models[0].predict_proba
    scorers = {"scorecard": served, "predict_proba": one}
    found: dict[str, dict[str, float]] = {}
    with threadpool_limits(limits=1):
        worst = max(np.abs(served(x) - mean_of_all(x)).max() for x in rows)
        for layout, batches in layouts.items():
            seconds: dict[str, list[float]] = {name: [] for name in scorers}
            for _ in range(ROUNDS):
                for name, score in scorers.items():
                    begun = perf_counter()
                    for batch in batches:
                        score(batch)
                    seconds[name].append((perf_counter() - begun) / BATCHES)
            best = {name: min(each) for name, each in seconds.items()}
            found[layout] = {name: round(each * 1e6, 1) for name, each in best.items()}
            found[layout]["ratio"] = round(best["predict_proba"] / best["scorecard"], 1)
    report = {
        "batch": BATCH,
        "patterns": len(columns),
        "edges": sum(len(each.edges) for each in points),
        "iterations": SETTINGS.iterations,
        "models_of_the_mean": len(model.models),
        "microseconds_a_batch": found,
        "greatest_difference": float(worst),
    }
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    is_reached = all(each["ratio"] >= LEAST_RATIO for each in found.values())
    return 0 if is_reached and worst < 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main())
