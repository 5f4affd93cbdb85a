"""Scorecards for tests: content that a loader takes, with one thing changed where asked."""

import numpy as np

from models.features import FEATURES
from models.scorecard.document import (
    Baseline,
    Calibration,
    Choice,
    Content,
    Figures,
    Label,
    Settings,
    Table,
    Threshold,
    Training,
)
from models.scorecard.file import sealed
from models.scorecard.serving import Scorecard


def tables() -> tuple[Table, ...]:
    return (
        Table("missed_sessions_20", "rising", (0.5, 2.5), (0.0, 0.25, 0.5), 0.0, 0.2),
        Table("expected_sessions_20", None, (4.5,), (0.125, -0.125), 0.0, 0.1),
        Table("days_since_seen", "rising", (0.5, 7.5), (0.0, 0.25, 1.0), 0.75, 0.3),
        Table("known_days_60", None, (), (0.0,), -0.25, 0.0),
    )


def content(**changed: object) -> Content:
    fields: dict[str, object] = {
        "format": 1,
        "simulated": True,
        "label": Label("left", 40, "Leaves within 40 days."),
        "intercept": -3.5,
        "tables": tables(),
        "calibration": Calibration("platt", 1.02, -0.01, 4000),
        "threshold": Threshold(0.125, 1.0, (Choice(0.125, 0.97, 0.3, 0.5),)),
        "training": Training(
            5000,
            200,
            300,
            4,
            "2025-09-01",
            "2026-02-01",
            5,
            0,
            Settings(100, 0.05, 4, 50, 1.0),
            {"python": "3.11.7", "numpy": "2.4.6"},
        ),
        "evaluation": (
            Figures(
                "later", 1000, 40, 290, 4, "2026-02-02", "2026-03-01", 0.7, 0.2, 0.1, 0.09, 0.04
            ),
        ),
        "verdict": "Rules alone on these data.",
        "baseline": Baseline({"share_60": 2.0}, -3.0),
    }
    return Content(**(fields | changed))


def whole() -> Scorecard:
    """A scorecard that looks at everything, and whose threshold some pupils reach."""
    random = np.random.default_rng(5)
    of_all = tuple(
        Table(
            name,
            None,
            (0.05, 0.25, 1.5, 6.5),
            tuple(random.normal(0, 0.4, 5).round(3).tolist()),
            round(float(random.normal(0, 0.2)), 3),
            0.1,
        )
        for name in FEATURES
    )
    threshold = Threshold(0.125, 1.0, (Choice(0.125, 0.97, 0.3, 0.5),))
    return Scorecard(sealed(content(tables=of_all, intercept=-2.5, threshold=threshold)))


def pupils(count: int, seed: int = 0) -> np.ndarray:
    """Features of invented pupils, some of them null."""
    random = np.random.default_rng(seed)
    features = random.poisson(3, (count, len(FEATURES))).astype(float)
    features[random.random(features.shape) < 0.1] = np.nan
    return features
