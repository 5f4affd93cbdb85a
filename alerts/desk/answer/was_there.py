"""“Was there after all”: told to who recorded it, so that the register is put right.

It says the pupil, the dates and who says so by role; neither reasons nor what was made of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from alerts.desk import directory
from alerts.desk.answer.language import templates, translations
from alerts.desk.answer.showing import Detail, dates_of, pupil_label
from alerts.desk.case import Case
from alerts.desk.letter import Letter
from alerts.desk.outbox import Said, put
from alerts.desk.people import Person, PupilName
from alerts.roles import Role
from alerts.words import Language, days_in_words

WAS_THERE: Final = "was there"
"""What such a message is, in the outbox."""

Recorders = Callable[[str, str, Sequence[str]], Mapping[str | None, Sequence[str]]]
"""Who recorded a school's pupil as missing on some dates: dates by person; None: nobody said."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears of it."""

    recorders: int
    administration: int


def tell(
    connection: Connection,
    case: Case,
    by: Person,
    name: PupilName | None,
    recorded: Mapping[str | None, Sequence[str]],
    detail: Detail,
    now: float,
) -> Told:
    """Put a message to each who recorded a mark of the case into the outbox, once.

    What was recorded by nobody, or by somebody whom the directory does not know, goes to the
    administration; so does all of it where no mark is found.
    """
    dates = dates_of(case.newest.reasons)
    known: dict[str, Person] = {}
    unknown = set(dates) if not recorded else set()
    for recorder, of_theirs in recorded.items():
        person = directory.person(connection, case.school, recorder) if recorder else None
        if person is None:
            unknown.update(of_theirs)
        else:
            known[person.person] = person
    told = [(person, recorded[person.person]) for person in known.values()]
    administration = (
        directory.people_with(connection, case.school, Role.ADMINISTRATION)
        if unknown or not told
        else []
    )
    told += [(person, sorted(unknown, reverse=True)) for person in administration]
    for person, of_theirs in told:
        put(
            connection,
            _key(case, by, person, of_theirs),
            person,
            WAS_THERE,
            letter(case, by.role, person, name, of_theirs, detail),
            [Said(case.case, case.school, case.pupil, WAS_THERE)],
            int(now),
        )
    return Told(len(known), len(administration))


def letter(
    case: Case,
    by: Role,
    to: Person,
    name: PupilName | None,
    dates: Sequence[str],
    detail: Detail,
) -> Letter:
    """Write the message; ``dates``, newest first, are those in question for who gets it."""
    gettext = translations(to.language).gettext
    pupil = pupil_label(case, name, detail)
    shown = {
        "language": to.language.value,
        "name": to.name,
        "pupil": pupil,
        "days": days_in_words(dates, to.language) if dates else "",
        "by": _role_in_words(by, to.language),
    }
    made = templates(to.language)
    return Letter(
        subject=gettext("Is the register right?"),
        plain=made.get_template("was_there.txt.j2").render(shown),
        html=made.get_template("was_there.html.j2").render(shown),
        data={"what": WAS_THERE, "pupil": pupil, "dates": list(dates), "said_by": by.value},
    )


def _key(case: Case, by: Person, to: Person, dates: Sequence[str]) -> str:
    newest = dates[0] if dates else case.newest.as_of
    return f"was-there/{case.school}/{case.newest.id}/{by.person}/{to.role}/{to.person}/{newest}"


def _role_in_words(role: Role, language: Language) -> str:
    gettext = translations(language).gettext
    match role:
        case Role.CARE_TEAM:
            return gettext("the care team")
        case Role.ADMINISTRATION:
            return gettext("the administration")
        case _:
            return gettext("the mentor")
