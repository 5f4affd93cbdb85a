"""Every metric of gemist: name, unit, labels, and why one looks at it.

The list is `CATALOGUE`; documentation and dashboards are checked against it. Labels are bounded:
a kind, a state, a reason, a partition. No pupil is ever a label, because operations has no business
with pupils. A school is one only where the setting `metrics.schools` names it, because each label
is a time series.

What an alarm of ``deploy/prometheus`` compares with the time before is there from the start, at 0:
of a number that appears with its first event Prometheus cannot say that it rose.

Nothing is registered when this module is imported: an engine makes its own `Metrics` with
`new_metrics`, and a test makes another.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

SECONDS_OF_WORK: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SECONDS_OF_WAITING: Final = (
    *(0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0),
)
SECONDS_OF_WRITING: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0)
"""Up to the time-out of a worker's transactions."""
TENTHS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
KINDS: Final = ("attendance", "unauthorised", "silence", "group")
STATES: Final = ("open", "raised", "eased", "closed", "withdrawn")
REJECTED_AS_A_WHOLE: Final = (
    *("json", "object", "type", "mark", "clock", "key", "partition", "too old", "in the future"),
)
"""Reasons of rejects that are not the name of a field: a sender's mistakes in bulk."""
UNKEPT: Final = ("503", "507")
SCHOOL: Final = "school"
"""The label whose values the setting ``metrics.schools`` bounds."""


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
    from_start: tuple[tuple[str, ...], ...] = ()
    """Labels that are there, at 0, before anything was counted, but for that of a school: all
    schools that are named are there from the start."""


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
        from_start=tuple((reason,) for reason in REJECTED_AS_A_WHOLE),
    ),
    Metric(
        "school_events",
        "gemist_school_events",
        Counter,
        "events",
        "Events of the schools that the setting metrics.schools names, those that turn out too old"
        " and the closes that are written for them included: does anything come from this school?",
        (SCHOOL,),
    ),
    Metric(
        "school_marks",
        "gemist_school_marks",
        Counter,
        "marks",
        "Marks in these events: does all of it come?",
        (SCHOOL,),
    ),
    Metric(
        "school_rejects",
        "gemist_school_rejects",
        Counter,
        "refused lines and marks",
        "What was refused of the schools that metrics.schools names, by reason; at a door, what"
        " came with a school's token. Its sender mends it: nobody else can.",
        (SCHOOL, "reason"),
        from_start=tuple((reason,) for reason in REJECTED_AS_A_WHOLE),
    ),
    Metric(
        "alerts",
        "gemist_alerts",
        Counter,
        "messages",
        "Alert messages that were sent, by kind and state. A flood is seen here first.",
        ("kind", "state"),
        from_start=tuple((kind, state) for kind in KINDS for state in STATES),
    ),
    Metric(
        "alert_scores",
        "gemist_alert_scores",
        Histogram,
        "a score from 0 to 1",
        "The scorecard's scores in alert messages. A shift says that pupils, registers or the model"
        " are others than those it was trained on; empty without a scorecard.",
        buckets=TENTHS,
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
        "Records of school-events that are not read, schools that are not worked out, and messages"
        " and rejects that are not written yet, by partition. It must return to 0; NaN while the"
        " broker is not heard of.",
        ("partition",),
    ),
    Metric(
        "lag_seconds",
        "gemist_lag_seconds",
        Gauge,
        "seconds",
        "How old the oldest event is that is not worked out and told, by partition; of what is not"
        " read yet, at most; in a node, since its books were read. While it grows nobody hears of"
        " what came since.",
        ("partition",),
    ),
    Metric(
        "next_offset",
        "gemist_next_offset",
        Gauge,
        "offset",
        "Offset of the event in school-events that is read next, by partition. Where it stands"
        " still while there is a lag the worker is stalled.",
        ("partition",),
    ),
    Metric(
        "dirty_pages",
        "gemist_dirty_pages",
        Gauge,
        "pages",
        "Pages that wait for the next checkpoint, by partition: what would be worked out again"
        " after a crash.",
        ("partition",),
    ),
    Metric(
        "partitions",
        "gemist_partitions",
        Gauge,
        "partitions",
        "How many partitions the topics have. All workers together must hold so many.",
    ),
    Metric(
        "partitions_assigned",
        "gemist_partitions_assigned",
        Gauge,
        "partitions",
        "How many of them are this worker's to hold. 0 in all but one: they have too few.",
    ),
    Metric(
        "partitions_held",
        "gemist_partitions_held",
        Gauge,
        "partitions",
        "How many of those it has taken over, pages read: how far it is after a start.",
    ),
    Metric(
        "schools",
        "gemist_schools",
        Gauge,
        "schools",
        "Schools whose books are held, by partition: how evenly the work is spread.",
        ("partition",),
    ),
    Metric(
        "unread_schools",
        "gemist_unread_schools",
        Gauge,
        "schools",
        "Schools whose books are still to be read back from their pages, by partition: those of"
        " which nothing came since it was taken over. While there are any no day is closed.",
        ("partition",),
    ),
    Metric(
        "silent_schools",
        "gemist_silent_schools",
        Gauge,
        "schools",
        "Schools of which no register came for a whole day on which one was to be expected, by"
        " partition; all at once on a holiday that no calendar tells of.",
        ("partition",),
    ),
    Metric(
        "feed_silence_seconds",
        "gemist_feed_silence_seconds",
        Gauge,
        "seconds",
        "How long ago the newest register of a school was recorded, of the schools that the"
        " setting metrics.schools names; of a school that never sent any, since 1970.",
        ("school",),
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
        buckets=SECONDS_OF_WRITING,
    ),
    Metric(
        "checkpoint_seconds",
        "gemist_checkpoint_seconds",
        Histogram,
        "seconds",
        "A worker's checkpoint of one partition. Well above its interval of 2 s more is read again"
        " after a crash.",
        buckets=SECONDS_OF_WRITING,
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
        from_start=tuple((status,) for status in UNKEPT),
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
        "Rounds in which the desk could not follow the log, make messages, send them or let go of"
        " what is old or erased, by which: while one of the first three grows nobody is told.",
        ("part",),
        from_start=(("following",), ("composing",), ("forgetting",), ("sending",)),
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
        from_start=(("mail",), ("webhook",)),
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
    named: frozenset[str]
    """The schools that may stand in a label."""
    records: Counter
    events: Counter
    marks: Counter
    rejects: Counter
    school_events: Counter
    school_marks: Counter
    school_rejects: Counter
    alerts: Counter
    alert_scores: Histogram
    batch_seconds: Histogram
    kept_seconds: Histogram
    arrival_to_kept_seconds: Histogram
    set_aside: Gauge
    lag: Gauge
    lag_seconds: Gauge
    next_offset: Gauge
    dirty_pages: Gauge
    partitions: Gauge
    partitions_assigned: Gauge
    partitions_held: Gauge
    schools: Gauge
    unread_schools: Gauge
    silent_schools: Gauge
    feed_silence_seconds: Gauge
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


def new_metrics(named: Collection[str] = ()) -> Metrics:
    """Make every metric of the catalogue, all at zero, in a new registry.

    ``named`` are the schools of the setting ``metrics.schools``. Beside the catalogue's are those
    by which Prometheus knows any process: ``process_start_time_seconds``, its memory, its time on
    a core.
    """
    registry = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=registry)
    made: dict[str, Any] = {}
    for metric in CATALOGUE:
        buckets = {"buckets": metric.buckets} if metric.buckets else {}
        made[metric.attribute] = metric.kind(
            metric.name, metric.why, metric.labels, registry=registry, **buckets
        )
        for labels in _from_start(metric, named):
            made[metric.attribute].labels(*labels)
    return Metrics(registry=registry, named=frozenset(named), **made)


def _from_start(metric: Metric, named: Collection[str]) -> Iterable[tuple[str, ...]]:
    """Labels that are there before anything was counted."""
    if SCHOOL not in metric.labels or metric.kind is not Counter:
        return metric.from_start
    return ((school, *others) for school in named for others in metric.from_start or ((),))
