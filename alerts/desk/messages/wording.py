"""What was chosen, in words: a sheet in the language of whoever is told."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from gettext import NullTranslations
from typing import Final

from babel.dates import format_date, format_time

from alerts.alert import State, Why
from alerts.desk.answer.offers import Offer, offers
from alerts.desk.case import Case, CaseState
from alerts.desk.messages.catalogue import words
from alerts.desk.messages.choosing import INTENSIVE, Choice, is_urgent
from alerts.desk.messages.days import local
from alerts.desk.messages.recipients import is_bare
from alerts.desk.messages.said import How
from alerts.desk.messages.sentences import seen
from alerts.desk.messages.sheet import Button, Row, Section, Sheet
from alerts.desk.messages.steps import first_steps, marked
from alerts.desk.messages.text import tidy
from alerts.desk.people import Person, PupilName, SchoolFacts
from alerts.roles import Role
from alerts.rules import LOWEST_TIER, Kind
from alerts.words import Language

Link = Callable[[Person, Case, Offer, float], str]
"""Person, case, answer, now → the address at which that person can give it."""
INITIALS: Final = "initials"
"""The value of ``desk.detail`` by which no name is said."""
NO_MENTOR: Final = "no mentor"
"""The part of the administration's messages that names pupil and group alone."""
MOST_WITH_BUTTONS: Final = 20
"""In one message: mail programs cut what is longer than some 100 kB."""
MOST_FOLDED: Final = 20
"""The others are counted."""
_LOCALES: Final = {Language.ENGLISH: "en_GB", Language.DUTCH: "nl"}
_MISSED: Final = (How.AT_ONCE, How.NEW, How.PASSED_ON)
_WITH_STEPS: Final = (*_MISSED, How.BACK)
_PARTS: Final = {
    How.AT_ONCE: (marked("Cannot wait"), ""),
    How.NEW: (marked("New"), ""),
    How.PASSED_ON: (
        marked("Passed on to the care team"),
        marked("A mentor asks you to look along, or nobody has looked for three school days."),
    ),
    How.BACK: (marked("Back today, as you asked"), ""),
    NO_MENTOR: (
        marked("Pupils without a mentor"),
        marked("They are missed. Who looks after them?"),
    ),
    How.ALREADY_MISSED: (
        marked("Already missed when we began"),
        marked("This stood before gemist came. It is said once; take your time."),
    ),
    How.GOOD_NEWS: (marked("Good news"), ""),
    How.TAKEN_BACK: (marked("Taken back or ended"), ""),
    How.FOLDED: (
        marked("Can wait"),
        marked("Enough for this week. They come up when there is room."),
    ),
    How.STILL: (marked("Still open"), marked("You know of these. Any answer counts.")),
}
"""Title and note of each part, in the order in which they are read."""
_LABELS: Final = {
    Offer.SEEN: marked("Seen"),
    Offer.SPOKEN: marked("Spoken"),
    Offer.SUPPORT: marked("Support"),
    Offer.WAS_THERE: marked("Was there after all"),
    Offer.FALSE_ALARM: marked("False alarm"),
    Offer.SNOOZE: marked("In a week"),
}


