"""The dashboard of operations: is all well, and if not, what is wrong and what is to be done."""

from typing import Final

from panels import Dashboard, Kind, Panel, Query, Row, Step, Text, Unit, Variable

_HERE: Final = '{job=~"$job"}'
_WINDOW: Final = "[$__rate_interval]"
_RED: Final = "red"
_YELLOW: Final = "yellow"
_NARROW: Final = 3
_WIDE: Final = 12


def _rate(metric: str, by: str, labels: str = "") -> str:
    """How much a counter grows in a second, by these labels."""
    chosen = f'{{job=~"$job"{labels}}}'
    return f"sum by ({by}) (rate({metric}{chosen}{_WINDOW}))"


def _quantile(share: float, metric: str, by: str = "job") -> str:
    """In what time so great a share was done, of what was done lately."""
    rate = f"rate({metric}_bucket{_HERE}{_WINDOW})"
    return f"histogram_quantile({share}, sum by ({by}, le) ({rate}))"


def _mean(metric: str, by: str) -> str:
    """What it took on average since the program's start."""
    return f"sum by ({by}) ({metric}_sum{_HERE}) / sum by ({by}) ({metric}_count{_HERE})"


def _half_and_most(metric: str, by: str = "job") -> tuple[Query, ...]:
    called = " ".join(f"{{{{{label}}}}}" for label in by.split(", "))
    return (
        Query(_quantile(0.5, metric, by), f"half, {called}"),
        Query(_quantile(0.99, metric, by), f"99 %, {called}"),
    )


_QUIET: Final = "nothing of the kind happened in the time that one looks at."
_BAD_FROM_ONE: Final = (Step(1, _RED),)

_FIVE_SECONDS: Final = Row(
    "Is all well?",
    (
        Panel(
            "Programs down",
            "Programs that do not answer. Must be 0: look at the log of the one that is down, and"
            " start it again.",
            (Query(f"sum(up{_HERE} == bool 0)", "down"),),
            Unit.NUMBER,
            Kind.NUMBER,
            _BAD_FROM_ONE,
            ("GemistDown", "GemistOneDown", "GemistRestarts"),
            _NARROW,
            4,
        ),
        Panel(
            "Partitions not held",
            "Partitions that no worker holds. Must be 0, but for a minute after a worker has come"
            " or gone: of their schools nothing is worked out. A node has none.",
            (
                Query(
                    f"sum(max by (job) (gemist_partitions{_HERE})"
                    f" - sum by (job) (gemist_partitions_held{_HERE}))",
                    "not held",
                ),
            ),
            Unit.NUMBER,
            Kind.NUMBER,
            _BAD_FROM_ONE,
            ("GemistPartitionsUnheld",),
            _NARROW,
            4,
        ),
        Panel(
            "Lag",
            "How old the oldest event is that is not worked out and told. Above 30 s somebody waits"
            " for it, above 5 minutes an alarm is near.",
            (Query(f"max(gemist_lag_seconds{_HERE})", "lag"),),
            Unit.SECONDS,
            Kind.NUMBER,
            (Step(30, _YELLOW), Step(300, _RED)),
            ("GemistWorkerStalled", "GemistWorkerBehind"),
            _NARROW,
            4,
        ),
        Panel(
            "Schools set aside",
            "Schools that cannot be worked out, which is a fault of gemist's. Must be 0: nobody is"
            " told anything about their pupils. The log has the traceback; report it.",
            (Query(f"sum(gemist_schools_set_aside{_HERE})", "set aside"),),
            Unit.NUMBER,
            Kind.NUMBER,
            _BAD_FROM_ONE,
            ("GemistSchoolSetAside",),
            _NARROW,
            4,
        ),
        Panel(
            "Messages dead",
            "Messages to people that were given up. Should be 0: somebody was not told."
            " gemist outbox list --dead says why.",
            (Query(f"sum(gemist_messages_dead{_HERE})", "dead"),),
            Unit.NUMBER,
            Kind.NUMBER,
            (Step(1, _YELLOW),),
            ("GemistMessagesDead",),
            _NARROW,
            4,
        ),
        Panel(
            "Silent schools",
            "Schools of which no register came for a whole day on which one was to be expected."
            " Should be 0: gemist silent says which; ask the school or its supplier.",
            (Query(f"sum(gemist_silent_schools{_HERE})", "silent"),),
            Unit.NUMBER,
            Kind.NUMBER,
            (Step(1, _YELLOW),),
            ("GemistFeedSilent",),
            _NARROW,
            4,
        ),
        Panel(
            "Not kept at the door",
            "Requests in the last five minutes that were answered 503 or 507. Must be 0: senders"
            " have to come again. 507: make room on the disk; 503: the log says what is away.",
            (
                Query(
                    'sum(increase(gemist_door_requests_total{job=~"$job",status=~"503|507"}[5m]))',
                    "not kept",
                ),
            ),
            Unit.NUMBER,
            Kind.NUMBER,
            _BAD_FROM_ONE,
            ("GemistNothingKept",),
            _NARROW,
            4,
        ),
        Panel(
            "Desk fails",
            "Rounds in the last quarter of an hour in which the desk could not do its work. Should"
            " be 0: while it grows nobody is told. Its log says why.",
            (Query(f"sum(increase(gemist_desk_failures_total{_HERE}[15m]))", "failures"),),
            Unit.NUMBER,
            Kind.NUMBER,
            (Step(1, _YELLOW), Step(4, _RED)),
            ("GemistDeskFails",),
            _NARROW,
            4,
        ),
        Panel(
            "Alarms that stand",
            "What somebody has to act on. Each alarm has a page of its name in the runbook.",
            (Query('ALERTS{alertstate="firing",job=~"$job|"}', "{{alertname}}"),),
            Unit.NUMBER,
            Kind.TABLE,
            width=24,
            height=6,
            may_be_empty="no alarm stands. That is what it should be.",
            columns=(
                *("alertname", "severity", "job", "instance"),
                *("partition", "school", "reason", "part", "status"),
            ),
        ),
    ),
)

