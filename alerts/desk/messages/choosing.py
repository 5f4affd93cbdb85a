"""What a person is told of their cases: in the daily digest, and at once (DESIGN.md section 7).

Pure functions of a school's cases, of what was said before, and of the school's own time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alerts.alert import State
from alerts.desk.case import Case, CaseState
from alerts.desk.messages.days import local, newest_school_days, school_days_after
from alerts.desk.messages.said import TELLING, How, SaidBefore, newest
from alerts.desk.messages.scene import Scene
from alerts.desk.people import Person, SchoolFacts
from alerts.roles import Role
from alerts.rules import Kind
from models.events.types import Action

INTENSIVE: Final = 3
PASSED_ON_AFTER: Final = 3
"""School days after which the care team hears of a case that nobody opened."""
AT_ONCE_WITHIN: Final = 2
"""School days, today among them: what opened before them waits for the digest."""
MOST_IN_A_PART: Final = 100
"""What is left of a longer list is told the next day; of what can wait, the number is said."""
MOST_STILL: Final = 8
"""Who answered nothing yet is reminded of so many, first in rank."""
_WORTH_A_MESSAGE: Final = frozenset(How) - {How.FOLDED, How.STILL}


@dataclass(frozen=True, slots=True)
class Choice:
    """What one person is told in one message: each case in one part, ranked."""

    person: Person
    parts: Mapping[How, tuple[Case, ...]]

    def of(self, how: How) -> tuple[Case, ...]:
        """Cases of which one thing is said."""
        return self.parts.get(how, ())


def digest(person: Person, scene: Scene, new_a_week: int) -> Choice | None:
    """Choose a person's digest; None on a quiet day."""
    found: dict[How, list[Case]] = {}
    for case in scene.cases:
        how = _how(person, case, scene)
        if how is not None:
            found.setdefault(how, []).append(case)

    room = new_a_week - _new_this_week(person, scene)
    shown, folded = [], []
    for case in ranked(found.pop(How.NEW, ()), scene.facts):
        if is_urgent(case) or room > 0:
            shown.append(case)
            room -= case.kind is not Kind.SILENCE
        else:
            folded.append(case)
    parts = {
        how: tuple(ranked(cases, scene.facts)[: MOST_STILL if how is How.STILL else MOST_IN_A_PART])
        for how, cases in found.items()
    }
    parts |= {How.NEW: tuple(shown[:MOST_IN_A_PART]), How.FOLDED: tuple(folded)}
    parts = {how: cases for how, cases in parts.items() if cases}
    return Choice(person, parts) if parts.keys() & _WORTH_A_MESSAGE else None


def at_once(person: Person, scene: Scene, which: str) -> Choice | None:
    """Choose what cannot wait for the next digest; ``which`` as in ``desk.at_once``."""
    earliest = at_once_from(scene.facts, scene.now)
    found = [
        case
        for case in scene.cases
        if case.state is CaseState.NEW
        and case.opened_on >= earliest
        and is_at_once(case, which)
        and scene.concerns(case, person)
        and _is_new(case, scene.told_to(person, case))
    ]
    return Choice(person, {How.AT_ONCE: tuple(ranked(found, scene.facts))}) if found else None


def at_once_from(facts: SchoolFacts, now: float) -> str:
    """Give the date from which on a case must have opened to be told at once."""
    today = local(facts, now).date()
    return max(newest_school_days(facts, today, AT_ONCE_WITHIN).isoformat(), facts.began_on)


def is_at_once(case: Case, which: str) -> bool:
    """Is it of those that a school has told at once? By ``nothing``, none is."""
    if case.kind is Kind.SILENCE:
        return "silence" in which
    return case.tier >= INTENSIVE and "tier 3" in which


def is_urgent(case: Case) -> bool:
    """Is it never folded: the law's count has come, or nobody has seen the pupil?"""
    return case.kind is Kind.SILENCE or (case.kind is Kind.UNAUTHORISED and case.tier >= INTENSIVE)


def ranked(cases: Iterable[Case], facts: SchoolFacts) -> list[Case]:
    """Order by statutory and silence, then tier, then newest, then score."""

    def rank(case: Case) -> tuple[bool, int, int, float, str]:
        since = case.first_told_at if case.new_since is None else case.new_since
        day = local(facts, since).date().toordinal()
        return (not is_urgent(case), -case.tier, -day, -(case.newest.score or 0), case.newest.id)

    return sorted(cases, key=rank)


