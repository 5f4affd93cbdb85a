"""All that is to be seen at one moment of a demo."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from alerts.alert import Alert
from alerts.rules import Kind
from gemist.demo.entry import Entry, entry
from gemist.demo.kept import Happening, Today, What
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
    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=_MOST_ENTRIES))

    @property
    def local(self) -> datetime:
        """Now, as the schools' clocks have it."""
        return datetime.fromtimestamp(self.now, ZONE)

    @property
    def alerts(self) -> int:
        """How often a pupil began to be missed, or more, since the first live day began."""
        return self.seen[What.OPENED] + self.seen[What.RAISED]

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