_LAG: Final = Row(
    "Lag: how far behind is what is worked out?",
    (
        Panel(
            "Age of the oldest event",
            "By partition; a node is one partition, 0. While it grows nobody hears of what came"
            " since. After a standstill it gets less by itself; if not, start another worker.",
            (
                Query(
                    f"max by (job, partition) (gemist_lag_seconds{_HERE})",
                    "{{job}} {{partition}}",
                ),
            ),
            Unit.SECONDS,
            steps=(Step(300, _RED),),
            alarms=("GemistWorkerBehind", "GemistWorkerStalled"),
        ),
        Panel(
            "Records that wait",
            "Records not read, schools not worked out, messages and rejects not written, by"
            " partition. It must return to 0.",
            (Query(f"sum by (partition) (gemist_lag_records{_HERE})", "{{partition}}"),),
            Unit.NUMBER,
            alarms=("GemistWorkerStalled",),
        ),
        Panel(
            "Progress",
            "Offsets of school-events that are read in a second, by partition. 0 while records"
            " wait: the worker is stalled.",
            (
                Query(
                    f"sum by (partition) (deriv(gemist_next_offset{_HERE}{_WINDOW}))",
                    "{{partition}}",
                ),
            ),
            Unit.A_SECOND,
            alarms=("GemistWorkerStalled",),
        ),
    ),
)

_TO_ALERT: Final = Row(
    "From a mark to an alert",
    (
        Panel(
            "From a mark to an alert",
            "From an event's arrival to its alerts being there to be read. The promise is a second"
            " at a steady rate. Where it is more: see the lag, and what work takes.",
            _half_and_most("gemist_mark_to_alert_seconds"),
            Unit.SECONDS,
            steps=(Step(1, _YELLOW),),
            alarms=("GemistWorkerBehind",),
            may_be_empty=_QUIET,
        ),
        Panel(
            "Alerts",
            "Alert messages in a second, by kind and state. Many times as many as on other days:"
            " look at which school and which reasons, before the next digest.",
            (Query(_rate("gemist_alerts_total", "kind, state"), "{{kind}} {{state}}"),),
            Unit.A_SECOND,
            alarms=("GemistAlertsFlood",),
        ),
        Panel(
            "Scores in alerts",
            "The scorecard's scores in alert messages. A shift says that pupils, registers or the"
            " model are others than those it was trained on.",
            (
                Query(_quantile(0.5, "gemist_alert_scores"), "half, {{job}}"),
                Query(_quantile(0.9, "gemist_alert_scores"), "90 %, {{job}}"),
            ),
            Unit.SCORE,
            may_be_empty="there is no scorecard, or no alert was sent.",
        ),
    ),
)

