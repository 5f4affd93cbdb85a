"""One school, watched: what stands, what was last published, and the difference between them.

What stands is a function of the book (SEMANTICS.md, law 2): closed days are folded from the last
day whose outcome is still good, the open day is laid over it, and what comes out is compared
with what was told. A replay may let some days close first and have them folded as one block;
what each of them would have published comes out all the same.
"""

import math
import operator
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from alerts.alert import Alert, Cause
from alerts.difference import Difference, OpenDay, Published
from alerts.episodes import (
    Folds,
    Trace,
    fold,
    fold_notices,
    fold_open_day,
    fold_silence,
    no_folds,
    subjects,
    widened,
)
from alerts.evidence import Evidence, weigh
from alerts.rules import LOWEST_TIER, Kind, Rules, rules_of
from models.arrays import AnyArray, BoolArray, IntArray
from models.book import NO_DATE, Book
from models.codes import BITS
from models.common_cause import Levels, judge, unjudged
from models.pasts import Correction, Harm, Pasts, as_they_are, find_pasts, undo
from models.pupil_days import PupilDays, count_pupil_days, have_counted
from models.school_days import BOOK_DAYS, PATTERN_DAYS
from models.scorecard.serving import Scorecard

PUPIL_KINDS: Final = (Kind.ATTENDANCE, Kind.UNAUTHORISED, Kind.SILENCE)
_NEWEST_MOMENTS: Final = 3
_DAYS_BETWEEN_MOMENTS: Final = 10
"""Outcomes are kept of the newest days, and of every tenth before: corrections are mostly recent,
and one that reaches further back folds some days more."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The episodes of all kinds as they were after a closed school day."""

    day: int
    folds: dict[Kind, Folds]


def _beginning() -> Moment:
    return Moment(0, {kind: no_folds() for kind in Kind})


@dataclass(frozen=True, slots=True)
class Publication:
    """A difference to be taken after a school day, with the number of events read then."""

    day: int
    version: int


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """What was worked out and published of a school, at a glance.

    None of ``objects`` is ever changed in place.
    """

    objects: tuple[object, ...]
    values: tuple[object, ...]

    def is_same(self, other: "WorkedOut | None") -> bool:
        """Is it all as it was then?"""
        return (
            other is not None
            and self.values == other.values
            and len(self.objects) == len(other.objects)
            and all(map(operator.is_, self.objects, other.objects))
        )


@dataclass(slots=True)
class Calm:
    """What a live settling left of a school of which only the open day goes on.

    As long as nothing else changes, the next one asks about those alone whose open day does.
    Registers may come; whoever takes any other event lets go of it.
    """

    days: IntArray
    """`Book.days`, which are others wherever one is found, closed or forgotten."""
    closed_until: int
    roster_version: int
    groups: int
    difference: Difference
    """That of the closed days: what was told follows of it and of the open day."""
    open_day: PupilDays
    """What was counted of it, of everybody."""

    def is_still(self, book: Book) -> bool:
        """Is all but the open day as it was?"""
        return (
            book.days is self.days
            and book.dirty_from >= self.days[-1]
            and book.closed_until == self.closed_until
            and book.roster_version == self.roster_version
            and len(book.groups) == self.groups
        )


