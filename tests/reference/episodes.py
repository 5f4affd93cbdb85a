"""From levels to what stands (SEMANTICS.md 6)."""

import uuid
from dataclasses import dataclass, field
from datetime import date

from .book import Book
from .common_cause import Level, common_cause
from .patterns import Patterns, measure
from .pupil_days import PupilDays
from .rules import ATTENDANCE, GROUP, PACKS, SILENCE, UNAUTHORISED

QUIET_DAYS = 10


@dataclass(frozen=True)
class Standing:
    """An alert that stands; ``rules`` are the reasons, a notice has none."""

    school: str
    pupil: str | None
    group: str | None
    kind: str
    tier: int
    opened_on: date
    rules: tuple[str, ...]

    @property
    def id(self) -> str:
        about = (self.group if self.kind == GROUP else self.pupil) or ""
        name = f"gemist/{self.school}/{about}/{self.kind}/{self.opened_on.isoformat()}"
        return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


@dataclass
class Episode:
    """The fold of one pupil and kind."""

    tier: int = 1
    quiet: int = 0
    opened_on: date | None = None
    is_live: bool = False  # what stands was opened or raised on the open day

    def fold(self, level: int, day: date) -> None:
        """One more known, closed day."""
        if level > self.tier:
            self._rise(level, day)
        elif level == self.tier:
            self.quiet = 0
        else:
            self.quiet += 1
            if self.quiet == QUIET_DAYS:
                self.tier = level
                self.quiet = 0
                if self.tier == 1:
                    self.opened_on = None

    def fold_open(self, level: int, day: date) -> None:
        """The open day: it may open or raise, and nothing else."""
        if level > self.tier:
            self._rise(level, day)
            self.is_live = True

    def _rise(self, level: int, day: date) -> None:
        if self.tier == 1:
            self.opened_on = day
        self.tier = level
        self.quiet = 0


@dataclass
class School:
    """All that is worked out of one book.

    ``ended``: the log is over and its last day counts as closed; else the newest school day is
    open until a ``close``.
    """

    book: Book
    pack: str
    ended: bool
    _measured: dict[tuple[str, date], Patterns] = field(default_factory=dict)

    def __post_init__(self) -> None:
        book = self.book
        self.rules = PACKS[book.facts.pack or self.pack]
        self.days = book.school_days
        self.closed = self.days if self.ended else book.closed_days()
        self.open_day = self.days[-1] if len(self.closed) < len(self.days) else None
        self.pupil_days = PupilDays(book)
        self.cause = common_cause(book, self.pupil_days)

    def patterns(self, pupil: str, day: date) -> Patterns:
        if (pupil, day) not in self._measured:
            self._measured[pupil, day] = measure(
                self.book,
                self.pupil_days,
                self.cause,
                pupil,
                day,
                day_is_open=day == self.open_day,
            )
        return self._measured[pupil, day]

    def holding(self, pupil: str, kind: str, day: date, *, live: bool = False) -> dict[str, int]:
        """The rules of a kind that hold as of a day on which the pupil is enrolled: id → tier."""
        phase = self.book.enrolled[day][pupil].phase
        found = self.patterns(pupil, day)
        return {
            rule.id: rule.tier
            for rule in self.rules
            if rule.kind == kind and (rule.live or not live) and rule.holds(found, phase)
        }

    def level(self, pupil: str, kind: str, day: date, *, live: bool = False) -> int:
        return max(self.holding(pupil, kind, day, live=live).values(), default=1)

    def is_known(self, pupil: str, day: date) -> bool:
        return self.pupil_days.on(pupil, day).known > 0

    def episode(self, pupil: str, kind: str) -> Episode:
        """Levels folded over the pupil's known days (kinds attendance and unauthorised)."""
        episode = Episode()
        for day in self.closed:
            if self.is_known(pupil, day):
                episode.fold(self.level(pupil, kind, day), day)
        if self.open_day is not None and self.is_known(pupil, self.open_day):
            episode.fold_open(self.level(pupil, kind, self.open_day, live=True), self.open_day)
        return episode

    def silence_opened_on(self, pupil: str) -> date | None:
        """On which closed day the silence opened that has not ended, if there is one."""
        opened_on = None
        for day in self.closed:
            if pupil not in self.book.enrolled[day] or self.is_known(pupil, day):
                opened_on = None
            elif opened_on is None and self.holding(pupil, SILENCE, day):
                opened_on = day
        return opened_on

    def standing(self) -> list[Standing]:
        """The alerts that stand, sorted."""
        if not self.closed:
            return []
        enrolled = self.book.enrolled[self.closed[-1]]
        alerts = [alert for pupil in sorted(enrolled) for alert in self._of_pupil(pupil)]
        return alerts + self._notices()

    def _of_pupil(self, pupil: str) -> list[Standing]:
        alerts = []
        for kind in (ATTENDANCE, UNAUTHORISED):
            episode = self.episode(pupil, kind)
            if episode.opened_on is not None:
                alerts.append(
                    self._alert(pupil, kind, episode.tier, episode.opened_on, live=episode.is_live)
                )
        silence = self.silence_opened_on(pupil)
        if silence is not None:
            alerts.append(self._alert(pupil, SILENCE, 2, silence, live=False))
        return alerts

    def _alert(self, pupil: str, kind: str, tier: int, opened_on: date, *, live: bool) -> Standing:
        as_of = self.open_day if live and self.open_day else self.closed[-1]
        group = self.book.enrolled[as_of][pupil].group
        rules = self._reasons(pupil, kind, as_of, live=live)
        return Standing(self.book.school, pupil, group, kind, tier, opened_on, rules)

    def _reasons(self, pupil: str, kind: str, as_of: date, *, live: bool) -> tuple[str, ...]:
        """The rules that hold; if none does, those of the last day on which one did."""
        for day in reversed(self.days[: self.days.index(as_of) + 1]):
            if pupil in self.book.enrolled[day]:
                rules = self.holding(pupil, kind, day, live=live and day == self.open_day)
                if rules:
                    return tuple(sorted(rules))
        raise AssertionError("an alert without a day on which a rule held")

    def _notices(self) -> list[Standing]:
        """Common cause that goes on, while anyone is enrolled in the school or group."""
        newest = self.closed[-1]
        enrolled = self.book.enrolled[newest].values()
        groups = {record.group for record in enrolled if record.group is not None}
        about: list[tuple[str | None, Level]] = [(None, self.cause.school)] if enrolled else []
        about += [(group, self.cause.groups[group]) for group in sorted(groups)]
        return [
            Standing(self.book.school, None, group, GROUP, 2, opened_on, ())
            for group, level in about
            if (opened_on := level.notice_opened_on(self.closed)) is not None
        ]
