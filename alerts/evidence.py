"""Why an alert stands: the rules that hold, their figures and the dates counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from alerts.alert import MOST_DATES, Cause
from alerts.rules import LOWEST_TIER, Kind, Rule, Rules
from models.arrays import AnyArray, BoolArray, ByteArray, IntArray
from models.book import Book
from models.common_cause import Levels
from models.events.instants import write_date
from models.patterns import NOT_SEEN, Patterns, measure
from models.pupil_days import PupilDays
from models.roster import IMPLIED


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
    _holding: dict[str, BoolArray] = field(default_factory=dict)
    _counted: dict[tuple[str, int, int], tuple[str, ...]] = field(default_factory=dict)

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
        return level

    def causes(self, kind: Kind, as_of: int, column: int) -> tuple[Cause, ...]:
        """The rules of a kind that hold for one pupil as of one of the days."""
        return tuple(
            Cause(
                rule.id,
                self.rules.revision,
                {name: self._figure(name, as_of, column) for name in rule.looks_at},
                self._dates_counted(rule.looks_at[0], as_of, column),
            )
            for rule in self.rules.of(kind, live=self.live)
            if self.holds(rule)[as_of, column]
        )

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
) -> Evidence:
    """Measure patterns as of some rows of ``pupil_days``, for rules to be asked of."""
    rows = np.asarray(as_of, np.intp)
    patterns = measure(book, pupil_days, levels, rows, pupils, rules.least, was_silent)
    return Evidence(book, rules, patterns, live)
