"""The difference between what stands and what was last published, as messages.

An alert that was told and whose episode the book no longer holds is withdrawn; one whose episode
has ended is closed. Whoever reads the greatest version of each id knows what stands.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import msgspec
import numpy as np

from alerts.alert import MOST_DATES, Alert, Cause, Figure, State, Why, alert_id
from alerts.episodes import EASED, NO_DAY, OPEN, RAISED, Folds, Trace
from alerts.evidence import Evidence
from alerts.roles import audience
from alerts.rules import LOWEST_TIER, Kind
from models.arrays import AnyArray, IntArray
from models.common_cause import COMMON_CAUSE, Levels
from models.events.instants import write_date
from models.pasts import Pasts
from models.roster import FOREVER, NOT_ENROLLED

CausesAsOf = Callable[[Kind, int, int, int], tuple[Cause, ...]]
"""Kind, pupil, column and a closed school day → the rules of the kind that held then."""
_STATES: Final = {OPEN: State.OPEN, RAISED: State.RAISED, EASED: State.EASED}


_STATE_NUMBERS: Final = {state: number for number, state in _STATES.items()}


class Told(msgspec.Struct, frozen=True, gc=False):
    """What was last said about one alert."""

    opened: int
    state: State
    tier: int
    group: int
    mentor: int
    causes: tuple[Cause, ...]
    as_of: int
    """The day as of which it was told, or found to be as told."""
    live: bool

    @property
    def stands(self) -> bool:
        """Did it stand then?"""
        return self.state.stands


ToldAbout = dict[Kind, dict[int, dict[int, Told]]]
"""Kind → pupil or group → day opened."""


def nothing_told() -> ToldAbout:
    """Nothing was told about anybody."""
    return {kind: {} for kind in Kind}


@dataclass
class Published:
    """All alerts that were told and may still change.

    Until somebody asks it is only known how to ``read`` them: that takes as long as all the rest
    of a school, and thrice the room of what they are read from.
    """

    read: Callable[[], ToldAbout] = nothing_told
    changes: int = 0
    """How often anything of it changed."""

    @cached_property
    def told(self) -> ToldAbout:
        """What was told; what it was read from is let go of.

        Raises `models.page_format.UnreadablePageError` when it is first asked for.
        """
        read, self.read = self.read, nothing_told
        return read()

    def tell(self, kind: Kind, subject: int, told: Told) -> None:
        """Note what was told, or found to be as told."""
        self.told[kind].setdefault(subject, {})[told.opened] = told
        self.changes += 1

    def subjects(self, kind: Kind) -> IntArray:
        """Of whom something was told."""
        return np.array(sorted(self.told[kind]), np.intp)

    def forget_over(self, kind: Kind, subject: int, before: int = FOREVER) -> None:
        """Let go of what does not stand, of episodes that opened before a day."""
        told_of = self.told[kind].get(subject, {})
        for opened, told in list(told_of.items()):
            if not told.stands and opened < before:
                del told_of[opened]
                self.changes += 1
        if not told_of:
            self.told[kind].pop(subject, None)

    def forget_final(self, before: int) -> None:
        """Let go of what is over and final."""
        for kind, subjects in self.told.items():
            for subject in list(subjects):
                self.forget_over(kind, subject, before)


@dataclass
class Standing:
    """What stands after each of some days, ``[publications, subjects]``."""

    subject: IntArray
    column: AnyArray
    """Which column of the trace holds."""
    tier: AnyArray
    opened: AnyArray
    state: AnyArray
    group: AnyArray
    mentor: AnyArray
    live: AnyArray


@dataclass(frozen=True)
class OpenDay:
    """The open day: what live rules opened or raised on it, and why."""

    folds: dict[Kind, Folds]
    evidence: Evidence
    pupils: IntArray
    """The columns of ``evidence``."""

    @property
    def day(self) -> int:
        """Its date."""
        return int(self.evidence.days[-1])


@dataclass
class Difference:
    """Compares the outcome of a fold with what was published.

    ``places`` are rows of ``evidence``, ``rows`` of the traces, one a publication; a place of -1
    is before any school day. ``start`` is the day that the fold started from.
    """

    published: Published
    evidence: Evidence
    levels: Levels
    traces: dict[Kind, Trace]
    pasts: Pasts
    start: int
    rows: IntArray
    places: IntArray
    versions: Sequence[int]
    causes_as_of: CausesAsOf
    score_as_of: Callable[[int, int], float | None]
    """Pupil and a closed school day → the score then."""
    open_day: OpenDay | None = None
    open_date: int | None = None
    corrected: bool = False
    again: bool = False
    may_have_changed: bool = True
    """May reasons of a day before have changed since they were told?"""
    erased: frozenset[int] = frozenset()

    def messages(self) -> Iterator[Alert]:
        """Tell what changed, publication by publication; in one, by kind and name."""
        standing = {kind: self._standing(kind, trace) for kind, trace in self.traces.items()}
        changes: list[tuple[int, int, str, int]] = []
        kinds = list(Kind)
        for number, kind in enumerate(kinds):
            if kind not in standing:
                continue
            subject = standing[kind].subject.tolist()
            changed = self._changed(kind, standing[kind])
            changes += (
                (at, number, self._about(kind, subject[column]) or "", column)
                for at, column in np.argwhere(changed).tolist()
            )
        for at, number, _, column in sorted(changes):
            yield from self._tell(kinds[number], standing[kinds[number]], at, column)

    def _about(self, kind: Kind, subject: int) -> str | None:
        """Name a pupil or group; None for the whole school."""
        book = self.evidence.book
        return book.groups[subject] if kind is Kind.GROUP else book.pupils[subject]

    # ---- what stands

    def _standing(self, kind: Kind, trace: Trace) -> Standing:
        subject, column = self._columns(kind, trace)
        if not len(self.evidence.days):
            return _nothing(subject, column)
        at = self.rows[:, None]
        tier, opened, state = (each[at, column] for each in (trace.tier, trace.opened, trace.state))
        if kind is Kind.GROUP:
            group = np.broadcast_to(subject, tier.shape)
            mentor = np.zeros(tier.shape, np.int32)
            here = self._anyone_enrolled(subject)
        else:
            in_force = self.evidence.pupil_days.in_force
            place = self.evidence.patterns.as_of[np.maximum(self.places, 0)]
            group = in_force.group[np.ix_(place, subject)]
            record = in_force.record[np.ix_(place, subject)]
            mentor = self.evidence.book.roster.mentor_of(record)
            here = group != NOT_ENROLLED
        here = here & (self.places >= 0)[:, None]
        stands = here & (tier > LOWEST_TIER)
        standing = Standing(
            subject,
            column,
            np.where(stands, tier, LOWEST_TIER),
            np.where(stands, opened, NO_DAY),
            np.where(stands, state, 0),
            np.where(stands, group, 0),
            np.where(stands, mentor, 0),
            np.zeros(tier.shape, np.bool_),
        )
        if self.open_day is not None and kind in self.open_day.folds:
            self._lay_over(standing, self.open_day.folds[kind], here[-1])
        return standing

    def _columns(self, kind: Kind, trace: Trace) -> tuple[IntArray, AnyArray]:
        """Subjects, and the columns of the trace that hold, ``[publications, subjects]``."""
        subject = trace.subject
        if kind is Kind.GROUP or not len(self.pasts.of):
            here = np.arange(len(subject))
            return subject, np.broadcast_to(here, (len(self.rows), len(subject)))
        subject = subject[: np.searchsorted(subject, self.pasts.pupils)]
        columns = self.pasts.columns(subject, len(self.rows))
        return subject, np.searchsorted(trace.subject, columns)

    def _anyone_enrolled(self, group: IntArray) -> AnyArray:
        days = self.evidence.days[np.maximum(self.places, 0)]
        rows = np.searchsorted(self.levels.days, days)
        enrolled: AnyArray = self.levels.enrolled[np.ix_(rows, group)] > 0
        return enrolled

    def _lay_over(self, standing: Standing, folds: Folds, here: AnyArray) -> None:
        """What live rules said on the open day, about pupils enrolled on the newest closed one."""
        assert self.open_day is not None
        column = np.searchsorted(standing.subject, folds.subject)
        told = np.flatnonzero(here[column])
        column = column[told]
        place = np.searchsorted(self.open_day.pupils, folds.subject[told])
        in_force = self.open_day.evidence.pupil_days.in_force
        standing.tier[-1, column] = folds.tier[told]
        standing.opened[-1, column] = folds.opened[told]
        standing.state[-1, column] = folds.state[told]
        standing.group[-1, column] = in_force.group[-1, place]
        standing.mentor[-1, column] = self.evidence.book.roster.mentor_of(
            in_force.record[-1, place]
        )
        standing.live[-1, column] = True

    def _changed(self, kind: Kind, standing: Standing) -> AnyArray:
        told_of = self.published.told[kind]
        nothing = (LOWEST_TIER, NO_DAY, 0, 0, 0)
        before = np.array(
            [_told_standing(told_of.get(each), nothing) for each in standing.subject.tolist()],
            np.int32,
        ).reshape(-1, len(nothing))
        changed = np.zeros(standing.tier.shape, np.bool_)
        for number, now in enumerate(
            (standing.tier, standing.opened, standing.state, standing.group, standing.mentor)
        ):
            changed[0] |= now[0] != before[:, number]
            changed[1:] |= now[1:] != now[:-1]
        if self.again:
            changed[-1] |= standing.tier[-1] > LOWEST_TIER
        if self.corrected:
            changed[0] |= np.array(
                [self._may_differ(told_of.get(each)) for each in standing.subject.tolist()], bool
            )
        if kind is not Kind.GROUP:
            self._mark_corrected(standing.subject, changed)
        return changed

    def _mark_corrected(self, subject: IntArray, changed: AnyArray) -> None:
        """Look again at whoever was corrected, at the first difference after it."""
        pasts = self.pasts
        if not len(pasts.of) or not len(subject):
            return
        column = np.minimum(np.searchsorted(subject, pasts.of), len(subject) - 1)
        told = (subject[column] == pasts.of) & (pasts.due < len(changed))
        changed[pasts.due[told], column[told]] = True

    def _may_differ(self, told_of: dict[int, Told] | None) -> bool:
        """Say whether a correction may have changed what became of an alert that is over."""
        return told_of is not None and any(
            not told.stands and (opened > self.start or self.erased)
            for opened, told in told_of.items()
        )

    # ---- messages

    def _tell(self, kind: Kind, standing: Standing, at: int, column: int) -> Iterator[Alert]:
        subject = int(standing.subject[column])
        told_of = self.published.told[kind].setdefault(subject, {})
        opened = int(standing.opened[at, column])
        newest_withdrawn = NO_DAY
        for told in [each for each in told_of.values() if each.opened != opened]:
            if not told.stands and told.opened <= self.start and subject not in self.erased:
                continue  # final, as far as this fold can tell
            exists = self._exists(kind, told.opened, subject, at, int(standing.column[at, column]))
            fate = State.CLOSED if exists else State.WITHDRAWN
            if told.state is fate:
                continue
            if told.stands and fate is State.WITHDRAWN:
                newest_withdrawn = max(newest_withdrawn, told.opened)
            yield self._end(kind, subject, told, fate, at)
        if opened != NO_DAY:
            yield from self._stand(kind, standing, at, column, newest_withdrawn)
        if not told_of:
            del self.published.told[kind][subject]

    def _exists(self, kind: Kind, opened: int, subject: int, at: int, column: int) -> bool:
        """Say whether the book holds an episode that opened on a day, ended or not."""
        was_erased = subject in self.erased and kind is not Kind.GROUP
        held = opened <= self.start and not was_erased
        trace = self.traces[kind].opened[: self.rows[at] + 1, column]
        return held or bool((trace == opened).any())

    def _end(self, kind: Kind, subject: int, told: Told, fate: State, at: int) -> Alert:
        day = self._day(at)
        causes: tuple[Cause, ...] = ()
        if fate is State.CLOSED:
            why = self._why_closed(kind, subject, at)
            causes = (Cause(why.value, self.evidence.rules.revision, {}, ()),)
        elif told.live and self.open_date is not None:
            day = self.open_date
        ended = Told(
            told.opened,
            fate,
            told.tier,
            told.group,
            told.mentor,
            causes,
            day or told.as_of,
            live=False,
        )
        return self._publish(kind, subject, ended, at)

    def _why_closed(self, kind: Kind, subject: int, at: int) -> Why:
        place = int(self.places[at])
        if kind is Kind.GROUP:
            one = np.array([subject], np.intp)
            return Why.QUIET if self._day(at) and self._anyone_enrolled(one)[at, 0] else Why.LEFT
        if not self._day(at) or not self.evidence.enrolled[place, subject]:
            return Why.LEFT
        return Why.BACK if kind is Kind.SILENCE else Why.QUIET

    def _stand(
        self, kind: Kind, standing: Standing, at: int, column: int, newest_withdrawn: int
    ) -> Iterator[Alert]:
        subject = int(standing.subject[column])
        live = bool(standing.live[at, column])
        opened = int(standing.opened[at, column])
        state = _STATES[int(standing.state[at, column])]
        tier = int(standing.tier[at, column])
        group, mentor = int(standing.group[at, column]), int(standing.mentor[at, column])
        before = self.published.told[kind].get(subject, {}).get(opened)
        says_the_same = before is not None and (
            (before.state, before.tier, before.group, before.mentor) == (state, tier, group, mentor)
        )
        if says_the_same and not self.again:
            return
        there = int(standing.column[at, column])
        causes = self._causes(kind, subject, at, there, opened, live=live)
        as_of = self.open_day.day if live and self.open_day else self._day(at)
        if says_the_same and before is not None and before.causes == causes:
            self.published.tell(kind, subject, msgspec.structs.replace(before, as_of=as_of))
            return
        now = Told(opened, state, tier, group, mentor, causes, as_of, live)
        yield self._publish(kind, subject, now, at, newest_withdrawn)

    def _causes(
        self, kind: Kind, subject: int, at: int, column: int, opened: int, *, live: bool
    ) -> tuple[Cause, ...]:
        """Rules that hold, or those of the last day on which one did.

        ``column`` is one of the trace.
        """
        if kind is Kind.GROUP:
            return (self._common_cause(subject, at, column),)
        if live and self.open_day is not None:
            place = int(np.searchsorted(self.open_day.pupils, subject))
            return self.open_day.evidence.causes(kind, len(self.open_day.evidence.days) - 1, place)
        held = int(self.traces[kind].held[self.rows[at], column])
        if held != self._day(at) and not self.may_have_changed:
            told = self.published.told[kind].get(subject, {}).get(opened)
            if told is not None and told.stands and told.as_of >= held and not told.live:
                return told.causes
        of = int(self.traces[kind].subject[column])
        return self.causes_as_of(kind, subject, of, held)

    def _common_cause(self, group: int, at: int, column: int) -> Cause:
        trace = self.traces[Kind.GROUP]
        held = int(trace.held[self.rows[at], column])
        opened = int(trace.opened[self.rows[at], column])
        levels = self.levels
        rows = (levels.days >= opened) & (levels.days <= held)
        rows &= levels.sort[:, group] == COMMON_CAUSE
        days = levels.days[rows][::-1]
        newest = int(np.searchsorted(levels.days, held))
        figures: dict[str, Figure] = {}
        if newest < len(levels.days) and levels.days[newest] == held:
            missed, expected = self.pasts.counts(levels, held, group, at)
            figures = {"missed_sessions": missed, "expected_sessions": expected}
        dates = tuple(write_date(day) for day in days[:MOST_DATES].tolist())
        return Cause(Why.COMMON_CAUSE.value, self.evidence.rules.revision, figures, dates)

    def _day(self, at: int) -> int:
        place = int(self.places[at])
        return int(self.evidence.days[place]) if 0 <= place < len(self.evidence.days) else 0

    def _publish(
        self, kind: Kind, subject: int, told: Told, at: int, replaces: int = NO_DAY
    ) -> Alert:
        self.published.tell(kind, subject, told)
        book = self.evidence.book
        about_group = kind is Kind.GROUP
        about = self._about(kind, subject)
        mentor = book.roster.mentors[told.mentor]
        return Alert(
            id=alert_id(book.school, about, kind, told.opened),
            school=book.school,
            pupil=None if about_group else about,
            group=book.groups[told.group],
            kind=kind,
            state=told.state,
            tier=told.tier,
            opened_on=write_date(told.opened),
            as_of=write_date(told.as_of),
            mentor=mentor,
            audience=audience(kind, told.tier, mentor),
            score=self.score_as_of(subject, self._day(at)) if kind is Kind.ATTENDANCE else None,
            reasons=told.causes,
            replaces=alert_id(book.school, about, kind, replaces) if replaces else None,
            version=self.versions[at],
        )


def _told_standing(told_of: dict[int, Told] | None, nothing: tuple[int, ...]) -> tuple[int, ...]:
    """Tier, opened, state, group and mentor of what stood when it was last told of."""
    if told_of is not None:
        for told in told_of.values():
            if told.stands:
                return told.tier, told.opened, _STATE_NUMBERS[told.state], told.group, told.mentor
    return nothing


def _nothing(subject: IntArray, column: AnyArray) -> Standing:
    none = np.zeros(column.shape, np.int32)
    not_live = np.zeros(column.shape, np.bool_)
    return Standing(subject, column, none + LOWEST_TIER, none, none, none, none, not_live)
