"""Episodes: stretches of days above tier 1, folded day by day (SEMANTICS.md 6).

A fold goes over closed school days in order, for all pupils at once. Those for whom nothing is
above tier 1 are left out; what remains is a few columns.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from alerts.rules import LOWEST_TIER
from models.arrays import AnyArray, BoolArray, ByteArray, IntArray, are_among
from models.common_cause import COMMON_CAUSE, ORDINARY
from models.pasts import Pasts
from models.roster import FOREVER

QUIET_DAYS: Final = 10
"""After so many known days below its tier an episode eases or closes."""
NONE, OPEN, RAISED, EASED = 0, 1, 2, 3
"""What an episode did last; none stands with `NONE`."""
NO_DAY: Final = 0
NOTICE_TIER: Final = 2


@dataclass(frozen=True, slots=True)
class Folds:
    """Episodes of some subjects, one element each; of who is not among them nothing stands.

    In a `Trace` every array but ``subject`` has a row a day as well.
    """

    subject: IntArray
    tier: ByteArray
    state: ByteArray
    quiet: ByteArray
    opened: AnyArray
    """The day on which the episode opened, `NO_DAY` for none."""
    held: AnyArray
    """The last day on which a rule held."""

    def row(self, row: int, before: int = FOREVER) -> "Folds":
        """What a trace holds after one of its days, of those above tier 1.

        Subjects are those whose number is below ``before``.
        """
        stands = np.flatnonzero(
            self.tier[row, : np.searchsorted(self.subject, before)] > LOWEST_TIER
        )
        return Folds(
            self.subject[stands],
            self.tier[row, stands],
            self.state[row, stands],
            self.quiet[row, stands],
            self.opened[row, stands],
            self.held[row, stands],
        )

    def without(self, subject: int) -> "Folds":
        """Leave a subject out."""
        return self._only(self.subject != subject)

    def tiers(self, subjects: int) -> ByteArray:
        """The tier of each of so many subjects."""
        tiers = np.full(subjects, LOWEST_TIER, np.uint8)
        tiers[self.subject] = self.tier
        return tiers

    def among(self, subjects: IntArray) -> "Folds":
        """Leave all others out; ``subjects`` are in order."""
        return self._only(are_among(self.subject, subjects))

    def spread(self, pasts: Pasts) -> "Folds":
        """Begin every past of theirs with what its pupil begins with."""
        if not len(pasts.of) or not len(self.subject):
            return self
        place = np.minimum(np.searchsorted(self.subject, pasts.of), len(self.subject) - 1)
        found = np.flatnonzero(self.subject[place] == pasts.of)
        kept = np.concatenate([np.arange(len(self.subject)), place[found]])
        return Folds(
            np.concatenate([self.subject, pasts.pupils + found]),
            self.tier[kept],
            self.state[kept],
            self.quiet[kept],
            self.opened[kept],
            self.held[kept],
        )

    def _only(self, kept: BoolArray) -> "Folds":
        return Folds(
            self.subject[kept],
            self.tier[..., kept],
            self.state[..., kept],
            self.quiet[..., kept],
            self.opened[..., kept],
            self.held[..., kept],
        )


def no_folds() -> Folds:
    """Nothing stands."""
    byte, day = np.zeros(0, np.uint8), np.zeros(0, np.int32)
    return Folds(np.zeros(0, np.intp), byte, byte, byte, day, day)


Trace = Folds
"""Episodes as they were after each day of a fold, the day that it started from first."""


def _begin(start: Folds, subject: IntArray, days: int) -> Trace:
    """Arrays for a trace, its first row filled with what it starts from."""
    shape = (days + 1, len(subject))
    trace = Folds(
        subject,
        np.full(shape, LOWEST_TIER, np.uint8),
        np.zeros(shape, np.uint8),
        np.zeros(shape, np.uint8),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int32),
    )
    place = np.searchsorted(subject, start.subject)
    trace.tier[0, place] = start.tier
    trace.state[0, place] = start.state
    trace.quiet[0, place] = start.quiet
    trace.opened[0, place] = start.opened
    trace.held[0, place] = start.held
    return trace


def widened(trace: Trace, more: IntArray) -> Trace:
    """Add columns to a trace, of subjects of whom nothing stands."""
    subject = np.union1d(trace.subject, more).astype(np.intp)
    if len(subject) == len(trace.subject):
        return trace
    place = np.searchsorted(subject, trace.subject)
    wide = _begin(no_folds(), subject, len(trace.tier) - 1)
    wide.tier[:, place] = trace.tier
    wide.state[:, place] = trace.state
    wide.quiet[:, place] = trace.quiet
    wide.opened[:, place] = trace.opened
    wide.held[:, place] = trace.held
    return wide


def subjects(start: Folds, above: BoolArray, told: IntArray) -> IntArray:
    """Whose episodes have to be folded: who starts in one, may open one, or was told of one.

    ``above`` is ``[days, subjects]``.
    """
    found: IntArray = np.union1d(
        np.union1d(start.subject, told), np.flatnonzero(above.any(axis=0))
    ).astype(np.intp)
    return found


def fold(
    start: Folds, subject: IntArray, days: IntArray, level: ByteArray, known: BoolArray
) -> Trace:
    """Fold levels of some subjects over known days; ``level`` and ``known`` are ``[days, all]``."""
    trace = _begin(start, subject, len(days))
    level, known = level[:, subject], known[:, subject]
    above = level > LOWEST_TIER
    for row, day in enumerate(days.tolist()):
        tier, here = trace.tier[row], level[row]
        rises = known[row] & (here > tier)
        below = here < tier
        quiet = np.where(known[row], (trace.quiet[row] + 1) * below, trace.quiet[row])
        falls = quiet >= QUIET_DAYS
        now = np.where(rises | falls, here, tier)
        after = row + 1
        trace.tier[after] = now
        trace.quiet[after] = np.where(falls, 0, quiet)
        opens = rises & (tier == LOWEST_TIER)
        stands = now > LOWEST_TIER
        trace.opened[after] = np.where(opens, day, trace.opened[row]) * stands
        state = np.where(rises, np.where(opens, OPEN, RAISED), trace.state[row])
        trace.state[after] = np.where(falls, EASED, state) * stands
        trace.held[after] = np.where(above[row], day, trace.held[row])
    return trace


def fold_open_day(
    closed: Folds, subject: IntArray, day: int, level: ByteArray, known: BoolArray
) -> Folds:
    """The open day, on which live rules may open or raise, and nothing else happens.

    ``level`` and ``known`` have an element a ``subject``. What comes back are those that it
    opened or raised.
    """
    trace = _begin(closed.among(subject), subject, 0)
    tier = trace.tier[0]
    rises = np.flatnonzero(known & (level > tier))
    opens = tier[rises] == LOWEST_TIER
    return Folds(
        subject[rises],
        level[rises],
        np.where(opens, OPEN, RAISED).astype(np.uint8),
        np.zeros(len(rises), np.uint8),
        np.where(opens, day, trace.opened[0, rises]).astype(np.int32),
        np.full(len(rises), day, np.int32),
    )


def fold_silence(
    start: Folds,
    subject: IntArray,
    days: IntArray,
    level: ByteArray,
    ends: BoolArray,
) -> Trace:
    """Silence opens when its condition first holds and ends on a day ``known`` or not enrolled."""
    trace = _begin(start, subject, len(days))
    level, ends = level[:, subject], ends[:, subject]
    for row, day in enumerate(days.tolist()):
        after = row + 1
        opens = ~ends[row] & (trace.opened[row] == NO_DAY) & (level[row] > LOWEST_TIER)
        goes_on = ~ends[row]
        trace.opened[after] = np.where(opens, day, trace.opened[row]) * goes_on
        stands = trace.opened[after] != NO_DAY
        tier = np.where(opens, level[row], trace.tier[row])
        trace.tier[after] = np.where(stands, tier, LOWEST_TIER)
        trace.state[after] = np.where(stands, OPEN, NONE)
        trace.held[after] = np.where(level[row] > LOWEST_TIER, day, trace.held[row])
    return trace


def fold_notices(start: Folds, told: IntArray, days: IntArray, sort: ByteArray) -> Trace:
    """Notices about the school and its groups: from a common-cause day to the next ordinary one.

    ``sort`` is ``[days, 1 + groups]`` of `models.common_cause`.
    """
    common = sort == COMMON_CAUSE
    subject = subjects(start, common, told)
    trace = _begin(start, subject, len(days))
    common, ordinary = common[:, subject], sort[:, subject] == ORDINARY
    for row, day in enumerate(days.tolist()):
        after = row + 1
        opened = np.where(common[row] & (trace.opened[row] == NO_DAY), day, trace.opened[row])
        trace.opened[after] = opened * ~ordinary[row]
        stands = trace.opened[after] != NO_DAY
        trace.tier[after] = np.where(stands, NOTICE_TIER, LOWEST_TIER)
        trace.state[after] = np.where(stands, OPEN, NONE)
        trace.held[after] = np.where(common[row], day, trace.held[row])
    return trace
