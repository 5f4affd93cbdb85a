"""The dashboard of a school system's vendor: what came from me, what was refused, and why?"""

from typing import Final

from panels import Dashboard, Kind, Panel, Query, Row, Step, Text, Unit, Variable

from streams.gateway.says import SENTENCES

_MINE: Final = '{school=~"$school"}'
_RANGE: Final = "[$__range]"
_WINDOW: Final = "[$__rate_interval]"
_QUARTER: Final = 6

_SUMS: Final = Row(
    "In the time that is chosen at the top",
    (
        Panel(
            "Events",
            "Events that were accepted. 0: nothing came, or all of it was refused.",
            (Query(f"sum(increase(gemist_school_events_total{_MINE}{_RANGE}))", "events"),),
            Unit.NUMBER,
            Kind.NUMBER,
            width=_QUARTER,
            height=4,
        ),
        Panel(
            "Marks",
            "Marks in accepted registers: compare with what your system has recorded.",
            (Query(f"sum(increase(gemist_school_marks_total{_MINE}{_RANGE}))", "marks"),),
            Unit.NUMBER,
            Kind.NUMBER,
            width=_QUARTER,
            height=4,
        ),
        Panel(
            "Refused",
            "Lines and marks that were refused, and count for no pupil. Should be 0: mend what the"
            " reasons below say, and send them again.",
            (Query(f"sum(increase(gemist_school_rejects_total{_MINE}{_RANGE}))", "refused"),),
            Unit.NUMBER,
            Kind.NUMBER,
            (Step(1, "yellow"),),
            width=_QUARTER,
            height=4,
        ),
        Panel(
            "Longest silence",
            "How long ago the newest register was recorded, of the school that has been silent"
            " longest. Yellow from three and a half days on; above 50 years it was never heard of.",
            (Query(f"max(gemist_feed_silence_seconds{_MINE})", "silence"),),
            Unit.SECONDS,
            Kind.NUMBER,
            (Step(302_400, "yellow"),),
            width=_QUARTER,
            height=4,
        ),
    ),
)

_CAME: Final = Row(
    "What came from me?",
    (
        Panel(
            "Events",
            "Events that were accepted in a second, by school. A line that falls to 0 on a school"
            " day: sending fails, or a token was revoked (401).",
            (
                Query(
                    f"sum by (school) (rate(gemist_school_events_total{_MINE}{_WINDOW}))",
                    "{{school}}",
                ),
            ),
            Unit.A_SECOND,
        ),
        Panel(
            "Marks",
            "Marks in accepted registers in a second, by school.",
            (
                Query(
                    f"sum by (school) (rate(gemist_school_marks_total{_MINE}{_WINDOW}))",
                    "{{school}}",
                ),
            ),
            Unit.A_SECOND,
        ),
        Panel(
            "Silence",
            "How long ago the newest register was recorded, by school. It grows over a weekend, and"
            " must not on a school day.",
            (Query(f"max by (school) (gemist_feed_silence_seconds{_MINE})", "{{school}}"),),
            Unit.SECONDS,
            steps=(Step(302_400, "yellow"),),
        ),
    ),
)

_REFUSED: Final = Row(
    "What was refused, and why?",
    (
        Panel(
            "Refused, by school and reason",
            "Lines and marks that were refused in the time that is chosen at the top. Of which"
            " events each was, with the field at fault: GET /v1/received.",
            (
                Query(
                    "sum by (school, reason)"
                    f" (increase(gemist_school_rejects_total{_MINE}{_RANGE})) > 0",
                    "{{school}} {{reason}}",
                ),
            ),
            Unit.NUMBER,
            Kind.TABLE,
            width=12,
            height=9,
            columns=("school", "reason"),
            may_be_empty="nothing was refused.",
        ),
        Panel(
            "Refused, by reason",
            "Lines and marks that were refused in a second. It began with a new version of your"
            " system: that is where to look.",
            (
                Query(
                    f"sum by (reason) (rate(gemist_school_rejects_total{_MINE}{_WINDOW}))",
                    "{{reason}}",
                ),
            ),
            Unit.A_SECOND,
            width=12,
            height=9,
        ),
        Text(
            "What a reason means",
            "\n".join(
                (
                    "| reason | what to do |",
                    "|---|---|",
                    *(f"| `{reason}` | {says} |" for reason, says in SENTENCES.items()),
                )
            ),
            height=18,
        ),
    ),
)

DASHBOARD: Final = Dashboard(
    "gemist-vendor",
    "gemist: what came from a school",
    "For the vendor of a school's system: what came, what was refused and why. Only schools"
    " that the setting metrics.schools names are here.",
    (_SUMS, _CAME, _REFUSED),
    (
        Variable(
            "school",
            "School",
            "Of the schools that metrics.schools names.",
            "label_values(gemist_school_events_total, school)",
            ".+",
        ),
    ),
    since="now-24h",
)
