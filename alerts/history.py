"""The messages of alerts, read back: what stands, what ended, and on what ground.

A sink keeps, of each id, the message with the greatest version, of equal ones the last
(SEMANTICS.md 7). Here the ground is kept as well: a closing message says only why it closed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerts.alert import Alert, Cause, State, Why
from alerts.rules import Kind

_STATUTORY_TIER = 3


@dataclass(frozen=True, slots=True)
class History:
    """One alert: its newest message, and the reasons of the last one that it stood by."""

    newest: Alert
    ground: tuple[Cause, ...]

    @property
    def stands(self) -> bool:
        """Say whether it is neither closed nor withdrawn."""
        return self.newest.state.stands

    def ended(self, *, by_leaving: bool) -> bool:
        """Say whether it closed, for this cause or for any other.

        A withdrawn one did not: its episode never was.
        """
        left = any(cause.code == Why.LEFT for cause in self.newest.reasons)
        return self.newest.state is State.CLOSED and left is by_leaving


def histories(messages: Iterable[Alert]) -> list[History]:
    """Gather messages, given in the order in which they were sent, one history an alert."""
    found: dict[str, History] = {}
    for alert in messages:
        before = found.get(alert.id)
        if before is not None and alert.version < before.newest.version:
            continue
        over = not alert.state.stands
        ground = () if before is None else before.ground
        found[alert.id] = History(alert, ground if over else alert.reasons)
    return list(found.values())


def ended(found: Sequence[History], *, by_leaving: bool) -> list[History]:
    """Keep, of each pupil of whom nothing stands any more, the alert that closed last.

    Who left while being missed is not back: nobody may drop out of everyone's sight.
    """
    missed = {(each.newest.school, each.newest.pupil) for each in found if each.stands}
    last: dict[tuple[str, str | None], History] = {}
    for each in found:
        pupil = (each.newest.school, each.newest.pupil)
        before = last.get(pupil)
        later = before is None or each.newest.as_of > before.newest.as_of
        if each.newest.state is State.CLOSED and pupil not in missed and later:
            last[pupil] = each
    return [each for each in last.values() if each.ended(by_leaving=by_leaving)]


def most_urgent_first(found: Iterable[History]) -> list[History]:
    """Sort alerts as an inbox does: statutory and silence, then tier, then the newest.

    Of one day the order is that of schools and pupils, so that it is the same every time.
    """
    by_name = sorted(found, key=lambda each: (each.newest.school, each.newest.pupil or ""))
    by_day = sorted(by_name, key=lambda each: each.newest.opened_on, reverse=True)
    return sorted(by_day, key=_urgency)


def _urgency(history: History) -> tuple[bool, int]:
    alert = history.newest
    statutory = alert.kind is Kind.UNAUTHORISED and alert.tier >= _STATUTORY_TIER
    return not (statutory or alert.kind is Kind.SILENCE), -alert.tier
