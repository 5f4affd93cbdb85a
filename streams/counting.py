"""What an engine counts of its steps, for operations (`config.metrics`)."""

from config.metrics import Metrics
from streams.step import Counts


def count_read(metrics: Metrics, counts: Counts) -> None:
    """Count the events and marks of a batch."""
    for kind, events in counts.events.items():
        metrics.events.labels(kind).inc(events)
    metrics.marks.inc(counts.marks)
