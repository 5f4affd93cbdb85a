"""Lines to columns, in bulk: the only place where anything is done mark by mark.

msgspec reads a chunk of lines in C; attributes become arrays by ``map`` over `attrgetter`, texts
become numbers by dictionaries that check each text when they first meet it. A chunk that holds
anything odd is read line by line instead, and a line that is still refused is looked at field by
field (`models.events.checks`).
"""

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter
from sys import intern
from typing import Any, Final

import msgspec
import numpy as np

from models.arrays import AnyArray, ByteArray
from models.codes import (
    FIRST_ABSENT,
    LAST_PRESENT,
    NO_MINUTES,
    REASON_STEP,
    STATUS_CODE,
)
from models.events.checks import REGISTER_AHEAD_DAYS, Reject, fault, is_id, read_line
from models.events.columns import (
    DEFAULT_NONE,
    DEFAULT_PRESENT,
    DEFAULT_WITHDRAWN,
    Columns,
    Registers,
)
from models.events.instants import read_date, read_instants, utc_dates
from models.events.types import MOST_MINUTES, Default, Event, Register

CACHED_DATES: Final = 100_000

NO_NAME: Final = -1
_DEFAULTS: Final[dict[Default | None, int]] = {
    None: DEFAULT_NONE,
    Default.PRESENT: DEFAULT_PRESENT,
    Default.WITHDRAWN: DEFAULT_WITHDRAWN,
}
_MINUTES: Final[dict[int | None, int]] = {
    minutes: minutes for minutes in range(MOST_MINUTES + 1)
} | {None: NO_MINUTES}
_UNKNOWN_STEP: Final = REASON_STEP[None]
_WHITE_SPACE: Final = b" \t\r\n"

_id = attrgetter("id")
_school = attrgetter("school")
_recorded_at = attrgetter("recorded_at")
_date = attrgetter("date")
_session = attrgetter("session")
_minutes = attrgetter("minutes")
_group = attrgetter("group")
_by = attrgetter("by")
_default = attrgetter("default")
_marks = attrgetter("marks")
_pupil = attrgetter("pupil")
_status = attrgetter("status")
_reason = attrgetter("reason")
_minutes_missed = attrgetter("minutes_missed")

_ID_BYTES: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"
_LONGEST_ID: Final = 64


class _OddError(Exception):
    """A chunk holds something that only the slow way can judge."""


class Names(dict[str | None, int]):
    """Ids as numbers, in the order in which they were met; each is checked once."""

    def __init__(self) -> None:
        super().__init__({None: NO_NAME})
        self.texts: list[str] = []

    def __missing__(self, text: str) -> int:
        if not is_id(text):
            raise _OddError
        text = intern(text)
        number = self[text] = len(self.texts)
        self.texts.append(text)
        return number


class _Dates(dict[str, int]):
    def __missing__(self, text: str) -> int:
        day = read_date(text)
        if day is None:
            raise _OddError
        if len(self) > CACHED_DATES:
            self.clear()
        self[text] = day
        return day