@dataclass
class Watch:
    """A school's book, what was worked out of it, and what was published."""

    book: Book
    default_pack: str
    levels: Levels = field(default_factory=lambda: unjudged(np.zeros(0, np.int32), 1))
    moments: list[Moment] = field(default_factory=lambda: [_beginning()])
    published: Published = field(default_factory=Published)
    kept_causes: dict[tuple[Kind, int], tuple[int, tuple[Cause, ...]]] = field(default_factory=dict)
    """Reasons of a day that is final, of what still stands: (kind, pupil) → (day, reasons)."""
    erased: set[int] = field(default_factory=set)
    """Pupils of whom everything went since the last difference."""
    is_corrected: bool = False
    """Did anything change about days before the last one since reasons were last compared?"""
    forgot_until: int = 0
    scorecard: Scorecard | None = None
    episodes_written: "WorkedOut | None" = None
    """What the page of episodes was last written of."""
    calm: Calm | None = None

    @property
    def rules(self) -> Rules:
        """The rules of the school's pack."""
        return rules_of(self.book.facts.pack or self.default_pack)

    @property
    def folded_until(self) -> int:
        """The last day whose outcome is known."""
        return self.moments[-1].day

    @property
    def newest_closed(self) -> int:
        """The newest closed school day, 0 for none."""
        closed = self.book.newest_closed
        return int(self.book.days[closed]) if closed >= 0 else 0

    @property
    def worked_out(self) -> WorkedOut:
        """What was worked out and published, to tell whether it is still the same later."""
        return WorkedOut(
            (*self.moments, self.levels, self.kept_causes),
            (
                self.published.changes,
                frozenset(self.erased),
                self.is_corrected,
                self.forgot_until,
                self.folds_by,
            ),
        )

    @property
    def spoken_of(self) -> set[int]:
        """Pupils whose ids may still have to be told, whatever became of their marks."""
        told = (self.published.told[kind] for kind in PUPIL_KINDS)
        return self.erased.union(*told, (pupil for _, pupil in self.kept_causes))

    @property
    def folds_by(self) -> tuple[str, str | None]:
        """Revision of the rules, and SHA-256 of the scorecard."""
        card = self.scorecard
        return self.rules.revision, None if card is None else card.document.sha256

    def work_anew(self) -> None:
        """Have all that is not final worked out anew when next settled: by other rules."""
        self.book.touch(self.freeze())

    def erase(self, pupil: int) -> None:
        """Forget what was worked out about a pupil."""
        self.erased.add(pupil)
        self.moments = [
            Moment(
                each.day,
                each.folds | {kind: each.folds[kind].without(pupil) for kind in PUPIL_KINDS},
            )
            for each in self.moments
        ]
        self.kept_causes = {
            about: kept for about, kept in self.kept_causes.items() if about[1] != pupil
        }

    # ---- working out

    def settle(
        self,
        publications: Sequence[Publication],
        corrections: Sequence[Correction] = (),
        *,
        live: bool = False,
    ) -> list[Alert]:
        """Work out all closed days, and what is to be told after some of them.

        ``corrections`` are those of closed days that came while the publications waited, in
        order. ``live``: the open day is laid over the last one, and figures that changed are told
        again when a day has closed.
        """
        if live and self.calm is not None and self.calm.is_still(self.book):
            return self._settle_open_day(self.calm, publications[-1].version)
        self.calm = None
        messages = self._settle(publications, corrections, (), self.folded_until, live=live)
        for each in corrections:
            if each.due == len(publications):
                self.book.touch(each.day)
        self._trim()
        return messages

    def _settle(
        self,
        publications: Sequence[Publication],
        corrections: Sequence[Correction],
        later: Sequence[Correction],
        was_until: int,
        *,
        live: bool = False,
    ) -> list[Alert]:
        """Settle without what was corrected ``later`` than the publications were due.

        ``was_until`` is the last day whose outcome was known.
        """
        book = self.book
        reopened = self.newest_closed < was_until
        corrected = book.dirty_from <= was_until or reopened or bool(self.erased)
        self.is_corrected |= corrected or bool(corrections)
        until = publications[-1].day if publications else 0
        if not later:
            until = max(until, self.newest_closed)
        start, days, skip = self._days_to_fold(until)
        pupil_days = undo(count_pupil_days(book, days), later)
        judged = self._judge(pupil_days, start)
        pasts = find_pasts(
            pupil_days,
            judged.of(days, len(book.groups)),
            corrections,
            [each.day for each in publications],
            is_exceptions=book.facts.is_exceptions,
        )
        if isinstance(pasts, Harm):
            return self._settle_apart(pasts.due, publications, corrections, later, was_until)
        self.levels = judged
        evidence, traces = self._fold_days(start, pasts, skip)
        today = self._today() if live else None
        open_day = None if today is None else self._open_day(traces, today, _has_something(today))
        if open_day is not None:
            traces |= {
                kind: widened(traces[kind], folds.subject) for kind, folds in open_day.folds.items()
            }
        folded = evidence.days[skip:]
        rows = np.searchsorted(folded, [each.day for each in publications], side="right")
        again = live and len(folded) > 0 and int(folded[-1]) > was_until
        difference = Difference(
            self.published,
            evidence,
            self.levels,
            traces,
            pasts,
            start.day,
            rows,
            rows - 1 + skip,
            [each.version for each in publications],
            lambda kind, pupil, column, day: self._causes_as_of(kind, pupil, column, day, evidence),
            lambda pupil, day: self._score_as_of(pupil, day, evidence),
            open_day,
            book.open_day if live else None,
            corrected=corrected,
            may_have_changed=self.is_corrected,
            again=again,
            erased=frozenset(self.erased),
        )
        messages = list(difference.messages()) if len(publications) else []
        if today is not None and evidence.is_cut and not corrected and len(rows) == 1:
            self.calm = Calm(
                book.days,
                book.closed_until,
                book.roster_version,
                len(book.groups),
                replace(difference, open_day=None),
                today,
            )
        if len(publications):
            self._forget_erased()
            self.is_corrected &= live and not again
        return messages

    def _settle_open_day(self, calm: Calm, version: int) -> list[Alert]:
        """Tell what follows of those whose open day changed, where nothing else did."""
        before, today = calm.open_day, count_pupil_days(self.book, calm.days[-1:])
        calm.open_day = today
        self.book.dirty_from = NO_DATE
        has, had = _has_something(today), _has_something(before)
        differs = (today.packed[0] != before.packed[0]) | (today.minutes[0] != before.minutes[0])
        pupils = np.flatnonzero(differs & (has | had))
        if not len(pupils):
            return []
        traces = {
            kind: widened(calm.difference.traces[kind].among(pupils), pupils)
            for kind in (Kind.ATTENDANCE, Kind.UNAUTHORISED)
        }
        difference = replace(
            calm.difference,
            traces=traces,
            versions=[version],
            open_day=self._open_day(traces, today, differs & has),
        )
        return list(difference.messages())

    def _settle_apart(
        self,
        due: int,
        publications: Sequence[Publication],
        corrections: Sequence[Correction],
        later: Sequence[Correction],
        was_until: int,
    ) -> list[Alert]:
        """Settle what was due before a correction as if it never came, and then the rest."""
        until_then = [each for each in corrections if each.due < due]
        since = corrections[len(until_then) :]
        messages = self._settle(publications[:due], until_then, [*since, *later], was_until)
        for each in since:
            self.book.touch(each.day)
        if due == len(publications):
            return messages
        after = [replace(each, due=each.due - due) for each in since if each.due > due]
        return messages + self._settle(publications[due:], after, later, self.folded_until)

    def _days_to_fold(self, until: int) -> tuple[Moment, IntArray, int]:
        """Where to start from, the days to look at up to a closed one, and how many were folded.

        Of those before the fold one is asked about too, if there is any.
        """
        book = self.book
        start = self._start()
        first = int(np.searchsorted(book.days, start.day, side="right"))
        end = int(np.searchsorted(book.days, until, side="right"))
        behind = first - 1 if start.day else first
        history = behind if end <= first else max(0, behind - PATTERN_DAYS + 1)
        return start, book.days[history:end], first - behind

    def _judge(self, pupil_days: PupilDays, start: Moment) -> Levels:
        """Judge the days after a moment; what was judged before it is kept."""
        groups = len(self.book.groups)
        first = int(np.searchsorted(self.book.days, start.day, side="right"))
        judged = self.levels.of(self.book.days[:first], groups)
        new = int(np.searchsorted(pupil_days.days, start.day, side="right"))
        if new == len(pupil_days.days):
            return self.levels
        return judge(judged, pupil_days.rows(slice(new, None)), groups)

    def _fold_days(
        self, start: Moment, pasts: Pasts, skip: int
    ) -> tuple[Evidence, dict[Kind, Trace]]:
        """Fold what is not folded yet: evidence and traces."""
        book = self.book
        days = pasts.pupil_days.days
        new = int(np.searchsorted(days, start.day, side="right"))
        evidence = weigh(
            book,
            self.rules,
            pasts.pupil_days,
            self.levels.of(days, len(book.groups)),
            np.arange(max(new - skip, 0), len(days)),
            pupils=pasts.owner if len(pasts.of) else None,
            was_silent=pasts.was_silent,
            scorecard=self.scorecard,
        )
        evidence.is_cut = new == len(days)
        traces = self._fold(start, evidence, pasts, skip)
        self._keep_moments(evidence.days[skip:], traces)
        book.dirty_from = NO_DATE
        return evidence, traces

    def _start(self) -> Moment:
        """Drop what is not good any more, and give the last that is.

        A closed day may be open again: the later day, which closed it, is none any more.
        """
        good_until = min(self.book.dirty_from - 1, self.newest_closed)
        while len(self.moments) > 1 and self.moments[-1].day > good_until:
            self.moments.pop()
        return self.moments[-1]

    def _fold(
        self, start: Moment, evidence: Evidence, pasts: Pasts, skip: int
    ) -> dict[Kind, Trace]:
        days = evidence.days[skip:]
        known = evidence.is_known[skip:]
        ends = {Kind.SILENCE: known | ~evidence.enrolled[skip:]}
        traces = {}
        for kind in PUPIL_KINDS:
            folds = start.folds[kind]
            level = self._levels(evidence, kind, skip)
            told = self.published.subjects(kind)
            subject = pasts.families(subjects(folds, level > LOWEST_TIER, told))
            fold_kind = fold_silence if kind is Kind.SILENCE else fold
            traces[kind] = fold_kind(
                folds.spread(pasts), subject, days, level, ends.get(kind, known)
            )
        sort = self.levels.of(days, len(self.book.groups)).sort
        folds = start.folds[Kind.GROUP]
        traces[Kind.GROUP] = fold_notices(folds, self.published.subjects(Kind.GROUP), days, sort)
        return traces

    def _levels(self, evidence: Evidence, kind: Kind, skip: int) -> AnyArray:
        if len(evidence.days) == skip:
            return np.zeros((0, evidence.enrolled.shape[1]), np.uint8)
        return evidence.levels(kind)[skip:]

    def _keep_moments(self, days: IntArray, traces: dict[Kind, Trace]) -> None:
        newest = len(days) - _NEWEST_MOMENTS
        pupils = len(self.book.pupils)
        for row, day in enumerate(days.tolist(), start=1):
            if row > newest or row % _DAYS_BETWEEN_MOMENTS == 0:
                folds = {
                    kind: trace.row(row) if kind is Kind.GROUP else trace.row(row, pupils)
                    for kind, trace in traces.items()
                }
                self.moments.append(Moment(day, folds))

    def freeze(self) -> int:
        """Keep the outcome of the newest final day, and give the first day that is not final.

        Called before something is taken that may reach back further: what was decided as of a
        final day is not worked out anew (SEMANTICS.md 2).
        """
        book = self.book
        changeable = book.first_changeable
        final = book.days[book.days < changeable]
        if not len(final):
            return 0
        last = int(final[-1])
        at = bisect_left(self.moments, last, key=lambda each: each.day)
        if at == len(self.moments) or self.moments[at].day != last:
            start = self.moments[at - 1]
            first = int(np.searchsorted(book.days, start.day, side="right"))
            history = max(0, first - PATTERN_DAYS + 1)
            days = book.days[history : len(final)]
            evidence = self._weigh(days, np.arange(first - history, len(days)))
            traces = self._fold(start, evidence, as_they_are(evidence.pupil_days), 0)
            folds = {kind: trace.row(-1) for kind, trace in traces.items()}
            self.moments.insert(at, Moment(last, folds))
        return changeable

    def _weigh(
        self, days: IntArray, as_of: IntArray | Sequence[int], pupils: IntArray | None = None
    ) -> Evidence:
        """Measure some closed days that were judged before; a scorecard is asked of all pupils."""
        pupil_days = count_pupil_days(self.book, days, pupils)
        levels = self.levels.of(days, len(self.book.groups))
        scorecard = self.scorecard if pupils is None else None
        return weigh(
            self.book, self.rules, pupil_days, levels, as_of, pupils=pupils, scorecard=scorecard
        )

    # ---- the open day

    def _today(self) -> PupilDays | None:
        """Count the open day, if there is one, of everybody."""
        book = self.book
        return None if book.open_day is None else count_pupil_days(book, book.days[-1:])

    def _open_day(
        self, traces: dict[Kind, Trace], today: PupilDays, of: BoolArray
    ) -> OpenDay | None:
        """What live rules open or raise on the open day, of some pupils."""
        book = self.book
        day = int(today.days[0])
        pupils = np.flatnonzero(of)
        if not len(pupils):
            return None
        days = book.days[-PATTERN_DAYS:]
        have_counted(book, days[:-1])
        evidence = weigh(
            book,
            self.rules,
            count_pupil_days(book, days, pupils),
            unjudged(days, len(book.groups)),
            [len(days) - 1],
            pupils=pupils,
            live=True,
        )
        folds = {
            kind: fold_open_day(
                traces[kind].row(-1), pupils, day, evidence.levels(kind)[0], evidence.is_known[0]
            )
            for kind in (Kind.ATTENDANCE, Kind.UNAUTHORISED)
        }
        return OpenDay(folds, evidence, pupils)

    # ---- reasons

    def _causes_as_of(
        self, kind: Kind, pupil: int, column: int, day: int, evidence: Evidence | None = None
    ) -> tuple[Cause, ...]:
        """The rules of a kind that held for a pupil as of a closed school day.

        ``column`` is the pupil's in the evidence.
        """
        kept = self.kept_causes.get((kind, pupil))
        if kept is not None and kept[0] == day:
            return kept[1]
        place = evidence.place_of(day) if evidence is not None else None
        if evidence is not None and place is not None and not evidence.is_cut:
            return evidence.causes(kind, place, column)
        history = self._history(day)
        if not len(history):
            return ()
        if self.scorecard is not None and kind is Kind.ATTENDANCE:
            return self._weigh(history, [len(history) - 1]).causes(kind, 0, pupil)
        one = np.array([pupil])
        return self._weigh(history, [len(history) - 1], one).causes(kind, 0, 0)

    def _history(self, day: int) -> IntArray:
        """The days that patterns as of a school day look at; none where it is no school day."""
        days = self.book.days
        row = int(np.searchsorted(days, day))
        if row >= len(days) or days[row] != day:
            return days[:0]
        return days[max(0, row - PATTERN_DAYS + 1) : row + 1]

    def _score_as_of(self, pupil: int, day: int, evidence: Evidence) -> float | None:
        """A pupil's score as of a closed school day, None where there is none."""
        if self.scorecard is None:
            return None
        place = evidence.place_of(day)
        if place is None or evidence.is_cut:
            history = self._history(day)
            if not len(history):
                return None
            evidence, place = self._weigh(history, [len(history) - 1]), 0
        score = float(evidence.scores[place, pupil])
        return None if math.isnan(score) else score

    # ---- letting go

    def _forget_erased(self) -> None:
        """What was withdrawn of an erased pupil is forgotten; what stands was recorded since."""
        for pupil in self.erased:
            for kind in PUPIL_KINDS:
                self.published.forget_over(kind, pupil)
            self.book.roster_changed = True  # their ids need not be told again
        self.erased.clear()

    def _trim(self) -> None:
        """Let go of what is older than a book reaches back."""
        book = self.book
        final_until = book.first_changeable
        if not final_until:
            return
        self._thin_moments(final_until)
        if final_until != self.forgot_until:
            self.published.forget_final(final_until)
            self.forgot_until = final_until
        first_to_fold = int(np.searchsorted(book.days, self.moments[0].day, side="right"))
        reach = min(len(book.days) - BOOK_DAYS, first_to_fold - PATTERN_DAYS + 1)
        if reach > 0:
            self._keep_causes(final_until)
            book.forget_before(int(book.days[reach]))
            self.levels = self.levels.since(int(book.days[0]))

    def _thin_moments(self, final_until: int) -> None:
        """Keep one outcome that is final, and of those that are not the ones that are worth it."""
        while len(self.moments) > 1 and self.moments[1].day < final_until:
            del self.moments[0]
        place = np.searchsorted(self.book.days, [each.day for each in self.moments])
        for at in range(len(self.moments) - _NEWEST_MOMENTS - 1, 0, -1):
            if place[at + 1] - place[at - 1] <= _DAYS_BETWEEN_MOMENTS:
                del self.moments[at]
                place = np.delete(place, at)

    def _keep_causes(self, final_until: int) -> None:
        """Keep the reasons of what stands, where no rule held on a day that can still change."""
        kept = {}
        for kind in PUPIL_KINDS:
            folds = self.moments[-1].folds[kind]
            for pupil, held in zip(folds.subject.tolist(), folds.held.tolist(), strict=True):
                if held < final_until:
                    before = self.kept_causes.get((kind, pupil))
                    if before is None or before[0] != held:
                        before = (held, self._causes_as_of(kind, pupil, pupil, held))
                    kept[kind, pupil] = before
        self.kept_causes = kept


def _has_something(day: PupilDays) -> BoolArray:
    """Whose day holds anything but sessions that are known, of a single day."""
    has: BoolArray = (day.packed[0] >> BITS > 0) | (day.minutes[0] > 0)
    return has
