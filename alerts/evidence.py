"""Why an alert stands: the rules that hold, their figures and the dates counted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from msgspec import UNSET

from alerts.alert import MOST_DATES, SCORECARD, Cause
from alerts.rules import LOWEST_TIER, SCORE_TIER, Kind, Rule, Rules
from models.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray
from models.book import Book
from models.common_cause import Levels
from models.events.instants import write_date
from models.features import FEATURES, features
from models.patterns import NOT_SEEN, Patterns, measure
from models.pupil_days import PupilDays
from models.roster import IMPLIED
from models.scorecard.serving import Scorecard


@dataclass
class Evidence:
    """Patterns and rules of some pupils as of some school days, ``[as_of, pupils]``."""

    book: Book
    rules: Rules
    patterns: Patterns
    live: bool = False
    """Ask the live rules alone: these are patterns as of the open day."""
    is_cut: bool = False
    """Were the days before the first one left out, so that no pattern is right?"""
    scorecard: Scorecard | None = None
    """Its threshold acts as a rule; the patterns are then everybody's, in full."""
    _holding: dict[str, BoolArray] = field(default_factory=dict)
    _counted: dict[tuple[str, int, int], tuple[str, ...]] = field(default_factory=dict)
    _features: dict[int, FloatArray] = field(default_factory=dict)

    @property
    def pupil_days(self) -> PupilDays:
        """What the patterns were measured on."""
        return self.patterns.pupil_days

    @cached_property
    def days(self) -> IntArray:
        """School days as of which was measured."""
        days: IntArray = self.pupil_days.days[self.patterns.as_of]
        return days

    @cached_property
    def enrolled(self) -> BoolArray:
        """Who is enrolled, ``[as_of, pupils]``."""
        enrolled: BoolArray = self.pupil_days.in_force.enrolled[self.patterns.as_of]
        return enrolled

    @cached_property
    def is_known(self) -> BoolArray:
        """On which of the days each pupil is known."""
        known: BoolArray = self.pupil_days.is_known[self.patterns.as_of]
        return known

    @cached_property
    def _phase(self) -> AnyArray:
        record: AnyArray = self.pupil_days.in_force.record[self.patterns.as_of]
        return record if self.book.roster.held else np.full_like(record, IMPLIED)

    def holds(self, rule: Rule) -> BoolArray:
        """Where a rule holds."""
        if rule.id not in self._holding:
            phases = self.book.roster.phases
            holding = rule.holds(self.patterns, self._phase, phases)
            self._holding[rule.id] = holding & self.enrolled
        return self._holding[rule.id]

    def levels(self, kind: Kind) -> ByteArray:
        """Levels of a kind: the greatest tier of the rules that hold, else 1."""
        level = np.full(self.enrolled.shape, LOWEST_TIER, np.uint8)
        for rule in self.rules.of(kind, live=self.live):
            holding = self.holds(rule)
            if holding.any():
                level[holding] = np.maximum(level[holding], rule.tier)
        if kind is Kind.ATTENDANCE and self.scorecard is not None:
            level[self._reaches] = np.maximum(level[self._reaches], SCORE_TIER)
        return level

    # ---- the scorecard

    @cached_property
    def scores(self) -> FloatArray:
        """Chances of whoever is enrolled, NaN for the others."""
        assert self.scorecard is not None
        scores = np.full(self.enrolled.shape, np.nan)
        for as_of, enrolled in enumerate(self.enrolled):
            scores[as_of, enrolled] = self.scorecard.scores(self._features_of(as_of)[enrolled])
        return scores

    @cached_property
    def _reaches(self) -> BoolArray:
        assert self.scorecard is not None
        return self.scorecard.reaches(self.scores)

    def _features_of(self, as_of: int) -> FloatArray:
        if as_of not in self._features:
            self._features[as_of] = features(self.patterns, as_of)
        return self._features[as_of]

    def _score_cause(self, scorecard: Scorecard, as_of: int, column: int) -> Cause:
        row = self._features_of(as_of)[column]
        return Cause(
            SCORECARD,
            scorecard.revision,
            {name: _number(row[FEATURES.index(name)]) for name in scorecard.patterns},
            self._dates_counted("missed_sessions_60", as_of, column),
            tuple(scorecard.parts(row)),
            True if scorecard.document.simulated else UNSET,
        )

    def causes(self, kind: Kind, as_of: int, column: int) -> tuple[Cause, ...]:
        """The rules of a kind that hold for one pupil as of one of the days."""
        causes = tuple(
            Cause(
                rule.id,
                self.rules.revision,
                {name: self._figure(name, as_of, column) for name in rule.looks_at},
                self._dates_counted(rule.looks_at[0], as_of, column),
            )
            for rule in self.rules.of(kind, live=self.live)
            if self.holds(rule)[as_of, column]
        )
        if kind is Kind.ATTENDANCE and self.scorecard is not None and self._reaches[as_of, column]:
            causes += (self._score_cause(self.scorecard, as_of, column),)
        return causes

    def _figure(self, name: str, as_of: int, column: int) -> int | None:
        value = int(self.patterns[name][as_of, column])
        return None if value == NOT_SEEN else value

    def _dates_counted(self, name: str, as_of: int, column: int) -> tuple[str, ...]:
        dates = self._counted.get((name, as_of, column))
        if dates is None:
            rows = self.patterns.rows_counted(name, as_of, column)
            dates = tuple([self._dates[row] for row in rows[: -MOST_DATES - 1 : -1].tolist()])
            self._counted[name, as_of, column] = dates
        return dates

    @cached_property
    def _dates(self) -> list[str]:
        return [write_date(day) for day in self.pupil_days.days.tolist()]

    def place_of(self, day: int) -> int | None:
        """Which of the days a date is, if it is among them."""
        place = int(np.searchsorted(self.days, day))
        return place if place < len(self.days) and self.days[place] == day else None


def weigh(
    book: Book,
    rules: Rules,
    pupil_days: PupilDays,
    levels: Levels,
    as_of: IntArray | Sequence[int],
    *,
    pupils: IntArray | None = None,
    was_silent: Sequence[tuple[int, int, bool]] = (),
    live: bool = False,
    scorecard: Scorecard | None = None,
) -> Evidence:
    """Measure patterns as of some rows of ``pupil_days``, for rules to be asked of.

    A scorecard looks at everybody, each once.
    """
    rows = np.asarray(as_of, np.intp)
    least = rules.least if scorecard is None else None
    patterns = measure(book, pupil_days, levels, rows, pupils, least, was_silent)
    return Evidence(book, rules, patterns, live, scorecard=scorecard)


def _number(value: float) -> int | float | None:
    """Give a figure as its pattern has it: whole, a quotient, or null."""
    if math.isnan(value):
        return None
    return int(value) if float(value).is_integer() else float(value)