class Decoder:
    """Reads lines. Keeps what the numbers in its columns mean."""

    def __init__(self) -> None:
        self.names = Names()
        self.pupils = Names()
        self._dates = _Dates()
        self._decoder = msgspec.json.Decoder(Event)

    def read_lines(self, lines: Sequence[bytes], positions: Sequence[int], into: Columns) -> None:
        """Read lines; what is refused is told apart from what is good."""
        try:
            if not all(map(bytes.isascii, lines)):
                b"".join(lines).decode()
            self._take(list(map(self._decoder.decode, lines)), positions, into)
        except (ValueError, RecursionError, _OddError):
            self._read_one_by_one(lines, positions, into)

    def _read_one_by_one(
        self, lines: Sequence[bytes], positions: Sequence[int], into: Columns
    ) -> None:
        events: list[Event] = []
        where: list[int] = []
        rejects: list[Reject] = []
        for line, position in zip(lines, positions, strict=True):
            event = self._read_good(line)
            if event is None:
                if not line.strip(_WHITE_SPACE):
                    continue
                event, refused = read_line(line, position)
                rejects += refused
            if event is not None:
                events.append(event)
                where.append(position)
        into.rejects += rejects
        try:
            self._take(events, where, into)
        except _OddError:
            self._take_checked(events, where, into)

    def _read_good(self, line: bytes) -> Event | None:
        try:
            if not line.isascii():
                line.decode()
            event: Event = self._decoder.decode(line)
        except (ValueError, RecursionError):
            return None
        return event

    def _take_checked(self, events: list[Event], where: list[int], into: Columns) -> None:
        """Events of the right types with a text among them that is no id, date or instant."""
        good: list[Event] = []
        good_where: list[int] = []
        for event, position in zip(events, where, strict=True):
            found, refused = read_line(msgspec.json.encode(event), position)
            into.rejects += refused
            if found is not None:
                good.append(found)
                good_where.append(position)
        self._take(good, good_where, into)

    def _take(self, events: list[Event], positions: Sequence[int], into: Columns) -> None:
        """Add events to columns; `_OddError`, and nothing added, where a field is at fault."""
        others: list[tuple[int, Event]] = []
        registers: list[Register] = events  # type: ignore[assignment]
        where = positions
        if list(map(type, events)).count(Register) != len(events):
            both = list(zip(positions, events, strict=True))
            others = [(at, event) for at, event in both if not isinstance(event, Register)]
            for _, event in others:
                if fault(event) is not None:
                    raise _OddError
            registers = [event for event in events if isinstance(event, Register)]
            where = [at for at, event in both if isinstance(event, Register)]
        if registers:
            into.registers.append(self._columns(registers, where))
        into.others += others

    def _columns(self, registers: list[Register], positions: Sequence[int]) -> Registers:
        count = len(registers)
        _check_ids(list(map(_id, registers)))
        name = self.names.__getitem__
        for by in set(map(_by, registers)):
            name(by)
        at = read_instants(list(map(_recorded_at, registers)))
        if at is None:
            raise _OddError
        date = np.fromiter(map(self._dates.__getitem__, map(_date, registers)), np.int32, count)
        if (date > utc_dates(at) + REGISTER_AHEAD_DAYS).any():
            raise _OddError
        lists = [each or () for each in map(_marks, registers)]
        counts = np.fromiter(map(len, lists), np.int32, count)
        register_minutes = np.fromiter(
            map(_MINUTES.__getitem__, map(_minutes, registers)), np.int16, count
        )
        pupil, code, minutes = self._mark_columns(list(chain.from_iterable(lists)))
        away = np.flatnonzero((minutes == NO_MINUTES) & (code >= FIRST_ABSENT))
        if len(away):
            row = np.searchsorted(np.cumsum(counts), away, side="right")
            minutes[away] = register_minutes[row]
        return Registers(
            position=np.array(positions, np.int64),
            school=np.fromiter(map(name, map(_school, registers)), np.int32, count),
            at=at,
            date=date,
            session=np.fromiter(map(_session, registers), np.int8, count),
            group=np.fromiter(map(name, map(_group, registers)), np.int32, count),
            default=np.fromiter(
                map(_DEFAULTS.__getitem__, map(_default, registers)), np.int8, count
            ),
            marks=counts,
            pupil=pupil,
            code=code,
            minutes=minutes,
        )

    def _mark_columns(self, marks: list[Any]) -> tuple[AnyArray, ByteArray, AnyArray]:
        count = len(marks)
        pupil = np.fromiter(map(self.pupils.__getitem__, map(_pupil, marks)), np.int32, count)
        code = np.frombuffer(bytearray(map(STATUS_CODE.__getitem__, map(_status, marks))), np.uint8)
        minutes = np.zeros(count, np.int16)
        telling = np.flatnonzero(code > LAST_PRESENT)
        if len(telling):
            told = [marks[row] for row in telling.tolist()]
            step = np.fromiter(
                map(REASON_STEP.__getitem__, map(_reason, told)), np.int16, len(told)
            )
            code[telling] += (step - _UNKNOWN_STEP).astype(np.uint8)
            given = np.fromiter(
                map(_MINUTES.__getitem__, map(_minutes_missed, told)), np.int16, len(told)
            )
            given[(given == NO_MINUTES) & (code[telling] < FIRST_ABSENT)] = 0
            minutes[telling] = given
        return pupil, code, minutes


def _check_ids(ids: list[str]) -> None:
    lengths = list(map(len, ids))
    if min(lengths) < 1 or max(lengths) > _LONGEST_ID:
        raise _OddError
    try:
        strange = "".join(ids).encode("ascii").translate(None, _ID_BYTES)
    except UnicodeEncodeError:
        raise _OddError from None
    if strange:
        raise _OddError
