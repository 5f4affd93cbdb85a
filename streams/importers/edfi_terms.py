"""Ed-Fi calendars: on which dates the schools were open.

- `Session` is a term with its first and last day. Weekdays between two terms of a school are
  closed. Before its first term and after its last nothing is said, so nothing is closed.
- `CalendarDate` says what one date is (`CalendarEvent`). Only calendars of a whole school
  count: one of a single pupil ("Student Specific", "IEP") or of staff would close the school
  for everyone. Where several calendars of a school speak of a date, one that opens it wins,
  and a date on which there is teaching ("Instructional day") is open whatever stands beside.
- `TotalInstructionalDays` is a number without dates. No holiday is invented from it: where it
  is less than the open weekdays of its term, the summary says by how many, since each of them
  counts as a day on which everyone was there (`--closed` names them).
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator

import msgspec

from streams.importers.days import SATURDAY, SchoolDays, dates
from streams.importers.edfi_xml import Entity
from streams.importers.fact import day, identifier, number
from streams.importers.ledger import Ledger
from streams.importers.refusal import Refusal, Why

KINDS = frozenset({"Session", "Calendar", "CalendarDate"})

OPEN = frozenset({"instructional day", "make-up day", "student late arrival/early dismissal"})
CLOSED = frozenset(
    {
        "holiday",
        "non-instructional day",
        "teacher only day",
        "weather day",
        "emergency day",
        "strike",
    }
)
"""The last three are "cancelled or reduced": alone they close, beside an instructional day not."""

_NOT_OF_A_SCHOOL = ("student specific", "iep", "teacher", "staff")


class Term(msgspec.Struct, frozen=True):
    """A `Session` of one school."""

    school: str
    name: str
    first: dt.date
    last: dt.date
    instructional_days: int | None


class _DateSaid(msgspec.Struct, frozen=True):
    place: tuple[int, int]
    school: str
    calendar: str
    date: dt.date
    events: tuple[str, ...]


class Terms:
    """What the calendars of an import say, gathered from all its files in any order."""

    def __init__(self) -> None:
        self._terms: list[Term] = []
        self._types: dict[tuple[str, str], str] = {}
        self._dates: list[_DateSaid] = []

    def hear(self, entity: Entity, place: tuple[int, int], ledger: Ledger) -> None:
        """Take one calendar entity; a `Refusal` says why it cannot be taken."""
        school = identifier(entity.text("SchoolId"), "SchoolId")
        match entity.name:
            case "Session":
                self._terms.append(_term(entity, school))
                ledger.accept(entity.name)
            case "Calendar":
                code = entity.text("CalendarCode") or ""
                self._types[school, code] = _code(entity.text("CalendarType") or "")
                ledger.accept(entity.name)
            case _:
                self._dates.append(
                    _DateSaid(
                        place,
                        school,
                        entity.text("CalendarCode") or "",
                        day(entity.text("Date"), "Date"),
                        tuple(map(_code, entity.texts("CalendarEvent"))),
                    )
                )

    def known_since(self) -> dict[str, dt.date]:
        """Give the first day of the first term of each school."""
        begun: dict[str, dt.date] = {}
        for term in self._terms:
            begun[term.school] = min(term.first, begun.get(term.school, term.first))
        return begun

    def tell(self, days: dict[str, SchoolDays], ledger: Ledger) -> None:
        """Open and close dates in ``days`` (an entry for every school that needs one)."""
        for school, closed in self._between_terms():
            days[school].close(closed, "between terms")
        closing: dict[tuple[str, dt.date], str] = {}
        opening: dict[tuple[str, dt.date], str] = {}
        for said in self._dates:
            try:
                is_open, words = self._verdict(said)
            except Refusal as refusal:
                ledger.refuse("CalendarDate", said.place, refusal)
                continue
            ledger.accept("CalendarDate")
            (opening if is_open else closing)[said.school, said.date] = words
        for (school, date), words in closing.items():
            days[school].close(date, words)
        for (school, date), words in opening.items():
            days[school].open(date, words)

    def schools(self) -> set[str]:
        """Schools of which a calendar says something."""
        return {term.school for term in self._terms} | {said.school for said in self._dates}

    def notes(self, days: dict[str, SchoolDays]) -> Iterator[str]:
        """Terms whose open days are more than their instructional days."""
        unnamed: Counter[tuple[str, int, int]] = Counter()
        for term in self._terms:
            open_days = days[term.school].school_days_between(term.first, term.last)
            if term.instructional_days is not None and term.instructional_days < open_days:
                unnamed[term.name, term.instructional_days, open_days] += 1
        for (name, instructional, open_days), schools in sorted(unnamed.items()):
            yield (
                f"{name}: {instructional} instructional days, {open_days} open weekdays"
                f" (schools: {schools}). The calendar does not name the"
                f" {open_days - instructional} days off; each counts as a day on which everyone"
                " was there (--closed DATE names one)"
            )

    def _verdict(self, said: _DateSaid) -> tuple[bool, str]:
        kind = self._types.get((said.school, said.calendar), "")
        if any(word in kind for word in _NOT_OF_A_SCHOOL):
            raise Refusal(Why.NOT_SCHOOL_WIDE, "CalendarCode", said.calendar)
        for meaning, is_open in ((OPEN, True), (CLOSED, False)):
            for event in said.events:
                if event in meaning:
                    return is_open, event.capitalize()
        raise Refusal(Why.SAYS_NOTHING, "CalendarEvent", ", ".join(said.events))

    def _between_terms(self) -> Iterator[tuple[str, dt.date]]:
        by_school: dict[str, list[Term]] = defaultdict(list)
        for term in self._terms:
            by_school[term.school].append(term)
        for school, terms in by_school.items():
            ordered = sorted(terms, key=lambda term: (term.first, term.last))
            reached = ordered[0].last
            for term in ordered[1:]:
                for date in dates(reached, term.first):
                    if reached < date < term.first and date.weekday() < SATURDAY:
                        yield school, date
                reached = max(reached, term.last)


def _code(descriptor: str) -> str:
    return descriptor.rpartition("#")[2].strip().casefold()


def _term(entity: Entity, school: str) -> Term:
    first = day(entity.text("BeginDate"), "BeginDate")
    last = day(entity.text("EndDate"), "EndDate")
    if last < first:
        raise Refusal(Why.NOT_A_TERM, "EndDate", last.isoformat())
    total = entity.text("TotalInstructionalDays")
    days = None if total is None else number(total, "TotalInstructionalDays", Why.NOT_A_DURATION)
    name = entity.text("SessionName") or "a term without a name"
    return Term(school, name, first, last, None if days is None else int(days))
