"""A school at a moment: its cases, its people, and what was said before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from alerts.desk.case import Case
from alerts.desk.messages.days import local
from alerts.desk.messages.recipients import recipients
from alerts.desk.messages.said import SaidBefore
from alerts.desk.people import Person, SchoolFacts


@dataclass(frozen=True)
class Scene:
    """All that a choice of messages looks at."""

    facts: SchoolFacts
    cases: Sequence[Case]
    people: Sequence[Person]
    """Everybody who may be told at the school."""
    told: Mapping[int, Sequence[SaidBefore]]
    """By case, oldest first."""
    now: float
    """Seconds since 1970."""

    @cached_property
    def today(self) -> date:
        """The school's date."""
        return local(self.facts, self.now).date()

    def concerns(self, case: Case, person: Person) -> bool:
        """Is a person, in their role, among those who are told of a case?"""
        return (person.person, person.role) in self._recipients[case.case]

    def told_to(self, person: Person, case: Case) -> list[SaidBefore]:
        """What a person, in their role, was told of a case."""
        said = self.told.get(case.case, ())
        return [each for each in said if (each.person, each.role) == (person.person, person.role)]

    @cached_property
    def _recipients(self) -> dict[int, set[tuple[str, str]]]:
        return {
            case.case: {(each.person, each.role) for each in recipients(case, self.people)}
            for case in self.cases
        }


def by_case(said: Iterable[SaidBefore]) -> dict[int, list[SaidBefore]]:
    """Put what was said together by its case."""
    found: dict[int, list[SaidBefore]] = {}
    for each in said:
        found.setdefault(each.case, []).append(each)
    return found