def _how(person: Person, case: Case, scene: Scene) -> How | None:
    """Say what a digest says of a case to a person; ``NEW`` may yet be folded."""
    before = scene.told_to(person, case)
    known_since = newest(before, TELLING)
    concerns = scene.concerns(case, person)
    if concerns and case.state is CaseState.NEW and _is_new(case, before):
        stood = known_since is None and case.opened_on < scene.facts.began_on
        return How.ALREADY_MISSED if stood else How.NEW
    if _is_passed_on(person, case, scene):
        return How.PASSED_ON
    if known_since is None:
        return None
    if case.state is CaseState.TAKEN_BACK:
        return None if _said_since(before, How.TAKEN_BACK, known_since) else How.TAKEN_BACK
    is_of_another = person.role is Role.MENTOR and not concerns
    return None if is_of_another else _how_known(case, before, known_since, scene)


def _how_known(
    case: Case, before: Sequence[SaidBefore], known_since: int, scene: Scene
) -> How | None:
    """Say what there is to say to somebody who knows of a case."""
    if _is_good_news(case):
        return None if _said_since(before, How.GOOD_NEWS, known_since) else How.GOOD_NEWS
    if case.state is CaseState.RESTING and _is_back(case, before, scene):
        return How.BACK
    if case.alert_state is State.EASED and not _said_since(before, How.EASED, known_since):
        return How.EASED
    knows_as = max((each for each in before if each.how in TELLING), key=lambda each: each.at).how
    waits = case.state is CaseState.NEW and knows_as is not How.ALREADY_MISSED
    return How.STILL if waits else None


def _is_new(case: Case, before: Sequence[SaidBefore]) -> bool:
    """Did a person hear nothing of a case since it became new, or new again by a rise?"""
    known_since = newest(before, TELLING)
    return known_since is None or known_since < (case.new_since or 0)


def _is_good_news(case: Case) -> bool:
    ended = case.state is CaseState.DONE and case.alert_state is State.CLOSED
    return ended and all(each.action is not Action.FALSE_ALARM for each in case.done)


def _is_passed_on(person: Person, case: Case, scene: Scene) -> bool:
    """Is it for the care team, because a mentor said so or because nobody opened it?"""
    if person.role is not Role.CARE_TEAM or case.pupil is None:
        return False
    before = scene.told_to(person, case)
    known_since = newest(before, TELLING)
    if case.state is CaseState.IN_HAND and case.kind is not Kind.UNAUTHORISED:
        referred = [each.recorded_at for each in case.done if each.action is Action.REFERRED]
        return bool(referred) and (known_since is None or known_since < min(referred))
    if case.state is not CaseState.NEW or not _is_new(case, before):
        return False
    told_at = [
        each.at
        for each in scene.told.get(case.case, ())
        if each.how in (How.NEW, How.AT_ONCE) and each.at >= (case.new_since or 0)
    ]
    if not told_at:
        return False
    since = local(scene.facts, min(told_at)).date()
    return school_days_after(scene.facts, since, scene.today) >= PASSED_ON_AFTER


def _is_back(case: Case, before: Sequence[SaidBefore], scene: Scene) -> bool:
    until = case.resting_until
    if until is None or until > scene.today.isoformat():
        return False
    last = newest(before, {How.BACK})
    return last is None or local(scene.facts, last).date().isoformat() < until


def _said_since(before: Sequence[SaidBefore], how: How, since: int) -> bool:
    last = newest(before, {how})
    return last is not None and last >= since


def _new_this_week(person: Person, scene: Scene) -> int:
    """Count what a person was told as new in this ISO week, silences apart."""
    week = scene.today.isocalendar()[:2]
    silent = {case.case for case in scene.cases if case.kind is Kind.SILENCE}
    return sum(
        each.how is How.NEW
        and (each.person, each.role) == (person.person, person.role)
        and local(scene.facts, each.at).date().isocalendar()[:2] == week
        for case, said in scene.told.items()
        if case not in silent
        for each in said
    )
