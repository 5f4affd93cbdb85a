"""One line, looked at field by field, where reading in bulk has failed (SEMANTICS.md 1).

Slow, and able to say what is wrong: the bulk way in `models.events.decode` asks here about every
line that it cannot take.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NoReturn, get_type_hints

import msgspec
import orjson

from models.events.instants import (
    DAY_SECONDS,
    EPOCH,
    date_of,
    instant_of,
    read_date,
    read_instant,
    timezones,
)
from models.events.types import (
    BY_TAG,
    Action,
    Close,
    Date,
    Default,
    Event,
    Id,
    Instant,
    Mark,
    Register,
    Reporting,
    Response,
    School,
    Status,
)

VALUE_BEGINNING: Final = 80
"""How many characters of a refused value are kept with its reason."""
REGISTER_AHEAD_DAYS: Final = 7
CLOSE_AHEAD_DAYS: Final = 1

_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_WHOLE_DIGITS: Final = 18
"""No number of an event is longer; a longer one is read as a float, which no field takes."""


@dataclass(frozen=True, slots=True)
class Reject:
    """What is refused of a line, and why. ``position`` is a line's number or an offset.

    ``field`` is its name; of a mark, with the mark's place from 0: ``marks[7].status``.
    """

    position: int
    reason: str
    field: str | None
    value: str


def is_id(text: str) -> bool:
    """Say whether a text may stand for a school, pupil, group, mentor, alert or event."""
    return _ID.fullmatch(text) is not None


_TEXT_CHECKS: Final[dict[Any, Callable[[str], bool]]] = {
    Id: is_id,
    Date: lambda text: read_date(text) is not None,
    Instant: lambda text: read_instant(text) is not None,
}


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    attribute: str
    required: bool
    wanted: Any
    looks_right: Callable[[str], bool] | None

    def is_fine(self, value: Any) -> bool:
        if value is None:
            return not self.required
        if self.looks_right is not None:
            return isinstance(value, str) and self.looks_right(value)
        try:
            msgspec.convert(value, self.wanted)
        except msgspec.ValidationError:
            return False
        return True


@lru_cache(maxsize=16)
def _fields(of: type[msgspec.Struct]) -> tuple[_Field, ...]:
    hints = get_type_hints(of, include_extras=True)
    found = []
    for field in msgspec.structs.fields(of):
        wanted = hints[field.name]
        text = next((kind for kind in _TEXT_CHECKS if wanted in (kind, kind | None)), None)
        check = (lambda name: name in timezones()) if field.name == "timezone" else None
        found.append(
            _Field(
                field.encode_name,
                field.name,
                field.required,
                wanted,
                check if text is None else _TEXT_CHECKS[text],
            )
        )
    return tuple(found)


class _Refusal(Exception):  # noqa: N818 - it says what becomes of the line
    def __init__(self, reason: str, field: str | None, value: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.value = value


def fault(event: Event) -> str | None:
    """Name the field at fault of an event whose types are right already, marks aside."""
    for field in _fields(type(event)):
        if field.looks_right is not None:
            value = getattr(event, field.attribute)
            if value is not None and not field.looks_right(value) and not _is_idle(event, field):
                return field.name
    return _fault_of_the_whole(event)


def _is_idle(event: Event, field: _Field) -> bool:
    return isinstance(event, Response) and field.name == "until" and event.action not in _WITH_UNTIL


_WITH_UNTIL: Final = (Action.SNOOZE, Action.REPORTED)


def _fault_of_the_whole(event: Event) -> str | None:
    match event:
        case School(reporting=Reporting.EXCEPTIONS, sessions_per_day=None):
            return "sessions_per_day"
        case Response(action=Action.SNOOZE, until=None):
            return "until"
        case Register() | Close() if is_ahead(event):
            return "in the future"
    return None


def is_ahead(event: Register | Close) -> bool:
    """Say whether a register or close is dated too long after it was recorded."""
    day, recorded = date_of(event.date), instant_of(event.recorded_at)
    limit = REGISTER_AHEAD_DAYS if isinstance(event, Register) else CLOSE_AHEAD_DAYS
    return day > recorded // DAY_SECONDS + EPOCH + limit


def read_line(line: bytes, position: int) -> tuple[Event | None, list[Reject]]:
    """Read one line: the event, unless it is refused, and what is refused.

    A refused mark of a register with default ``present`` counts as ``withdrawn``.
    """
    rejects: list[Reject] = []
    try:
        return _read(line, position, rejects), rejects
    except _Refusal as refused:
        return None, [_reject(position, refused.reason, refused.field, refused.value)]


def _read(line: bytes, position: int, rejects: list[Reject]) -> Event:  # noqa: C901 - one check after the other
    found = load_line(line)
    if not isinstance(found, dict):
        raise _Refusal("object", None, found)
    tag = found.get("type")
    of = BY_TAG.get(tag) if isinstance(tag, str) else None
    if of is None:
        raise _Refusal("type", "type", tag)
    if of is Response and found.get("action") not in _WITH_UNTIL:
        found.pop("until", None)
    values = {}
    for field in _fields(of):
        if field.name == "marks":
            continue
        value = found.get(field.name)
        if not field.is_fine(value):
            raise _Refusal(field.name, field.name, value)
        if value is not None:
            values[field.name] = value
    marks = found.get("marks") if of is Register else None
    if marks is not None and not isinstance(marks, list):
        raise _Refusal("marks", "marks", marks)
    event: Event = msgspec.convert({"type": tag} | values, of)  # type: ignore[assignment]
    reason = _fault_of_the_whole(event)
    if reason is not None:
        field_name = "date" if isinstance(event, Register | Close) else reason
        raise _Refusal(reason, field_name, found.get(field_name))
    if isinstance(event, Register) and marks:
        good = list(_marks(marks, event.default, position, rejects))
        event = msgspec.structs.replace(event, marks=good)
    return event


def _marks(
    marks: list[Any], default: Default | None, position: int, rejects: list[Reject]
) -> Iterator[Mark]:
    for place, mark in enumerate(marks):
        try:
            yield _mark(mark)
        except _Refusal as refused:
            where = f"marks[{place}]" + (f".{refused.field}" if refused.field else "")
            rejects.append(_reject(position, refused.reason, where, refused.value))
            pupil = mark.get("pupil") if isinstance(mark, dict) else None
            if default is Default.PRESENT and isinstance(pupil, str) and is_id(pupil):
                yield Mark(pupil=pupil, status=Status.WITHDRAWN)


def _mark(mark: Any) -> Mark:
    if not isinstance(mark, dict):
        raise _Refusal("mark", None, mark)
    for field in _fields(Mark):
        if not field.is_fine(mark.get(field.name)):
            raise _Refusal(field.name, field.name, mark.get(field.name))
    return msgspec.convert(mark, Mark)


def load_line(line: bytes) -> Any:
    """Give what a line says, as JSON; that of an accepted event can always be read."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if "infinity" not in str(error):
            raise _Refusal("json", None, line) from None
    return _load_with_huge_numbers(line)


def _load_with_huge_numbers(line: bytes) -> Any:
    """JSON with a number that no computer word holds, which is no fault in an ignored field."""
    try:
        found = json.loads(line, parse_int=_read_whole, parse_constant=_refuse_constant)
        json.dumps(found, ensure_ascii=False).encode()  # no lone surrogate
    except (ValueError, RecursionError):
        raise _Refusal("json", None, line) from None
    return found


def _read_whole(text: str) -> int | float:
    return int(text) if len(text) <= _WHOLE_DIGITS else float(text[:_WHOLE_DIGITS])


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)


def _reject(position: int, reason: str, field: str | None, value: Any) -> Reject:
    if isinstance(value, bytes):
        beginning = value[:VALUE_BEGINNING].decode("utf-8", "replace")
    elif isinstance(value, str):
        beginning = value[:VALUE_BEGINNING]
    else:
        try:
            beginning = json.dumps(value, ensure_ascii=False)[:VALUE_BEGINNING]
        except RecursionError:
            beginning = ""
    return Reject(position, reason, field, beginning)
