"""What an engine counts of its steps, for operations (`config.metrics`)."""

from config.metrics import Metrics
from streams.step import Step


def count_step(metrics: Metrics, step: Step) -> None:
    """Count what a batch held and what came of it; alerts are counted where they are told."""
    for kind, events in step.counts.events.items():
        metrics.events.labels(kind).inc(events)
    metrics.marks.inc(step.counts.marks)