_COMES_IN: Final = Row(
    "What comes in, and what is refused",
    (
        Panel(
            "Records",
            "Records that are read in a second, refused ones and those of a rebuild included.",
            (Query(_rate("gemist_records_total", "job"), "{{job}}"),),
            Unit.A_SECOND,
        ),
        Panel(
            "Events",
            "Events that are accepted in a second, by type. On a school day registers come all the"
            " time; none at all: look at the way in.",
            (Query(_rate("gemist_events_total", "type"), "{{type}}"),),
            Unit.A_SECOND,
            alarms=("GemistNothingComes",),
        ),
        Panel(
            "Marks",
            "Marks that are accepted in a second: the load that matters.",
            (Query(_rate("gemist_marks_total", "job"), "{{job}}"),),
            Unit.A_SECOND,
        ),
        Panel(
            "Refused, by reason",
            "Lines and marks that are refused in a second. A jump: a sender changed its format, its"
            " ids or its clock. Tell it; what was refused counts for no pupil.",
            (Query(_rate("gemist_rejects_total", "job, reason"), "{{job}}: {{reason}}"),),
            Unit.A_SECOND,
            alarms=("GemistRejectsJump",),
            width=_WIDE,
        ),
        Panel(
            "Work for one batch",
            "Working one batch out; in a node one school's part of it, kept. Above 0.1 s a worker's"
            " event loop waits for it: fewer schools a worker, or a faster core.",
            _half_and_most("gemist_batch_seconds"),
            Unit.SECONDS,
            steps=(Step(0.1, _YELLOW),),
            may_be_empty=_QUIET,
            width=_WIDE,
        ),
    ),
)

_FEEDS: Final = Row(
    "Feeds: who sends nothing any more?",
    (
        Panel(
            "Silent schools",
            "Schools of which no register came for a whole school day. Many at once on a holiday:"
            " let schools send their calendar. Many at once on a school day: look at the way in.",
            (Query(f"sum by (job) (gemist_silent_schools{_HERE})", "{{job}}"),),
            Unit.NUMBER,
            alarms=("GemistFeedSilent",),
            width=_WIDE,
        ),
        Panel(
            "Silence of named schools",
            "How long ago the newest register was recorded, of the schools of metrics.schools."
            " Above three and a half days ask the school; above 50 years its id is mistyped.",
            (Query(f"max by (school) (gemist_feed_silence_seconds{_HERE})", "{{school}}"),),
            Unit.SECONDS,
            steps=(Step(302_400, _YELLOW),),
            alarms=("GemistFeedSilent",),
            width=_WIDE,
            may_be_empty="metrics.schools names no school.",
        ),
    ),
)

_WRITES: Final = Row(
    "Workers: transactions and checkpoints",
    (
        Panel(
            "Transactions",
            "A worker's transaction of alerts and rejects, until readers see it. It grows with a"
            " slow broker: look at the brokers' disks and replicas.",
            _half_and_most("gemist_transaction_seconds"),
            Unit.SECONDS,
            steps=(Step(5, _RED),),
            alarms=("GemistCheckpointSlow",),
            may_be_empty=_QUIET,
        ),
        Panel(
            "Checkpoints",
            "A worker's checkpoint of one partition. At 15 s the broker ends the transaction and"
            " the worker ends with it.",
            _half_and_most("gemist_checkpoint_seconds"),
            Unit.SECONDS,
            steps=(Step(5, _RED),),
            alarms=("GemistCheckpointSlow",),
            may_be_empty=_QUIET,
        ),
        Panel(
            "Pages",
            "Pages that wait for the next checkpoint, by partition, and pages in a checkpoint on"
            " average. Much more than on other days: a school corrects old dates.",
            (
                Query(f"sum by (partition) (gemist_dirty_pages{_HERE})", "wait, {{partition}}"),
                Query(_mean("gemist_checkpoint_pages", "job"), "in a checkpoint, {{job}}"),
            ),
            Unit.NUMBER,
            may_be_empty="there is no worker.",
        ),
    ),
)

