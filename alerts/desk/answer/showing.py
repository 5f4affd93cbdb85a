"""What a page says of a case beside what was seen: whom, since when, and how fresh it is."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date

from alerts.alert import MOST_DATES, Cause
from alerts.desk.answer.language import translations
from alerts.desk.case import Case
from alerts.desk.messages.text import tidy
from alerts.desk.people import PupilName, SchoolFacts
from alerts.words import Language

Detail = Literal["initials", "names", "full"]


def pupil_label(case: Case, name: PupilName | None, detail: Detail) -> str:
    """Say who it is about: initials or the name, and the group.

    Whom the directory does not know has the pseudonym that the school sends.
    """
    if name is None:
        called, group = case.pupil or "", case.group
    else:
        called = name.initials if detail == "initials" else name.name
        group = name.group or case.group
    return f"{tidy(called)} ({tidy(group)})" if group else tidy(called)


def dates_of(causes: Sequence[Cause]) -> list[str]:
    """Give the school days that reasons name, newest first, at most as many as one names."""
    return sorted({day for cause in causes for day in cause.dates}, reverse=True)[:MOST_DATES]


def freshness(case: Case, facts: SchoolFacts, language: Language) -> str:
    """Say since when it stands, and up to when the school's registers are known."""
    gettext = translations(language).gettext
    since = gettext("Since {day}.").format(day=day_in_words(case.opened_on, language))
    if facts.registers_until is None:
        return since
    newest = moment(facts.registers_until, facts.timezone, language)
    until = gettext("Registers up to {moment}.").format(moment=newest)
    return f"{since} {until}"


def moment(at: float, timezone: str, language: Language) -> str:
    """Write an instant as a school's clock showed it; ``at``: seconds since 1970.

    >>> moment(1_795_423_267, "Europe/Amsterdam", Language.DUTCH)
    '23 november om 09:41'
    """
    local = datetime.fromtimestamp(at, ZoneInfo(timezone))
    day = day_in_words(local.date().isoformat(), language)
    return translations(language).gettext("{day} at {time}").format(day=day, time=f"{local:%H:%M}")


def day_in_words(day: str, language: Language) -> str:
    """Name a date of this school year, which needs no year.

    >>> day_in_words("2026-11-24", Language.ENGLISH)
    '24 November'
    """
    return format_date(date.fromisoformat(day), "d MMMM", locale=language.value)
