"""What happened, in words for whoever watches."""

from dataclasses import dataclass
from datetime import date as Date  # noqa: N812 - a type here
from datetime import datetime
from enum import StrEnum
from typing import Final

from alerts.alert import Alert, Cause, Why
from alerts.desk.messages.steps import marked
from alerts.roles import Role
from alerts.words import reasons
from gemist.demo.kept import Answer, Happening, What
from gemist.demo.plan import ZONE
from gemist.demo.speech import Speech
from models.events.types import Action

_MOST_DATES: Final = 4
_INTENSIVE: Final = 3
_AFTER_ALL: Final = {
    "illness": marked("it was illness after all"),
    "medical": marked("it was a visit to a doctor after all"),
    "leave": marked("there was leave after all"),
    "suspended": marked("it was a suspension after all"),
    "elsewhere": marked("it was learning elsewhere after all"),
    "present": marked("the pupil was there after all"),
    "late": marked("the pupil was there after all, late"),
    "left_early": marked("the pupil was there after all, and left early"),
}
_SOMETHING_ELSE: Final = marked("something else was recorded after all")
_ROLES: Final = {
    Role.MENTOR: marked("mentor {mentor}"),
    Role.CARE_TEAM: marked("care team"),
    Role.ADMINISTRATION: marked("administration"),
    Role.LEADERSHIP: marked("school leadership"),
}
_DONE: Final = {
    Action.SEEN: marked("seen"),
    Action.SPOKEN: marked("spoken"),
    Action.SUPPORT: marked("support has begun"),
    Action.REFERRED: marked("passed on"),
    Action.REPORTED: marked("reported to the authority"),
    Action.SNOOZE: marked("ask me again"),
    Action.RESOLVED: marked("resolved"),
    Action.FALSE_ALARM: marked("a false alarm"),
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


@dataclass(frozen=True, slots=True)
class Teller:
    """Says in a language what happened."""

    say: Speech

    def happened(self, happening: Happening) -> Entry:
        """Say what became of an alert, and why."""
        alert, gettext = happening.alert, self.say.gettext
        if happening.is_notice:
            return self._notice(happening)
        said = self._sentences(happening.ground, alert)
        tone = Tone.URGENT if alert.tier >= _INTENSIVE else Tone.MISSED
        match happening.what:
            case What.OPENED:
                told = gettext("is missed (tier {tier}): tell {whom}")
                what, why = told.format(tier=alert.tier, whom=self._whom(alert)), said
            case What.RAISED:
                told = gettext("is missed more (tier {tier}): tell {whom}")
                what, why = told.format(tier=alert.tier, whom=self._whom(alert)), said
            case What.EASED:
                less = gettext("is missed less (tier {tier} now)").format(tier=alert.tier)
                tone, what, why = Tone.GOOD, less, said
            case What.CLOSED:
                tone, what = Tone.GOOD, self._ending(alert)
                why = self._sentences(alert.reasons, alert)
            case What.TAKEN_BACK:
                this = gettext(_AFTER_ALL.get(happening.correction or "", _SOMETHING_ELSE))
                tone, what = Tone.TAKEN_BACK, gettext("taken back: the school said {this}")
                what = what.format(this=this)
                why = gettext("it had said: {reasons}").format(reasons=said) if said else ""
        return Entry(happening.at, tone, alert.pupil or "", _place(alert), what, why)

    def answered(self, answer: Answer) -> Entry:
        """Say what somebody answered, of whom."""
        alert, gettext = answer.alert, self.say.gettext
        by = answer.by or gettext("somebody")
        if alert is not None and answer.by == alert.mentor:
            by = self.role(Role.MENTOR, answer.by)
        what = gettext(_DONE[answer.action])
        if answer.until:
            until = self.say.day(Date.fromisoformat(answer.until), "d MMMM")
            what = gettext("{what} on {day}").format(what=what, day=until)
        what = gettext("answered: {what}, about {pupil}").format(what=what, pupil=answer.pupil)
        return Entry(answer.at, Tone.ANSWER, by, answer.school, what, "")

    def posted(self, at: int, mails: int, whom: str, subject: str, address: str) -> Entry:
        """Say that mails went out, and of one whom it is for, its subject, and where it is."""
        about = self.say.many("{count} message", "{count} messages", mails)
        why = self.say.gettext("one of them to {whom}: {subject}, at {address}")
        why = why.format(whom=whom, subject=subject, address=address)
        return Entry(at, Tone.MAIL, about, "", self.say.gettext("went out by mail"), why)

    def snowed(self, at: int, away: int, pupils: int, notices: int, alerts: int) -> Entry:
        """Say what came of a day on which half of the district stayed at home."""
        say = self.say
        about = say.gettext("{away} of {pupils} pupils")
        why = say.gettext("no flood: {notices} to school leadership, {alerts} about pupils")
        return Entry(
            at,
            Tone.SNOW,
            about.format(away=say.number(away), pupils=say.number(pupils)),
            "",
            say.gettext("away: it snows, and schools record it as leave"),
            why.format(
                notices=say.many("{count} notice", "{count} notices", notices),
                alerts=say.many("{count} alert", "{count} alerts", alerts),
            ),
        )

    def role(self, role: Role, mentor: str | None) -> str:
        """Say who somebody is at a school."""
        return self.say.gettext(_ROLES[role]).format(mentor=mentor)

    def _notice(self, happening: Happening) -> Entry:
        alert, gettext = happening.alert, self.say.gettext
        about, why = gettext("the whole school"), ""
        if alert.group:
            about = gettext("class {group}").format(group=alert.group)
        match happening.what:
            case What.OPENED:
                what = gettext("a common cause: tell {whom}").format(whom=self._whom(alert))
                why = self._sentences(happening.ground, alert)
            case What.TAKEN_BACK:
                what = gettext("no common cause after all")
            case _:
                what = gettext("an ordinary day again")
        return Entry(happening.at, Tone.NOTICE, about, alert.school, what, why)

    def _ending(self, alert: Alert) -> str:
        if any(cause.code == Why.LEFT for cause in alert.reasons):
            return self.say.gettext("left while being missed: ask where they learn now")
        return self.say.gettext("was missed, and is back: say hello")

    def _whom(self, alert: Alert) -> str:
        """Who hears of it."""
        roles = [self.role(each, alert.mentor) for each in alert.audience]
        return self.say.gettext(" and ").join(roles)

    def _sentences(self, causes: tuple[Cause, ...], alert: Alert) -> str:
        said = reasons(causes, alert.kind, self.say.language, most_dates=_MOST_DATES)
        return "; ".join(said)


def _place(alert: Alert) -> str:
    return f"{alert.group}, {alert.school}" if alert.group else alert.school