@dataclass
class Writer:
    """Puts one choice into words."""

    choice: Choice
    facts: SchoolFacts
    names: Mapping[str, PupilName]
    """What pupils are called, by pseudonym."""
    detail: str
    """As in ``desk.detail``."""
    link: Link | None
    now: float
    """Seconds since 1970."""
    _given: set[tuple[str, ...]] = field(default_factory=set, init=False)
    """First steps that were said already."""
    _rows_with_buttons: int = field(default=0, init=False)

    def sheet(self, what: str) -> Sheet:
        """Write the whole message; ``what`` is ``digest`` or ``at once``."""
        say = self._say
        headline, name = self._headline(), tidy(self.choice.person.name)
        return Sheet(
            what=what,
            school=tidy(self.facts.school),
            language=self.choice.person.language.value,
            subject=f"gemist: {headline[:1].lower()}{headline[1:]}",
            headline=headline,
            greeting=say.gettext("Hello %(name)s,") % {"name": name} if name else "",
            day=self._date(local(self.facts, self.now).date(), "EEEE d MMMM"),
            fresh=self._fresh(),
            sections=tuple(self._sections()),
            footer=self._footer(),
        )

    @cached_property
    def _say(self) -> NullTranslations:
        return words(self.choice.person.language)

    def _date(self, day: date | str, form: str) -> str:
        day = date.fromisoformat(day) if isinstance(day, str) else day
        return format_date(day, form, locale=_LOCALES[self.choice.person.language])

    def _headline(self) -> str:
        """Say the gist without a pupil: how many, and of which group where it is one."""
        say, choice = self._say, self.choice
        missed = [case for how in _MISSED for case in choice.of(how)]
        if any(case.kind is Kind.GROUP for case in missed):
            return say.gettext("Many were away at once")
        if missed:
            return self._missed(missed)
        if choice.of(How.ALREADY_MISSED):
            return say.gettext("Who was already missed when we began")
        if choice.of(How.BACK):
            return say.gettext("You asked to be reminded")
        if choice.of(How.EASED) or any(not _left(case) for case in choice.of(How.GOOD_NEWS)):
            return say.gettext("Good news")
        return say.gettext("Something was taken back or ended")

    def _missed(self, cases: Iterable[Case]) -> str:
        groups = {case.pupil: tidy(case.group or "") for case in cases}
        count, named = len(groups), set(groups.values())
        if len(named) == 1 and (group := named.pop()):
            said = self._say.ngettext(
                "%(count)s pupil of %(group)s is missed",
                "%(count)s pupils of %(group)s are missed",
                count,
            )
            return said % {"count": count, "group": group}
        said = self._say.ngettext("%(count)s pupil is missed", "%(count)s pupils are missed", count)
        return said % {"count": count}

    def _fresh(self) -> str:
        if self.facts.registers_until is None:
            return self._say.gettext("No registers have come in yet.")
        until = local(self.facts, self.facts.registers_until)
        moment = {
            "day": self._date(until.date(), "d MMMM"),
            "time": format_time(until, "HH:mm", locale=_LOCALES[self.choice.person.language]),
        }
        return self._say.gettext("Registers up to %(day)s %(time)s.") % moment

    def _sections(self) -> Iterable[Section]:
        found: dict[str, list[tuple[How, Case]]] = {name: [] for name in _PARTS}
        for how, cases in self.choice.parts.items():
            for case in cases:
                found[self._part(how, case)].append((how, case))
        for name, chosen in found.items():
            if not chosen:
                continue
            title, note = _PARTS[name]
            listed = chosen[:MOST_FOLDED] if name == How.FOLDED else chosen
            more = len(chosen) - len(listed)
            yield Section(
                name=str(name),
                title=self._say.gettext(title),
                note=self._say.gettext(note) if note else "",
                rows=tuple(self._row(how, case) for how, case in listed),
                more=self._say.gettext("and %(count)s more") % {"count": more} if more else "",
            )

    def _part(self, how: How, case: Case) -> str:
        """Say under which title a case stands."""
        if how is How.EASED:
            how = How.GOOD_NEWS
        if how is How.GOOD_NEWS and _left(case):
            how = How.TAKEN_BACK
        is_listed_bare = how in (*_WITH_STEPS, How.ALREADY_MISSED)
        return NO_MENTOR if is_listed_bare and is_bare(self.choice.person, case) else how

    def _row(self, how: How, case: Case) -> Row:
        who, group = self._who(case)
        if is_bare(self.choice.person, case):
            return Row(who, group)
        is_over = how in (How.GOOD_NEWS, How.EASED, How.TAKEN_BACK)
        is_short = how in (How.FOLDED, How.STILL)
        since = self._say.gettext("since %(day)s") % {"day": self._date(case.opened_on, "d MMMM")}
        return Row(
            who=who,
            group=group,
            since="" if is_over else since,
            weight="" if is_over else self._weight(case),
            is_heavy=not is_over and (is_urgent(case) or case.tier >= INTENSIVE),
            seen=() if is_short else self._seen(how, case),
            steps=self._steps(how, case),
            buttons=() if is_over else self._buttons(case),
        )

    def _who(self, case: Case) -> tuple[str, str]:
        """Name a pupil as far as a school lets mail do so, and the group."""
        group = tidy(case.group or "")
        if case.pupil is None:
            return group or self._say.gettext("The whole school"), ""
        name = self.names.get(case.pupil)
        called = "" if name is None else name.initials if self.detail == INITIALS else name.name
        return tidy(called) or tidy(case.pupil), group

    def _weight(self, case: Case) -> str:
        say = self._say
        if case.kind is Kind.SILENCE:
            return say.gettext("not recorded")
        if case.tier < INTENSIVE:
            return ""
        if case.kind is Kind.UNAUTHORISED:
            return say.gettext("the law's limit")
        return say.gettext("much missed")

    def _seen(self, how: How, case: Case) -> tuple[str, ...]:
        say = self._say
        if how is How.TAKEN_BACK or case.state is CaseState.TAKEN_BACK:
            said = say.gettext("What was said of %(day)s does not hold any more: nothing to do.")
            return (said % {"day": self._date(case.opened_on, "d MMMM")},)
        if how is How.EASED:
            return (say.gettext("It goes better than it did."),)
        if _why(case) == Why.BACK:
            said = say.gettext("Recorded again since %(day)s.")
            return (said % {"day": self._date(case.as_of, "EEEE d MMMM")},)
        return tuple(seen(case, self.choice.person.language, self.detail))

    def _steps(self, how: How, case: Case) -> tuple[str, ...]:
        """Say what to do first, once for all cases of which it is the same."""
        is_good = how is How.EASED or (how is How.GOOD_NEWS and not _left(case))
        if is_good and case.kind is Kind.GROUP:
            return ()  # an ordinary day came: nobody is to be greeted
        steps = first_steps(case.kind, LOWEST_TIER if is_good else case.tier)
        if not (is_good or how in _WITH_STEPS) or steps in self._given:
            return ()
        self._given.add(steps)
        return tuple(self._say.gettext(each) for each in steps)

    def _buttons(self, case: Case) -> tuple[Button, ...]:
        if self.link is None or self._rows_with_buttons >= MOST_WITH_BUTTONS:
            return ()
        self._rows_with_buttons += 1
        return tuple(
            Button(
                offer.value,
                self._say.gettext(_LABELS[offer]),
                self.link(self.choice.person, case, offer, self.now),
            )
            for offer in offers(case)
        )

    def _footer(self) -> tuple[str, ...]:
        say = self._say
        because = {
            Role.MENTOR: say.gettext("You get this as a mentor."),
            Role.CARE_TEAM: say.gettext("You get this as one of the care team."),
            Role.ADMINISTRATION: say.gettext("You get this as administration."),
            Role.LEADERSHIP: say.gettext("You get this as school leadership."),
        }
        answering = say.gettext("A button opens a page; nothing is written before you press there.")
        kept = say.gettext("It stays within the school: please do not forward it.")
        first = because.get(self.choice.person.role, "")
        return tuple(each for each in (first, answering if self.link else "", kept) if each)


def _why(case: Case) -> str:
    return case.newest.reasons[0].code if case.newest.reasons else ""


def _left(case: Case) -> bool:
    return case.alert_state is State.CLOSED and _why(case) == Why.LEFT
