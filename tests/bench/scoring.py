"""Serving a scorecard, beside the model compiled: ``python -m tests.bench.scoring``.

Both score the same invented pupils in batches of 1,000, in turns, on one thread. Prints JSON.
"""

import json
import sys
from time import perf_counter
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from models.features import FEATURES
from models.fitting.compiling import compile_tables
from models.fitting.fit import fit
from models.scorecard.document import Settings
from models.scorecard.serving import chance
from models.scorecard.tables import Tables

BATCH, BATCHES, ROUNDS = 1_000, 40, 5
LEAST_RATIO = 50.0
SETTINGS = Settings(200, 0.05, 4, 50, 1.0)


def pupils(count: int, seed: int) -> np.ndarray:
    """Whole numbers as patterns have, each tenth of them null."""
    random = np.random.default_rng(seed)
    features = random.geometric(0.2, (count, len(FEATURES))).astype(float) - 1
    features[random.random(features.shape) < 0.1] = np.nan
    return features


def model_of(features: np.ndarray) -> Any:
    """Fit on labels in which every pattern has a part."""
    random = np.random.default_rng(1)
    weights = random.uniform(0.05, 0.2, features.shape[1])
    log_odds = np.log1p(np.nan_to_num(features)) @ weights * 2 - 4
    label = (random.random(len(features)) < chance(log_odds)).astype(int)
    return fit(features, label, SETTINGS, 0)


def main() -> int:
    """Measure, and say whether the ratio is reached."""
    model = model_of(pupils(50_000, 0))
    intercept, points = compile_tables(model, FEATURES)
    tables = Tables(points)
    columns = np.array([FEATURES.index(each.pattern) for each in points])
    every = np.split(pupils(BATCH * BATCHES, 2), BATCHES)
    batches = [np.asfortranarray(each) for each in every]  # as `models.features` lays them out

    def served(features: np.ndarray) -> np.ndarray:
        log_odds = np.full(len(features), intercept)
        for row in tables.points(features.T[columns]):
            log_odds += row
        return chance(log_odds)

    seconds: dict[str, list[float]] = {"scorecard": [], "predict_proba": []}
    with threadpool_limits(limits=1):
        worst = max(np.abs(served(x) - model.predict_proba(x)[:, 1]).max() for x in batches)
        for _ in range(ROUNDS):
            for name, score in (("scorecard", served), ("predict_proba", model.predict_proba)):
                begun = perf_counter()
                for batch in batches:
                    score(batch)
                seconds[name].append((perf_counter() - begun) / BATCHES)
    best = {name: min(each) for name, each in seconds.items()}
    ratio = best["predict_proba"] / best["scorecard"]
    found = {
        "batch": BATCH,
        "patterns": len(columns),
        "iterations": SETTINGS.iterations,
        "microseconds_a_batch": {name: round(each * 1e6, 1) for name, each in best.items()},
        "ratio": round(ratio, 1),
        "greatest_difference": float(worst),
    }
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0 if ratio >= LEAST_RATIO and worst < 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main())
