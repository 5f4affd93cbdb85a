"""Rules: when a condition holds as of a school day, the level of its kind is at least its tier.

A pack is data (`config.packs`); here its conditions are asked of whole arrays (RULES.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, Final

import msgspec
import numpy as np

from config.packs import read_pack
from models.arrays import AnyArray, BoolArray
from models.patterns import Patterns

LOWEST_TIER: Final = 1
"""Universal: nothing stands."""
SCORE_TIER: Final = 2
"""A model alone raises no alarm."""


class Kind(StrEnum):
    """What an alert is about; kinds never mix (SEMANTICS.md 6)."""

    ATTENDANCE = "attendance"
    UNAUTHORISED = "unauthorised"
    SILENCE = "silence"
    GROUP = "group"


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bound on one pattern, or on the share that one makes up of another."""

    pattern: str | None = None
    share: tuple[str, str] | None = None
    at_least: int | None = None
    more_than: int | None = None
    at_least_percent: int | None = None
    by_phase: dict[str, int] = {}

    @property
    def looks_at(self) -> tuple[str, ...]:
        """Names of the patterns."""
        return self.share or ((self.pattern,) if self.pattern else ())

    @property
    def bound(self) -> int:
        """The least value of its pattern with which it holds."""
        least = self.at_least if self.more_than is None else self.more_than + 1
        assert least is not None
        return least

    def holds(self, patterns: Patterns, phase: AnyArray, phases: Sequence[str | None]) -> BoolArray:
        """Ask of all pupils: ``[as_of, pupils]``; ``phase`` indexes ``phases``, of that shape."""
        if self.share is not None:
            part, whole = (patterns[name] for name in self.share)
            assert self.at_least_percent is not None
            enough: BoolArray = 100 * part >= self.at_least_percent * whole
            return enough & (whole > 0)
        assert self.pattern is not None
        values = patterns[self.pattern]
        if not self.by_phase:
            return np.asarray(values >= self.bound)
        bounds = np.array([self.by_phase.get(each or "", self.bound) for each in phases])
        return np.asarray(values >= bounds[phase])


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """One rule of a pack; ``live``: may it speak before the day is over?"""

    id: str
    kind: Kind
    tier: int
    live: bool
    when: tuple[Condition, ...]
    words: dict[str, str]
    source: str

    @cached_property
    def looks_at(self) -> tuple[str, ...]:
        """Names of the patterns, the first being the one whose days are its evidence."""
        return tuple(dict.fromkeys(name for each in self.when for name in each.looks_at))

    def holds(self, patterns: Patterns, phase: AnyArray, phases: Sequence[str | None]) -> BoolArray:
        """Ask of all pupils, ``[as_of, pupils]``."""
        holding = self.when[0].holds(patterns, phase, phases)
        for condition in self.when[1:]:
            holding = holding & condition.holds(patterns, phase, phases)
        return holding


@dataclass(frozen=True)
class Rules:
    """A pack's rules, and the digits that tell this revision of it from another."""

    pack: str
    revision: str
    rules: tuple[Rule, ...]

    def of(self, kind: Kind, *, live: bool = False) -> tuple[Rule, ...]:
        """Rules of one kind; the live ones alone, where asked."""
        return self._of[kind, live]

    @cached_property
    def least(self) -> dict[str, int]:
        """Of each pattern that some rule bounds, and none takes a share of: the lowest bound."""
        least: dict[str, int] = {}
        for condition in (each for rule in self.rules for each in rule.when):
            if condition.pattern is not None:
                bound = min(condition.bound, *condition.by_phase.values(), condition.bound)
                least[condition.pattern] = min(bound, least.get(condition.pattern, bound))
        return least

    @cached_property
    def _of(self) -> dict[tuple[Kind, bool], tuple[Rule, ...]]:
        return {
            (kind, live): tuple(
                each for each in self.rules if each.kind is kind and (each.live or not live)
            )
            for kind in Kind
            for live in (False, True)
        }


@cache
def rules_of(pack: str) -> Rules:
    """Load a pack by its name."""
    found = read_pack(pack)
    rules: Sequence[Mapping[str, Any]] = found.rules
    return Rules(found.name, found.revision, msgspec.convert(rules, tuple[Rule, ...]))