_TAKING_OVER: Final = Row(
    "Workers: who holds what, and how fast it is taken over",
    (
        Panel(
            "Partitions held",
            "By worker, beside those that are assigned to it. 0 in all but one: the topics have too"
            " few partitions. Held less than assigned: it is taking over, or hangs.",
            (
                Query(f"sum by (instance) (gemist_partitions_held{_HERE})", "held, {{instance}}"),
                Query(
                    f"sum by (instance) (gemist_partitions_assigned{_HERE})",
                    "assigned, {{instance}}",
                ),
            ),
            Unit.NUMBER,
            alarms=("GemistPartitionsUnheld",),
        ),
        Panel(
            "Taking over",
            "What it took a worker to take over one partition, on average since its start. Longer"
            " than on other days: the brokers are slow, or pages has not been compacted.",
            (Query(_mean("gemist_recovery_seconds", "instance"), "{{instance}}"),),
            Unit.SECONDS,
            alarms=("GemistPartitionsUnheld",),
            may_be_empty="there is no worker.",
        ),
        Panel(
            "Schools",
            "Schools that are held, by partition, and schools whose books are still to be read"
            " back: while there are any no day is closed.",
            (
                Query(f"sum by (job, partition) (gemist_schools{_HERE})", "{{job}} {{partition}}"),
                Query(
                    f"sum by (partition) (gemist_unread_schools{_HERE})", "unread, {{partition}}"
                ),
            ),
            Unit.NUMBER,
        ),
    ),
)

_DOOR: Final = Row(
    "The door: a node's, or the gateway's",
    (
        Panel(
            "Requests, by answer",
            "Requests with events in a second. 401: a token was revoked or mistyped; 413, 422: a"
            " sender changed; 429: it presses; 503, 507: nothing is kept.",
            (Query(_rate("gemist_door_requests_total", "job, status"), "{{job}}: {{status}}"),),
            Unit.A_SECOND,
            alarms=("GemistNothingKept",),
        ),
        Panel(
            "Time to the answer",
            "What a sender waits, durable writing included.",
            _half_and_most("gemist_door_request_seconds"),
            Unit.SECONDS,
            may_be_empty=_QUIET,
        ),
        Panel(
            "Time to the disk",
            "From an event's arrival to it being kept: in a node on the disk, for the gateway on"
            " all replicas of Kafka; and of it a node's transaction. It grows with a slow disk.",
            (
                Query(_quantile(0.99, "gemist_arrival_to_kept_seconds"), "99 %, {{job}}"),
                Query(_quantile(0.99, "gemist_kept_seconds"), "99 %, transaction, {{job}}"),
            ),
            Unit.SECONDS,
            may_be_empty=_QUIET,
        ),
        Panel(
            "Under way",
            "Requests that are under way. At gateway.requests further ones are told 429.",
            (Query(f"sum by (instance) (gemist_door_under_way_requests{_HERE})", "{{instance}}"),),
            Unit.NUMBER,
        ),
        Panel(
            "Bodies",
            "Bytes of bodies with events in a second, unpacked.",
            (Query(_rate("gemist_door_body_bytes_total", "job"), "{{job}}"),),
            Unit.BYTES_A_SECOND,
        ),
        Panel(
            "Connections cut off",
            "Connections that the door ended, in a second, by reason. Somebody's network is bad, or"
            " somebody means harm: the log of the proxy before it says from where.",
            (Query(_rate("gemist_door_cut_off_total", "job, reason"), "{{job}}: {{reason}}"),),
            Unit.A_SECOND,
            may_be_empty="none was cut off since the program's start.",
        ),
    ),
)

