"""The desk at which people answer: from a link to a page, and from a button to an event.

The event itself is kept by the log, between `AnswerDesk.begin` and `AnswerDesk.finish`. Whoever is
not thanked may press again: nothing is written twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine

from alerts.alert import State
from alerts.desk import directory
from alerts.desk.answer.buttons import buttons
from alerts.desk.answer.language import preferred, translations
from alerts.desk.answer.links import Answerable, Flaw, Links
from alerts.desk.answer.offers import Offer, offers
from alerts.desk.answer.pages import Page, Shown, Trouble, ask, thank, trouble
from alerts.desk.answer.responding import Said, respond
from alerts.desk.answer.showing import Detail, dates_of, freshness, moment, pupil_label
from alerts.desk.answer.was_there import Recorders, Told, tell
from alerts.desk.audit import Way, looked
from alerts.desk.case import Case
from alerts.desk.casebook.reading import case_of_alert, school_facts
from alerts.desk.directory import UNASSIGNED
from alerts.desk.messages.recipients import is_bare
from alerts.desk.messages.sentences import seen
from alerts.desk.messages.text import tidy
from alerts.desk.people import Person, PupilName, SchoolFacts
from alerts.roles import Role
from alerts.words import Language
from config.settings import Desk
from models.events.instants import local_date, write_date

_WHOLE_SCHOOL: Final = frozenset({Role.CARE_TEAM, Role.ADMINISTRATION})
"""Roles whose cases nobody takes over: a link of theirs stays good while they have the role."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who came by a link that holds, and the case that they came for."""

    link: Answerable
    person: Person
    case: Case
    name: PupilName | None
    facts: SchoolFacts
    now: float


@dataclass(frozen=True, slots=True)
class Begun:
    """An answer that may be kept now: `said.line` is the event, unless it is known already."""

    visit: Visit
    offer: Offer
    said: Said


