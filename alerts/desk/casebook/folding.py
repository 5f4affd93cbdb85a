"""What has become of a case: a pure function of all that was told of it and all that was done.

DESIGN.md section 7 has the table. Nothing here depends on the order in which anything came, nor
on the time at which it is asked: a case that rests says until when.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from alerts.alert import Alert, State
from alerts.desk.case import Case, CaseState, Done
from alerts.desk.casebook.chains import case_number
from models.events.types import Action

Told = tuple[int, Alert]
"""When (seconds since 1970), and the message."""

_PASSES_ON: Final = frozenset({Action.REFERRED, Action.REPORTED})


@dataclass(frozen=True, slots=True)
class _Life:
    """What the messages of a chain say."""

    newest: Alert
    highest_tier: int
    new_at: int
    """When it last became new: by its first message, or by a tier that it never had."""
    stands_since: int
    """When it last began to stand."""


def fold(told: Sequence[Told], done: Iterable[Done]) -> Case:
    """Work a case out from all messages of its chain, at least one, and all responses to it.

    A response counts for the state only from when the case last became new; all are kept.
    """
    life = _live(sorted(told, key=_in_time))
    responses = tuple(sorted(done, key=lambda each: (each.recorded_at, each.event)))
    state, until = _state(life, [each for each in responses if each.recorded_at >= life.new_at])
    newest = life.newest
    is_new = state is CaseState.NEW
    passed_on = [each.recorded_at for each in responses if each.action in _PASSES_ON]
    return Case(
        case=case_number([message for _, message in told]),
        school=newest.school,
        pupil=newest.pupil,
        group=newest.group,
        mentor=newest.mentor,
        kind=newest.kind,
        state=state,
        alert_state=newest.state,
        tier=newest.tier,
        highest_tier=life.highest_tier,
        opened_on=newest.opened_on,
        as_of=newest.as_of,
        first_told_at=min(at for at, _ in told),
        new_since=max(life.new_at, life.stands_since) if is_new else None,
        resting_until=until,
        passed_on_at=min(passed_on, default=None),
        newest=newest,
        done=responses,
    )


def _in_time(told: Told) -> tuple[int, int, bool, str]:
    """Order messages; of one version, what ended comes before what goes on from it."""
    at, message = told
    return message.version, at, message.state.stands, message.id


def _live(told: Sequence[Told]) -> _Life:
    """Go through the messages of a chain, in order."""
    newest: dict[str, Told] = {}
    highest_tier, new_at, stands_since, stood = 0, 0, 0, False
    for _, of_one_version in groupby(told, key=lambda each: each[1].version):
        for at, message in of_one_version:
            newest[message.id] = (at, message)
            if message.tier > highest_tier:
                highest_tier, new_at = message.tier, at
        standing = [at for at, message in newest.values() if message.state.stands]
        if standing and not stood:
            stands_since = max(standing)
        stood = bool(standing)
    _, holds = max(newest.values(), key=_holds)
    return _Life(holds, highest_tier, new_at, stands_since)


def _holds(told: Told) -> tuple[bool, int, bool, int, str]:
    """Order the newest messages of a chain's alerts: what stands holds, else what came last."""
    at, message = told
    was_taken_back = message.state is State.WITHDRAWN
    return message.state.stands, message.version, not was_taken_back, at, message.id


def _state(life: _Life, responses: Iterable[Done]) -> tuple[CaseState, str | None]:
    """Give a case's state, and until when it rests."""
    if life.newest.state is State.WITHDRAWN:
        return CaseState.TAKEN_BACK, None
    if life.newest.state is State.CLOSED:
        return CaseState.DONE, None
    state, until = CaseState.NEW, None
    for each in responses:
        match each.action:
            case Action.SEEN:  # says nothing of what is in hand, rests or is done
                state = CaseState.SEEN if state is CaseState.NEW else state
            case Action.SPOKEN | Action.SUPPORT | Action.REFERRED | Action.REPORTED:
                state, until = CaseState.IN_HAND, None
            case Action.SNOOZE:
                state, until = CaseState.RESTING, each.until
            case Action.RESOLVED | Action.FALSE_ALARM:
                state, until = CaseState.DONE, None
    return state, until
