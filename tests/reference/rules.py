"""RULES.md as data."""

from collections.abc import Callable
from dataclasses import dataclass

from .patterns import Patterns

ATTENDANCE, UNAUTHORISED, SILENCE, GROUP = "attendance", "unauthorised", "silence", "group"


@dataclass(frozen=True)
class Rule:
    """``holds`` is asked with the patterns and the phase in force on the day."""

    id: str
    kind: str
    tier: int
    holds: Callable[[Patterns, str | None], bool]
    live: bool = False


def _share(percent: int, fewest_known_days: int) -> Callable[[Patterns, str | None], bool]:
    def holds(found: Patterns, _: str | None) -> bool:
        return (
            found.expected_sessions_60 > 0
            and 100 * found.missed_sessions_60 >= percent * found.expected_sessions_60
            and found.known_days_60 >= fewest_known_days
        )

    return holds


ANY = (
    Rule("any.10pct", ATTENDANCE, 2, _share(10, 15)),
    Rule("any.20pct", ATTENDANCE, 3, _share(20, 30)),
    Rule("any.away", ATTENDANCE, 3, lambda found, _: found.run_days >= 20),
    Rule("any.silent", SILENCE, 2, lambda found, _: found.days_silent >= 3),
)
NL = (
    Rule(
        "nl.16h", UNAUTHORISED, 3, lambda found, _: found.unauthorised_minutes_4w >= 960, live=True
    ),
    Rule(
        "nl.8h", UNAUTHORISED, 2, lambda found, _: found.unauthorised_minutes_4w >= 480, live=True
    ),
    Rule("nl.late", UNAUTHORISED, 2, lambda found, _: found.late_60 >= 9, live=True),
    Rule("nl.late-report", UNAUTHORISED, 3, lambda found, _: found.late_60 >= 12, live=True),
    Rule("nl.thuiszitter", UNAUTHORISED, 3, lambda found, _: found.unauthorised_run_days >= 20),
    Rule("nl.illness-frequent", ATTENDANCE, 2, lambda found, _: found.illness_spells_12w >= 4),
    Rule(
        "nl.illness-long",
        ATTENDANCE,
        2,
        lambda found, phase: found.ill_run_days >= (10 if phase == "po" else 7),
    ),
)
PACKS: dict[str, tuple[Rule, ...]] = {"none": (), "any": ANY, "nl": ANY + NL}
