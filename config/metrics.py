"""Every metric of gemist: name, unit, labels, and why one looks at it.

The list is `CATALOGUE`; documentation and dashboards are checked against it. Labels are bounded:
a kind, a state, a reason, a partition. No pupil and no school is ever a label, because operations
has no business with pupils, and because a label per school would be a time series per school.

Nothing is registered when this module is imported: an engine makes its own `Metrics` with
`new_metrics`, and a test makes another.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS_OF_WORK: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SECONDS_OF_WAITING: Final = (
    *(0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0),
)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as operations sees it; ``why`` is its help text in Prometheus."""

    attribute: str
    """Its name in `Metrics`."""
    name: str
    """Its name in Prometheus; a counter's is exposed with ``_total``."""
    kind: Callable[..., Any]
    unit: str
    why: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


CATALOGUE: Final = (
    Metric(
        "records",
        "gemist_records",
        Counter,
        "records",
        "Records of school-events that were read, refused ones and those of a rebuild included.",
    ),
    Metric(
        "events",
        "gemist_events",
        Counter,
        "events",
        "Events that were read and accepted, by type. Falls to nothing when a feed goes silent.",
        ("type",),
    ),
    Metric(
        "marks",
        "gemist_marks",
        Counter,
        "marks",
        "Marks in accepted registers: the load that matters, since registers differ in size.",
    ),
    Metric(
        "rejects",
        "gemist_rejects",
        Counter,
        "refused lines and marks",
        "What was refused, by reason. A sender changed its format, or its clock is wrong.",
        ("reason",),
    ),
    Metric(
        "alerts",
        "gemist_alerts",
        Counter,
        "messages",
        "Alert messages that were sent, by kind and state. A flood is seen here first.",
        ("kind", "state"),
    ),
    Metric(
        "batch_seconds",
        "gemist_batch_seconds",
        Histogram,
        "seconds",
        "Working one batch out, without Kafka; in a node one school's part of it, kept. Above 0.1 s"
        " the worker's event loop waits for it.",
        buckets=SECONDS_OF_WORK,
    ),
    Metric(
        "kept_seconds",
        "gemist_kept_seconds",
        Histogram,
        "seconds",
        "The node's transaction of one batch, until it is on the disk. It grows with a slow disk.",
        buckets=SECONDS_OF_WORK,
    ),
    Metric(
        "arrival_to_kept_seconds",
        "gemist_arrival_to_kept_seconds",
        Histogram,
        "seconds",
        "From an event's arrival at the node to it being on the disk: what a sender waits for.",
        buckets=SECONDS_OF_WAITING,
    ),
    Metric(
        "set_aside",
        "gemist_schools_set_aside",
        Gauge,
        "schools",
        "Schools whose events are kept and cannot be worked out, which is a fault of gemist's:"
        " nobody is told anything about their pupils. Must be 0.",
    ),
    Metric(
        "lag",
        "gemist_lag_records",
        Gauge,
        "records",
        "Records of school-events that were not worked out yet, by partition. It must return to"
        " 0; while books are rebuilt after a start it shows how far that is.",
        ("partition",),
    ),
    Metric(
        "mark_to_alert_seconds",
        "gemist_mark_to_alert_seconds",
        Histogram,
        "seconds",
        "From the arrival of the last event of a batch to its alerts being on their topic (in a"
        " node: from that of the first to its school's alerts being kept): the"
        " promise of a second. Alerts that are sent again while books are rebuilt do not count.",
        buckets=SECONDS_OF_WAITING,
    ),
    Metric(
        "transaction_seconds",
        "gemist_transaction_seconds",
        Histogram,
        "seconds",
        "A worker's transaction of alerts and rejects, until readers see it. It grows with a slow"
        " broker.",
        buckets=SECONDS_OF_WORK,
    ),
    Metric(
        "checkpoint_seconds",
        "gemist_checkpoint_seconds",
        Histogram,
        "seconds",
        "A worker's checkpoint of one partition. Well above its interval of 2 s more is read again"
        " after a crash.",
        buckets=SECONDS_OF_WORK,
    ),
    Metric(
        "checkpoint_pages",
        "gemist_checkpoint_pages",
        Histogram,
        "pages",
        "Pages in a checkpoint: what a worker writes beside alerts.",
        buckets=(1.0, 10.0, 100.0, 1000.0, 10000.0, 100000.0),
    ),
    Metric(
        "recovery_seconds",
        "gemist_recovery_seconds",
        Histogram,
        "seconds",
        "Taking over one partition: fencing its last writer, and reading its pages.",
        buckets=SECONDS_OF_WAITING,
    ),
    Metric(
        "door_requests",
        "gemist_door_requests",
        Counter,
        "requests",
        "Requests that brought events, by the status of the answer. 401: a token was revoked or"
        " mistyped; 413, 422: a sender changed; 429: it presses; 503, 507: nothing is kept.",
        ("status",),
    ),
    Metric(
        "door_request_seconds",
        "gemist_door_request_seconds",
        Histogram,
        "seconds",
        "From a request's headers to its answer, durable writing included: what a sender waits.",
        buckets=SECONDS_OF_WORK,
    ),
    Metric(
        "door_under_way",
        "gemist_door_under_way_requests",
        Gauge,
        "requests",
        "Requests with events that are under way. At gateway.requests further ones are told 429.",
    ),
    Metric(
        "door_body_bytes",
        "gemist_door_body_bytes",
        Counter,
        "bytes",
        "Bodies with events, unpacked: what has to be read and kept.",
    ),
    Metric(
        "door_cut_off",
        "gemist_door_cut_off",
        Counter,
        "connections",
        "Connections that the door ended, by reason: slow, too many, or no HTTP. Somebody's"
        " network is bad, or somebody means harm.",
        ("reason",),
    ),
    Metric(
        "desk_failures",
        "gemist_desk_failures",
        Counter,
        "failures",
        "Rounds in which the desk could not follow the log, make messages or send them, by which:"
        " while it grows nobody is told.",
        ("part",),
    ),
    Metric(
        "messages_waiting",
        "gemist_messages_waiting",
        Gauge,
        "messages",
        "Messages to people that have not gone out yet. It must return to 0 after each digest.",
    ),
    Metric(
        "messages_dead",
        "gemist_messages_dead",
        Gauge,
        "messages",
        "Messages that were given up: gemist outbox list --dead says why. Somebody was not told.",
    ),
    Metric(
        "messages_sent",
        "gemist_messages_sent",
        Counter,
        "messages",
        "Messages that a server took, by channel (mail, webhook).",
        ("channel",),
    ),
    Metric(
        "message_failures",
        "gemist_message_failures",
        Counter,
        "tries",
        "Tries to send a message that failed, by channel and reason. Grows for one address: that"
        " is wrong; for all: the server, the network or a setting is.",
        ("channel", "reason"),
    ),
)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics of one engine, in a registry of their own."""

    registry: CollectorRegistry
    records: Counter
    events: Counter
    marks: Counter
    rejects: Counter
    alerts: Counter
    batch_seconds: Histogram
    kept_seconds: Histogram
    arrival_to_kept_seconds: Histogram
    set_aside: Gauge
    lag: Gauge
    mark_to_alert_seconds: Histogram
    transaction_seconds: Histogram
    checkpoint_seconds: Histogram
    checkpoint_pages: Histogram
    recovery_seconds: Histogram
    door_requests: Counter
    door_request_seconds: Histogram
    door_under_way: Gauge
    door_body_bytes: Counter
    door_cut_off: Counter
    desk_failures: Counter
    messages_waiting: Gauge
    messages_dead: Gauge
    messages_sent: Counter
    message_failures: Counter


def new_metrics() -> Metrics:
    """Make every metric of the catalogue, all at zero, in a new registry."""
    registry = CollectorRegistry(auto_describe=True)
    made: dict[str, Any] = {}
    for metric in CATALOGUE:
        buckets = {"buckets": metric.buckets} if metric.buckets else {}
        made[metric.attribute] = metric.kind(
            metric.name, metric.why, metric.labels, registry=registry, **buckets
        )
    return Metrics(registry=registry, **made)