_DESK: Final = Row(
    "The desk: a node's, or notify",
    (
        Panel(
            "Outbox",
            "Messages that have not gone out, and those that were given up. What waits must return"
            " to 0 after each digest: gemist outbox list says why each waits.",
            (
                Query(f"sum by (job) (gemist_messages_waiting{_HERE})", "waiting, {{job}}"),
                Query(f"sum by (job) (gemist_messages_dead{_HERE})", "dead, {{job}}"),
            ),
            Unit.NUMBER,
            alarms=("GemistMessagesWaiting", "GemistMessagesDead"),
        ),
        Panel(
            "Sent, and tries that failed",
            "Messages in a second, by channel. Tries fail for one address: that is wrong; for all:"
            " the server, the network or a setting is.",
            (
                Query(_rate("gemist_messages_sent_total", "channel"), "sent: {{channel}}"),
                Query(
                    _rate("gemist_message_failures_total", "channel, reason"),
                    "failed: {{channel}}, {{reason}}",
                ),
            ),
            Unit.A_SECOND,
            alarms=("GemistMessagesWaiting",),
            may_be_empty="nothing was sent since the program's start.",
        ),
        Panel(
            "Rounds that failed",
            "Rounds in which the desk could not follow the log, make messages, send or forget them,"
            " in a second, by which. While it grows nobody is told; its log says why.",
            (Query(_rate("gemist_desk_failures_total", "job, part"), "{{job}}: {{part}}"),),
            Unit.A_SECOND,
            alarms=("GemistDeskFails",),
        ),
    ),
)

_RESOURCES: Final = Row(
    "What the programs take",
    (
        Panel(
            "Cores",
            "How much of a core each program uses. A worker works on one core: near 1, start"
            " another worker.",
            (Query(_rate("process_cpu_seconds_total", "job, instance"), "{{job}} {{instance}}"),),
            Unit.SHARE,
            steps=(Step(0.9, _YELLOW),),
            alarms=("GemistWorkerBehind",),
            width=6,
        ),
        Panel(
            "Memory",
            "Resident memory. It grows with schools and not with time.",
            (
                Query(
                    f"sum by (job, instance) (process_resident_memory_bytes{_HERE})",
                    "{{job}} {{instance}}",
                ),
            ),
            Unit.BYTES,
            width=6,
        ),
        Panel(
            "Open files",
            "Open files and connections. Near the limit of the system nothing can connect.",
            (Query(f"sum by (job, instance) (process_open_fds{_HERE})", "{{job}} {{instance}}"),),
            Unit.NUMBER,
            width=6,
        ),
        Panel(
            "Time since the start",
            "A line that falls to 0 again and again: the program ends, most probably at the same"
            " event or setting. Its log says why, before each end.",
            (Query(f"time() - process_start_time_seconds{_HERE}", "{{job}} {{instance}}"),),
            Unit.SECONDS,
            alarms=("GemistRestarts",),
            width=6,
        ),
    ),
)

_HOW_TO_READ: Final = Text(
    "How to read this",
    "Green: nothing is to be done. Yellow: on the next working day. Red: now. Each panel's *i* says"
    " what it means and what to do; its links lead to the alarm's page in the runbook. **Job**"
    " chooses between a node (`gemist-node`) and the programs on Kafka (`gemist-worker`,"
    " `gemist-gateway`, `gemist-notify`); what a program does not do has no data, or 0.",
    height=3,
)

DASHBOARD: Final = Dashboard(
    "gemist-operations",
    "gemist: operations",
    "Is all well, in five seconds; and if not, what is wrong and what to do.",
    (
        Row(_FIVE_SECONDS.title, (*_FIVE_SECONDS.panels, _HOW_TO_READ)),
        *(_LAG, _TO_ALERT, _COMES_IN, _FEEDS, _WRITES, _TAKING_OVER, _DOOR, _DESK, _RESOURCES),
    ),
    (
        Variable(
            "job",
            "Job",
            "Which programs, by the name that Prometheus has for them.",
            'label_values(up{job=~"gemist-.+"}, job)',
            "gemist-.+",
        ),
    ),
    links=(("What came from a school", "gemist-vendor"),),
)
