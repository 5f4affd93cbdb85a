"""What an engine counts of its steps, for operations (`config.metrics`)."""

from collections.abc import Sequence

import numpy as np

from alerts.alert import Alert
from config.metrics import Metrics
from models.events.columns import Columns
from streams.step import Counts


def count_read(metrics: Metrics, counts: Counts) -> None:
    """Count the events and marks of a batch."""
    for kind, events in counts.events.items():
        metrics.events.labels(kind).inc(events)
    metrics.marks.inc(counts.marks)


def count_alert(metrics: Metrics, alert: Alert) -> None:
    """Count a message that is told."""
    metrics.alerts.labels(alert.kind.value, alert.state.value).inc()
    if alert.score is not None:
        metrics.alert_scores.observe(alert.score)


def count_named(metrics: Metrics, columns: Columns, names: Sequence[str]) -> None:
    """Count the events and marks of a batch by school, of the schools that are named.

    ``names`` are the texts of `models.events.decode.Decoder.names`. It costs per batch and school,
    and nothing where no school is named.
    """
    if not metrics.named:
        return
    for registers in columns.registers:
        numbers, place = np.unique(registers.school, return_inverse=True)
        events = np.bincount(place).tolist()
        marks = np.bincount(place, weights=registers.marks).tolist()
        for number, events_there, marks_there in zip(numbers.tolist(), events, marks, strict=True):
            if names[number] in metrics.named:
                metrics.school_events.labels(names[number]).inc(events_there)
                metrics.school_marks.labels(names[number]).inc(marks_there)
    for _, event in columns.others:
        if event.school in metrics.named:
            metrics.school_events.labels(event.school).inc()


def count_reject(metrics: Metrics, school: str | None, reason: str) -> None:
    """Count a refused line or mark; ``school`` None where nobody can say whose it is."""
    metrics.rejects.labels(reason).inc()
    if school in metrics.named:
        metrics.school_rejects.labels(school, reason).inc()
