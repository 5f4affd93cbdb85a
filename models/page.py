"""One date's slots of one school: what was said, and when.

A slot is a byte of `models.codes`, the second in which it was said, and minutes where any were
given: five to seven bytes. What a default fills takes no room: it is worked out when somebody asks.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from models.arrays import AnyArray, BoolArray, ByteArray, IntArray
from models.codes import FIRST_ABSENT, LAST_WITHDRAWN, NO_MINUTES, NOTHING
from models.events.instants import DAY_SECONDS, EPOCH

MOST_SESSIONS: Final = 12
WHOLE_SCHOOL: Final = 0
"""The group of a default about everyone, and of a pupil who has no group."""
NEVER: Final = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class CountedPage:
    """A page in counts of sessions; good while the book's `roster_version` is this one."""

    roster_version: int
    packed: AnyArray
    pupils_with_minutes: IntArray
    minutes: IntArray


_NO_DEFAULTS: Final = np.zeros((0, 0), np.int64)


@dataclass(slots=True)
class Page:
    """The slots of one date, ``[sessions, pupils]``; ``sessions`` says which session a row is.

    ``said`` is the second in which a slot was said, counted from the date's midnight in UTC: it
    has 32 bits until a slot needs 64. ``minutes`` has them and one more, 0 for those of the school,
    in 8 bits until a slot needs 16; it is None while every mark has those that follow from its
    status.
    """

    date: int
    sessions: list[int] = field(default_factory=list)
    code: ByteArray = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    said: AnyArray = field(default_factory=lambda: np.zeros((0, 0), np.int32))
    minutes: AnyArray | None = None
    defaults: IntArray = field(default_factory=lambda: _NO_DEFAULTS)
    """``[groups, sessions]``: twice the second in which a default was said, and one more where it
    takes an earlier one back; `NEVER` for none. `WHOLE_SCHOOL` where the register named no group.
    """
    live_marks: int = 0
    """How many slots hold a mark that is not withdrawn."""
    counted: "CountedPage | None" = None
    """What `models.pupil_days` made of the page, as long as that is good."""

    @property
    def midnight(self) -> int:
        """The date's midnight in UTC, in seconds since 1970."""
        return (self.date - EPOCH) * DAY_SECONDS

    @property
    def is_live(self) -> bool:
        """Does a mark or default that holds say anything about this date?"""
        if self.live_marks > 0:
            return True
        return bool(((self.defaults != NEVER) & (self.defaults & 1 == 0)).any())

    def say_defaults(
        self, group: AnyArray, session: AnyArray, at: IntArray, withdrawn: BoolArray
    ) -> None:
        """Take registers' defaults, an element each; of one second the withdrawn one holds."""
        self.counted = None
        groups = int(group.max()) + 1
        self._make_room_for(session, 0)
        if groups > len(self.defaults):
            more = np.full((groups - len(self.defaults), len(self.sessions)), NEVER, np.int64)
            self.defaults = np.concatenate([self.defaults, more]) if len(self.defaults) else more
        np.maximum.at(self.defaults, (group, self._rows_of(session)), 2 * at + withdrawn)

    def said_defaults(self) -> list[tuple[int, int, int, bool]]:
        """Group, session, second and "taken back?" of each default that holds."""
        found = np.argwhere(self.defaults != NEVER).tolist()
        said = [(group, row, int(self.defaults[group, row])) for group, row in found]
        return [(group, self.sessions[row], at >> 1, bool(at & 1)) for group, row, at in said]

    def record(
        self, session: AnyArray, pupil: AnyArray, at: IntArray, code: ByteArray, minutes: AnyArray
    ) -> None:
        """Take marks, last record wins; every array has an element a mark."""
        self.counted = None
        self._make_room_for(session, int(pupil.max()) + 1)
        width = self.code.shape[1]
        slot = self._rows_of(session) * width + pupil
        said = at - self.midnight
        if self.said.dtype == np.int32:
            if _fits(said):
                said = said.astype(np.int32)
            else:
                self.said = self.said.astype(np.int64)
                self.said[self.code == NOTHING] = NEVER
        slot, said, code, minutes = _last_of_each(self.code.size, slot, said, code, minutes)
        self._keep_newer(slot, said, code, minutes)

    def _keep_newer(
        self, slot: AnyArray, said: AnyArray, code: ByteArray, minutes: AnyArray
    ) -> None:
        """Take marks of different slots."""
        codes, saids = self.code.reshape(-1), self.said.reshape(-1)
        if self.live_marks or self.code.any():
            held, held_said = codes[slot], saids[slot]
            newer = said > held_said
            if not newer.all():
                held_minutes = self._minutes_of(slot, held)
                tie = said == held_said
                newer |= tie & ((code > held) | ((code == held) & (minutes > held_minutes)))
                slot, said, code = slot[newer], said[newer], code[newer]
                minutes, held = minutes[newer], held[newer]
            self.live_marks -= int(np.count_nonzero(held > LAST_WITHDRAWN))
        self.live_marks += int(np.count_nonzero(code > LAST_WITHDRAWN))
        codes[slot] = code
        saids[slot] = said
        if self.minutes is None and (minutes + (code >= FIRST_ABSENT)).any():
            self.minutes = (implied_minutes(self.code) + 1).astype(np.uint8)
        if self.minutes is not None:
            if self.minutes.dtype == np.uint8 and (minutes >= np.iinfo(np.uint8).max).any():
                self.minutes = self.minutes.astype(np.uint16)
            self.minutes.reshape(-1)[slot] = minutes + 1

    def _minutes_of(self, slot: AnyArray, code: ByteArray) -> AnyArray:
        if self.minutes is None:
            return implied_minutes(code)
        return self.minutes.reshape(-1)[slot].astype(np.int16) - 1

    def _rows_of(self, session: AnyArray) -> IntArray:
        row_of = np.zeros(MOST_SESSIONS + 1, np.intp)
        row_of[self.sessions] = np.arange(len(self.sessions))
        return row_of[session]

    def _make_room_for(self, session: AnyArray, pupils: int) -> None:
        said = np.flatnonzero(np.bincount(session))
        new = [each for each in said.tolist() if each not in self.sessions]
        if new or pupils > self.code.shape[1]:
            self.make_room(new, pupils)

    def make_room(self, new_sessions: list[int], pupils: int) -> None:
        """Add rows for sessions, and columns up to a number of pupils."""
        self.sessions = [*self.sessions, *new_sessions]
        rows, columns = self.code.shape
        shape = (len(self.sessions), max(columns, pupils))
        code, said = self.code, self.said
        self.code = np.zeros(shape, np.uint8)
        self.said = np.full(shape, np.iinfo(said.dtype).min, said.dtype)
        self.code[:rows, :columns] = code
        self.said[:rows, :columns] = said
        if new_sessions and len(self.defaults):
            more = np.full((len(self.defaults), len(new_sessions)), NEVER, np.int64)
            self.defaults = np.concatenate([self.defaults, more], axis=1)
        if self.minutes is not None:
            minutes, self.minutes = self.minutes, np.ones(shape, self.minutes.dtype)
            self.minutes[:rows, :columns] = minutes

    def forget(self, pupil: int, until: int) -> bool:
        """Unsay what was said about a pupil at or before an instant; was there anything?"""
        self.counted = None
        if pupil >= self.code.shape[1]:
            return False
        gone = self.code[:, pupil] != NOTHING
        gone &= self.said[:, pupil] <= min(until - self.midnight, np.iinfo(self.said.dtype).max)
        self.live_marks -= int(np.count_nonzero(self.code[gone, pupil] > LAST_WITHDRAWN))
        self.code[gone, pupil] = NOTHING
        self.said[gone, pupil] = np.iinfo(self.said.dtype).min
        if self.minutes is not None:
            self.minutes[gone, pupil] = 1
        return bool(gone.any())

    def live(self) -> BoolArray:
        """Which slots hold a mark that is not withdrawn, ``[sessions, pupils]``."""
        return self.code > LAST_WITHDRAWN


def implied_minutes(code: ByteArray) -> AnyArray:
    """Minutes of marks that gave none: 0, and for ``absent`` the school's."""
    return np.where(code >= FIRST_ABSENT, np.int16(NO_MINUTES), np.int16(0))


def _fits(said: IntArray) -> bool:
    limits = np.iinfo(np.int32)
    return bool(said.min() > limits.min and said.max() <= limits.max)


def _last_of_each(
    slots: int, slot: AnyArray, said: AnyArray, code: ByteArray, minutes: AnyArray
) -> tuple[AnyArray, AnyArray, ByteArray, AnyArray]:
    """Leave one mark a slot: the one that holds of those that are given."""
    order = np.arange(len(slot))
    last = np.zeros(slots, np.intp)
    last[slot] = order
    if (last[slot] == order).all():
        return slot, said, code, minutes
    order = np.lexsort((minutes, code, said, slot))
    is_last = np.ones(len(order), np.bool_)
    is_last[:-1] = slot[order][1:] != slot[order][:-1]
    keep = order[is_last]
    return slot[keep], said[keep], code[keep], minutes[keep]
