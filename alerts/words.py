"""Reasons in sentences: why an alert stands or ended, with its figures and its dates.

A rule's words are data and come from its pack (`config.packs`), in English and in the country's
language. What is said around them (figures, dates, why an alert ended) stands here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final

from msgspec import UNSET

from alerts.alert import MOST_DATES, SCORECARD, Cause, Why
from alerts.episodes import QUIET_DAYS
from alerts.rules import LOWEST_TIER, Kind, Rule, rules_of
from config.packs import PACK_NAMES
from models.scorecard.words import said as said_part

_HOUR: Final = 60
_MOST_PARTS: Final = 3


class Language(StrEnum):
    """Languages in which the program speaks to people."""

    ENGLISH = "en"
    DUTCH = "nl"


@dataclass(frozen=True, slots=True)
class _Phrases:
    """What one language needs. ``{}`` is where figures or days go."""

    months: tuple[str, ...]
    list_end: str
    on: str
    earlier: str
    earlier_at_least: str
    one_day_earlier: str
    share: str
    hour: str
    hours: str
    minutes: str
    times: str
    days: str
    sessions: str
    ended: Mapping[Why, str]
    notice: str
    notice_ended: str
    score: str
    simulated: str


_PHRASES: Final = {
    Language.ENGLISH: _Phrases(
        months=(
            *("January", "February", "March", "April", "May", "June"),
            *("July", "August", "September", "October", "November", "December"),
        ),
        list_end=" and ",
        on="on {}",
        earlier="and {} days before",
        earlier_at_least="and at least {} days before",
        one_day_earlier="and a day before",
        share="{part} of {whole} sessions ({percent}%)",
        hour="{} hour",
        hours="{} hours",
        minutes="{} minutes",
        times="{} times",
        days="{} days",
        sessions="{} sessions",
        ended={
            Why.LEFT: "is not enrolled any more",
            Why.BACK: "is recorded again",
            Why.QUIET: f"better for {QUIET_DAYS} days, and no rule holds any more",
        },
        notice="so many were away that it says little about one pupil",
        notice_ended="an ordinary day came",
        score="the scorecard foresees that it may go wrong",
        simulated="trained on simulated pupils, which says nothing about real ones",
    ),
    Language.DUTCH: _Phrases(
        months=(
            *("januari", "februari", "maart", "april", "mei", "juni"),
            *("juli", "augustus", "september", "oktober", "november", "december"),
        ),
        list_end=" en ",
        on="op {}",
        earlier="en {} dagen daarvoor",
        earlier_at_least="en minstens {} dagen daarvoor",
        one_day_earlier="en een dag daarvoor",
        share="{part} van {whole} lesmomenten ({percent}%)",
        hour="{} uur",
        hours="{} uur",
        minutes="{} minuten",
        times="{} keer",
        days="{} dagen",
        sessions="{} lesmomenten",
        ended={
            Why.LEFT: "is niet meer ingeschreven",
            Why.BACK: "wordt weer vastgelegd",
            Why.QUIET: f"het gaat {QUIET_DAYS} dagen beter, en geen regel geldt meer",
        },
        notice="er waren er zo veel weg dat het over één leerling weinig zegt",
        notice_ended="er kwam een gewone dag",
        score="de scorekaart voorziet dat het mis kan gaan",
        simulated="getraind op verzonnen leerlingen, wat niets zegt over echte",
    ),
}


def reasons(
    causes: Sequence[Cause], kind: Kind, language: Language, *, most_dates: int = MOST_DATES
) -> list[str]:
    """Say the reasons of an alert; of rules that look at one figure only the gravest is said."""
    gravest: dict[tuple[str, ...] | str, Cause] = {}
    for cause in causes:
        about = _about(cause)
        if about not in gravest or _tier(cause) > _tier(gravest[about]):
            gravest[about] = cause
    return [
        reason(cause, kind, language, most_dates=most_dates)
        for cause in causes
        if gravest[_about(cause)] is cause
    ]


def reason(cause: Cause, kind: Kind, language: Language, *, most_dates: int = MOST_DATES) -> str:
    """Say one reason of an alert of some kind.

    A code that no pack here knows is said as it is, so that results of another version of the
    program can still be read.

    >>> cause = Cause("nl.8h", "", {"unauthorised_minutes_4w": 500}, ("2026-11-24", "2026-11-23"))
    >>> reason(cause, Kind.UNAUTHORISED, Language.DUTCH)[:41]
    'miste 8 uur of meer ongeoorloofd binnen 4'
    >>> reason(cause, Kind.UNAUTHORISED, Language.DUTCH)[-50:]
    'weken: 8 uur 20 minuten, op 23 en 24 november 2026'
    """
    phrases = _PHRASES[language]
    rule = known_rules().get(cause.code)
    if rule is not None:
        said, figures = rule.words[language], _figures(rule, cause, phrases)
    elif cause.code == SCORECARD:
        return f"{phrases.score}: {_score(cause, language, phrases)}"
    elif cause.code == Why.COMMON_CAUSE:
        said, figures = phrases.notice, _notice_figures(cause, phrases)
    elif cause.code == Why.QUIET and kind is Kind.GROUP:
        said, figures = phrases.notice_ended, ""
    else:
        ended = {why.value: words for why, words in phrases.ended.items()}
        said, figures = ended.get(cause.code, cause.code), ""
    days = days_in_words(cause.dates, language, most=most_dates) if cause.dates else ""
    details = ", ".join(each for each in (figures, phrases.on.format(days) if days else "") if each)
    return f"{said}: {details}" if details else said


def days_in_words(dates: Sequence[str], language: Language, *, most: int = MOST_DATES) -> str:
    """Name one day or more, given newest first, in their order; of too many the newest.

    >>> days_in_words(["2022-05-20", "2022-05-04", "2021-11-30"], Language.ENGLISH)
    '30 November 2021, 4 and 20 May 2022'
    """
    phrases = _PHRASES[language]
    days = [date.fromisoformat(each) for each in reversed(dates[:most])]
    names = []
    for day, following in zip(days, [*days[1:], date.min], strict=True):
        name = str(day.day)
        if (day.year, day.month) != (following.year, following.month):
            name += f" {phrases.months[day.month - 1]}"
        if day.year != following.year:
            name += f" {day.year}"
        names.append(name)
    first = ", ".join(names[:-1])
    said = f"{first}{phrases.list_end}{names[-1]}" if first else "".join(names)
    earlier = len(dates) - len(names)
    if not earlier:
        return said
    if len(dates) == MOST_DATES:  # there may be more than were named
        return f"{said}, {phrases.earlier_at_least.format(earlier)}"
    more = phrases.one_day_earlier if earlier == 1 else phrases.earlier.format(earlier)
    return f"{said}, {more}"


@cache
def known_rules() -> dict[str, Rule]:
    """All rules of the packs here, by id."""
    return {rule.id: rule for pack in PACK_NAMES for rule in rules_of(pack).rules}


def _about(cause: Cause) -> tuple[str, ...] | str:
    rule = known_rules().get(cause.code)
    return cause.code if rule is None else rule.when[0].looks_at


def _tier(cause: Cause) -> int:
    rule = known_rules().get(cause.code)
    return LOWEST_TIER if rule is None else rule.tier


def _figures(rule: Rule, cause: Cause, phrases: _Phrases) -> str:
    """Say what the rule's first condition saw; the others only say whether it may speak."""
    first = rule.when[0]
    values = [cause.figures.get(name) for name in first.looks_at]
    if first.share is not None and all(value is not None for value in values):
        return _share(int(values[0] or 0), int(values[1] or 0), phrases)
    value, name = values[0], first.looks_at[0]
    return "" if value is None else _quantity(name, int(value), phrases)


