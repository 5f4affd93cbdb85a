"""What happened, in words for whoever watches."""

from dataclasses import dataclass
from datetime import date as Date  # noqa: N812 - a type here
from datetime import datetime
from enum import StrEnum
from typing import Final

from alerts.alert import Alert, Cause, Why
from alerts.roles import Role
from alerts.words import Language, reasons
from gemist.demo.kept import Answer, Happening, What
from gemist.demo.plan import ZONE
from models.events.types import Action

_MOST_DATES: Final = 4
_INTENSIVE: Final = 3
_AFTER_ALL: Final = {
    "illness": "it was illness",
    "medical": "it was a visit to a doctor",
    "leave": "there was leave",
    "suspended": "it was a suspension",
    "elsewhere": "it was learning elsewhere",
    "present": "the pupil was there",
    "late": "the pupil was there, late",
    "left_early": "the pupil was there, and left early",
}
_DONE: Final = {
    Action.SEEN: "seen",
    Action.SPOKEN: "spoken",
    Action.SUPPORT: "support has begun",
    Action.REFERRED: "passed on",
    Action.REPORTED: "reported to the authority",
    Action.SNOOZE: "ask me again",
    Action.RESOLVED: "resolved",
    Action.FALSE_ALARM: "a false alarm",
}


class Tone(StrEnum):
    """What kind of news it is."""

    MISSED = "missed"
    URGENT = "urgent"
    GOOD = "good"
    TAKEN_BACK = "taken back"
    NOTICE = "notice"
    SNOW = "snow"
    MAIL = "mail"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    at: int
    """Seconds since 1970."""
    tone: Tone
    about: str
    """The pupil, or how many."""
    place: str
    """Group and school; empty where it is about all of them."""
    what: str
    why: str

    @property
    def local(self) -> datetime:
        """When, as the schools' clocks have it."""
        return datetime.fromtimestamp(self.at, ZONE)


def entry(happening: Happening) -> Entry:
    """Say what became of an alert, and why."""
    alert = happening.alert
    if happening.is_notice:
        return _notice(happening)
    said = _sentences(happening.ground, alert)
    match happening.what:
        case What.OPENED | What.RAISED:
            verb = "is missed" if happening.what is What.OPENED else "is missed more"
            tone = Tone.URGENT if alert.tier >= _INTENSIVE else Tone.MISSED
            what, why = f"{verb} (tier {alert.tier}): {_told(alert)}", said
        case What.EASED:
            tone, what, why = Tone.GOOD, f"is missed less (tier {alert.tier} now)", said
        case What.CLOSED:
            tone, what = Tone.GOOD, _ending(alert)
            why = _sentences(alert.reasons, alert)
        case What.TAKEN_BACK:
            after_all = _AFTER_ALL.get(happening.correction or "", "something else was recorded")
            tone, what = Tone.TAKEN_BACK, f"taken back: the school said {after_all} after all"
            why = f"it had said: {said}" if said else ""
    return Entry(happening.at, tone, alert.pupil or "", _place(alert), what, why)


def answered(answer: Answer) -> Entry:
    """Say what somebody answered, of whom."""
    alert = answer.alert
    is_mentor = alert is not None and answer.by == alert.mentor
    until = f" on {_day(answer.until)}" if answer.until else ""
    return Entry(
        answer.at,
        Tone.ANSWER,
        f"mentor {answer.by}" if is_mentor else answer.by,
        answer.school,
        f"answered: {_DONE[answer.action]}{until}, about {answer.pupil}",
        "",
    )


def posted(at: int, mails: int, one: str, address: str) -> Entry:
    """Say that mails went out, and of one of them whom it is for, its subject, and where it is."""
    why = f"one of them {one}, at {address}"
    return Entry(at, Tone.MAIL, _many(mails, "message"), "", "went out by mail", why)


def snowed(at: int, away: int, pupils: int, notices: int, alerts: int) -> Entry:
    """Say what came of a day on which half of the district stayed at home."""
    return Entry(
        at,
        Tone.SNOW,
        f"{away:,} of {pupils:,} pupils",
        "",
        "away: it snows, and schools record it as leave",
        f"no flood: {_many(notices, 'notice')} to school leadership,"
        f" {_many(alerts, 'alert')} about pupils",
    )


def _notice(happening: Happening) -> Entry:
    alert = happening.alert
    about = f"class {alert.group}" if alert.group else "the whole school"
    what = {
        What.OPENED: f"a common cause: {_told(alert)}",
        What.TAKEN_BACK: "no common cause after all",
    }.get(happening.what, "an ordinary day again")
    why = _sentences(happening.ground, alert) if happening.what is What.OPENED else ""
    return Entry(happening.at, Tone.NOTICE, about, alert.school, what, why)


def _ending(alert: Alert) -> str:
    if any(cause.code == Why.LEFT for cause in alert.reasons):
        return "left while being missed: ask where they learn now"
    return "was missed, and is back: say hello"


def _place(alert: Alert) -> str:
    return f"{alert.group}, {alert.school}" if alert.group else alert.school


def _told(alert: Alert) -> str:
    """Who hears of it."""
    names = {
        Role.MENTOR: f"mentor {alert.mentor}",
        Role.CARE_TEAM: "care team",
        Role.ADMINISTRATION: "administration",
        Role.LEADERSHIP: "school leadership",
    }
    return "tell " + " and ".join(names[role] for role in alert.audience)


def _sentences(causes: tuple[Cause, ...], alert: Alert) -> str:
    return "; ".join(reasons(causes, alert.kind, Language.ENGLISH, most_dates=_MOST_DATES))


def _day(date: str) -> str:
    day = Date.fromisoformat(date)
    return f"{day.day} {day:%B}"


def _many(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