class AnswerDesk:
    """Answers about the cases of one casebook. Its methods ask a database: not for an event loop.

    Raises `sqlalchemy.exc.SQLAlchemyError` where that fails; then nobody was shown anything.
    """

    def __init__(
        self,
        engine: Engine,
        links: Links,
        settings: Desk,
        clock: Callable[[], float],
        recorders: Recorders,
    ) -> None:
        self._engine = engine
        self._links = links
        self._detail: Detail = settings.detail
        self._clock = clock
        self._recorders = recorders

    @property
    def address(self) -> str:
        """Where people reach the pages, without a slash at its end."""
        return self._links.address

    def status(self, token: str) -> int:
        """Say what the token alone says of a visit, without a look at anybody."""
        match self._links.read(token, self._clock()):
            case Flaw.ALTERED:
                return Trouble.ALTERED.status
            case Flaw.EXPIRED:
                return Trouble.EXPIRED.status
            case _:
                return 200

    def page(self, token: str, accept_language: str) -> Page:
        """Show the question. Nothing is written but that it was looked at."""
        visit = self._visit(token, accept_language, Way.ANSWER_PAGE)
        if isinstance(visit, Page):
            return visit
        asked = visit.link.offer
        others = [offer for offer in offers(visit.case) if offer is not asked]
        return ask(self._shown(visit), asked, others, visit.person.language)

    def begin(self, token: str, offer: Offer, accept_language: str) -> Begun | Page:
        """Take an answer, and work out what the log should keep; or say what is wrong."""
        visit = self._visit(token, accept_language, Way.ANSWER)
        if isinstance(visit, Page):
            return visit
        return Begun(visit, offer, respond(visit.link, offer, visit.case, visit.now, visit.facts))

    def finish(self, begun: Begun) -> Page:
        """Tell whoever has to hear of an answer that the log has kept, and say thank you."""
        visit, told = begun.visit, ""
        language = visit.person.language
        if begun.offer is Offer.WAS_THERE:
            told = _told_in_words(self._tell(visit), language)
        at = moment(visit.now, visit.facts.timezone, language)
        return thank(self._shown(visit), begun.offer, at, told, language)

    def trouble(self, what: Trouble, accept_language: str, begun: Begun | None = None) -> Page:
        """Say that something went wrong; ``begun``: an answer that can be given again."""
        if begun is None:
            return trouble(what, preferred(accept_language))
        return trouble(what, begun.visit.person.language, begun.offer)

    def _visit(self, token: str, accept_language: str, way: Way) -> Visit | Page:
        """See who comes by a link, and write down that they do."""
        link = self._links.said(token)
        if link is None:  # whoever tries out links does not get as far as the database
            return trouble(Trouble.ALTERED, preferred(accept_language))
        now = self._clock()
        with self._engine.begin() as connection:
            person = directory.person(connection, link.school, link.person, link.role)
            language = person.language if person else preferred(accept_language)
            if self._links.read(token, now) is Flaw.EXPIRED:
                return trouble(Trouble.EXPIRED, language)
            case = case_of_alert(connection, link.school, link.alert)
            facts = school_facts(connection, link.school)
            if case is None or facts is None or not offers(case):
                return trouble(Trouble.GONE, language)
            if person is None or not _is_theirs(connection, case, person):
                return trouble(Trouble.NOT_YOURS, language)
            assert case.pupil is not None
            name = directory.pupil_names(connection, case.school, [case.pupil]).get(case.pupil)
            looked(connection, now, case.school, case.pupil, person.person, way, case.newest.id)
        return Visit(link, person, case, name, facts, now)

    def _shown(self, visit: Visit) -> Shown:
        case, facts, language = visit.case, visit.facts, visit.person.language
        bare = is_bare(visit.person, case)  # who may see no reasons
        return Shown(
            person=tidy(visit.person.name),
            pupil=pupil_label(case, visit.name, self._detail),
            today=write_date(local_date(int(visit.now), facts.timezone)),
            until=moment(visit.link.ends_at, facts.timezone, language),
            seen=[] if bare else seen(case, language, self._detail),
            fresh=freshness(case, facts, language),
            notes=_notes(visit),
        )

    def _tell(self, visit: Visit) -> Told:
        case = visit.case
        assert case.pupil is not None
        recorded = self._recorders(case.school, case.pupil, dates_of(case.newest.reasons))
        with self._engine.begin() as connection:
            if case_of_alert(connection, case.school, case.newest.id) is None:
                return Told(0, 0)  # erased in this very moment
            return tell(
                connection, case, visit.person, visit.name, recorded, self._detail, visit.now
            )


def _is_theirs(connection: Connection, case: Case, person: Person) -> bool:
    """May this person, in this role, still answer about a case that they were told of?"""
    if person.role is not Role.MENTOR:
        return person.role in _WHOLE_SCHOOL
    if person.person != UNASSIGNED:
        return person.person == case.mentor
    return (
        case.mentor is None
        or directory.person(connection, case.school, case.mentor, Role.MENTOR) is None
    )


def _notes(visit: Visit) -> list[str]:
    """Say what became of the case since its mail, and what this person answered."""
    case, language = visit.case, visit.person.language
    gettext = translations(language).gettext
    notes = []
    match case.alert_state:
        case State.WITHDRAWN:
            notes.append(gettext("Good to know: this was taken back, since a register changed."))
        case State.CLOSED:
            notes.append(gettext("Good news: this is over by now."))
        case _:
            pass
    own = [done for done in case.done if done.by == visit.person.person]
    if own:
        choices = buttons("", case.as_of, language)
        offer = next((each for each in Offer if each.value == own[-1].action.value), None)
        if offer is not None:
            at = moment(own[-1].recorded_at, visit.facts.timezone, language)
            said = gettext("You answered on {moment}: “{answer}”. A new answer comes after it.")
            notes.append(said.format(moment=at, answer=choices[offer].choice))
    return notes


def _told_in_words(told: Told, language: Language) -> str:
    gettext = translations(language).gettext
    if told.recorders and told.administration:
        return gettext("Whoever recorded it, and the administration, are asked to look at it.")
    if told.recorders:
        return gettext("Whoever recorded it is asked to look at it.")
    if told.administration:
        return gettext("The administration is asked to look at it.")
    return gettext(
        "Nobody is known here who could be asked to put the register right. Please tell your"
        " administration."
    )
