"""Fitting and judging a scorecard: the only place that knows scikit-learn."""