def _score(cause: Cause, language: Language, phrases: _Phrases) -> str:
    """Say what weighs most in a score, and whose pupils it was trained on."""
    parts = [] if cause.parts is UNSET else cause.parts[:_MOST_PARTS]
    weighs = [said_part(each, cause.figures, language) for each in parts]
    if cause.simulated is True:
        weighs.append(phrases.simulated)
    return "; ".join(weighs)


def _notice_figures(cause: Cause, phrases: _Phrases) -> str:
    part, whole = (cause.figures.get(name) for name in ("missed_sessions", "expected_sessions"))
    if part is None or whole is None:
        return ""
    return _share(int(part), int(whole), phrases)


def _share(part: int, whole: int, phrases: _Phrases) -> str:
    percent = 100 * part // max(whole, 1)  # rounded down: never more than what a rule compared
    return phrases.share.format(part=part, whole=whole, percent=percent)


def _quantity(pattern: str, value: int, phrases: _Phrases) -> str:
    match pattern:
        case "unauthorised_minutes_4w":
            return _duration(value, phrases)
        case "illness_spells_12w" | "late_60":
            return phrases.times.format(value)
        case _ if "days" in pattern:
            return phrases.days.format(value)
        case _:
            return phrases.sessions.format(value)


def _duration(minutes: int, phrases: _Phrases) -> str:
    hours, rest = divmod(minutes, _HOUR)
    words = []
    if hours:
        words.append((phrases.hour if hours == 1 else phrases.hours).format(hours))
    if rest or not hours:
        words.append(phrases.minutes.format(rest))
    return " ".join(words)
