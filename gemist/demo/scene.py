"""All that is to be seen at one moment of a demo."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from alerts.alert import Alert
from alerts.desk.answer.links import PATH
from alerts.desk.people import Person
from alerts.roles import Role
from alerts.rules import Kind
from alerts.words import Language
from gemist.demo.entry import Entry, Teller
from gemist.demo.kept import Answer, Happening, Today, What
from gemist.demo.mailbox import Mail
from gemist.demo.plan import ZONE
from gemist.demo.speech import Speech, speech

_MOST_ENTRIES: Final = 60


@dataclass(slots=True)
class Scene:
    """What a stage shows."""

    schools: int
    pupils: int
    language: Language = Language.ENGLISH
    """In which it is shown."""
    address: str = ""
    now: float = 0.0
    """By the node's clock; seconds since 1970."""
    day: int = 0
    """The live day, counted from 1."""
    days: int = 0
    snows: bool = False
    is_over: bool = False
    """Has the node closed the day?"""
    part: float = 0.0
    """Of the day that has passed."""
    marks_per_second: float = 0.0
    today: Today = field(default_factory=Today)
    standing: Counter[int] = field(default_factory=Counter)
    """Pupils who are missed, by the greatest tier of theirs."""
    seen: Counter[What] = field(default_factory=Counter)
    """What became of pupils' alerts since the first live day began."""
    notices: int = 0
    """That were opened since then."""
    people: dict[str, Person] = field(default_factory=dict)
    """Whom mail goes to, by address."""
    mail_page: str = ""
    """Where mails can be read."""
    mails: int = 0
    """That went out."""
    mail: Mail | None = None
    """The one that is shown: of the newest, one that a mentor can answer, in the demo's language
    if there is one."""
    answers: int = 0
    """That came back since the first live day began."""
    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=_MOST_ENTRIES))

    @property
    def say(self) -> Speech:
        """How its language is spoken."""
        return speech(self.language)

    @property
    def tell(self) -> Teller:
        """How its language tells what happened."""
        return Teller(self.say)

    @property
    def local(self) -> datetime:
        """Now, as the schools' clocks have it."""
        return datetime.fromtimestamp(self.now, ZONE)

    @property
    def alerts(self) -> int:
        """How often a pupil began to be missed, or more, since the first live day began."""
        return self.seen[What.OPENED] + self.seen[What.RAISED]

    def whom(self, mail: Mail) -> str:
        """Say whom a mail is for."""
        person = self.people.get(mail.to)
        if person is None:
            return mail.to
        role = self.tell.role(person.role, person.person)
        return f"{person.name}, {role} ({person.school})"

    def post(self, mails: Sequence[Mail]) -> list[Entry]:
        """Note mails that went out, oldest first, and say so."""
        if not mails:
            return []
        self.mails = mails[-1].number
        self.mail = max(mails, key=self._rank)
        whom, subject = self.whom(self.mail), self.mail.subject
        address = self.address_of(self.mail)
        said = self.tell.posted(int(self.now), len(mails), whom, subject, address)
        self.entries.append(said)
        return [said]

    def address_of(self, mail: Mail) -> str:
        """Where a mail can be read."""
        return f"{self.mail_page}mails/{mail.number}"

    def _rank(self, mail: Mail) -> tuple[bool, bool, bool, int]:
        person = self.people.get(mail.to)
        is_read = person is not None and person.language is self.language
        is_mentor = person is not None and person.role is Role.MENTOR
        return PATH in mail.html, is_mentor, is_read, mail.number

    def answer(self, answers: Iterable[Answer]) -> list[Entry]:
        """Count what was answered, and say it in words."""
        said = [self.tell.answered(each) for each in answers]
        self.answers += len(said)
        self.entries.extend(said)
        return said

    def happen(self, happenings: Iterable[Happening]) -> list[Entry]:
        """Count what happened, and say it in words."""
        said = []
        for each in happenings:
            if not each.is_notice:
                self.seen[each.what] += 1
            elif each.what is What.OPENED:
                self.notices += 1
            said.append(self.tell.happened(each))
        self.entries.extend(said)
        return said

    def stand(self, alerts: Iterable[Alert]) -> None:
        """Note who is missed now."""
        tiers: dict[tuple[str, str | None], int] = {}
        for each in alerts:
            if each.kind is not Kind.GROUP:
                about = (each.school, each.pupil)
                tiers[about] = max(each.tier, tiers.get(about, 0))
        self.standing = Counter(tiers.values())
