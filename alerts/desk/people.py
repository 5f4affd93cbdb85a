"""Who is at a school: persons with a role and an address, and pupils' names."""

from dataclasses import dataclass

from alerts.roles import Role
from alerts.words import Language


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be told, in one role."""

    school: str
    person: str
    """The pseudonym that the stream has for them."""
    role: Role
    name: str
    address: str
    """An e-mail address, or an https address that takes signed webhooks."""
    language: Language


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil as a school's list has them."""

    pupil: str
    """The pseudonym that the stream has for them."""
    name: str
    group: str | None


@dataclass(frozen=True, slots=True)
class PupilName:
    """What a message may call a pupil by."""

    name: str
    initials: str
    """As `alerts.desk.initials` makes them: ``A. B.``"""
    group: str | None


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    """What messages need to know of a school."""

    school: str
    timezone: str
    began_on: str
    """The date on which the desk met it."""
    registers_until: int | None
    """The newest ``recorded_at`` of its registers, in seconds since 1970."""
    shadow: bool
    closed: frozenset[str] = frozenset()
    """Dates that the calendar closes."""
