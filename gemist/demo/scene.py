"""All that is to be seen at one moment of a demo."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from alerts.alert import Alert
from alerts.desk.people import Person
from alerts.rules import Kind
from gemist.demo.entry import Entry, answered, entry, posted
from gemist.demo.kept import Answer, Happening, Today, What
from gemist.demo.mailbox import Mail
from gemist.demo.plan import ZONE

_MOST_ENTRIES: Final = 60


@dataclass(slots=True)
class Scene:
    """What a stage shows."""

    schools: int
    pupils: int
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
    mail: Mail | None = None
    """The newest one."""
    answers: int = 0
    """That came back since the first live day began."""
    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=_MOST_ENTRIES))

    @property
    def local(self) -> datetime:
        """Now, as the schools' clocks have it."""
        return datetime.fromtimestamp(self.now, ZONE)

    @property
    def alerts(self) -> int:
        """How often a pupil began to be missed, or more, since the first live day began."""
        return self.seen[What.OPENED] + self.seen[What.RAISED]

    @property
    def mails(self) -> int:
        """How many went out."""
        return 0 if self.mail is None else self.mail.number

    def whom(self, mail: Mail) -> str:
        """Say whom a mail is for."""
        person = self.people.get(mail.to)
        if person is None:
            return mail.to
        return f"{person.name}, {person.role.value.replace('_', ' ')}, {person.school}"

    def post(self, mails: Sequence[Mail]) -> list[Entry]:
        """Note mails that went out, oldest first, and say so."""
        if not mails:
            return []
        self.mail = mails[-1]
        newest = f"to {self.whom(self.mail)}: {self.mail.subject}"
        said = posted(int(self.now), len(mails), newest, f"{self.mail_page}mails/{self.mails}")
        self.entries.append(said)
        return [said]

    def answer(self, answers: Iterable[Answer]) -> list[Entry]:
        """Count what was answered, and say it in words."""
        said = [answered(each) for each in answers]
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
            said.append(entry(each))
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
