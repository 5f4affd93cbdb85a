"""A school's two lists, pupils and people: read as a whole, with everything that is wrong."""

import unicodedata
from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeVar

from alerts.desk.channels.address import can_be_reached
from alerts.desk.directory import UNASSIGNED
from alerts.desk.list_rows import Fault, Row, UnreadableError, rows, written
from alerts.desk.people import Person, Pupil
from alerts.roles import Role
from alerts.words import Language
from models.events.checks import is_id

PUPIL_COLUMNS: Final = ("pupil", "name", "group")
PERSON_COLUMNS: Final = ("person", "role", "name", "address", "language")
MOST_NAME_CHARACTERS: Final = 200
_MOST_GROUP_CHARACTERS: Final = 64
_JOINERS: Final = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Persian and the scripts of India write with them."""

_Key = TypeVar("_Key")
_Choice = TypeVar("_Choice", bound=StrEnum)
Faults = list[Fault]


class _Unfit(Exception):  # noqa: N818 - it says what becomes of the row
    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column = column
        self.why = why


def read_pupils(file: str, content: bytes) -> tuple[list[Pupil], Faults]:
    """Read ``pupil,name,group``: the pupils, and all that is wrong with the list."""
    seen: dict[str, int] = {}

    def pupil(row: Row) -> Pupil:
        name = _name(row)
        who = Pupil(_id(row, "pupil"), name, _text(row, "group", _MOST_GROUP_CHARACTERS) or None)
        _meet(seen, who.pupil, row, "pupil")
        return who

    found: list[Pupil] = []
    return found, _read(file, content, PUPIL_COLUMNS, lambda row: found.append(pupil(row)))


def read_people(school: str, file: str, content: bytes) -> tuple[list[Person], Faults]:
    """Read ``person,role,name,address,language``: the people, and all that is wrong."""
    seen: dict[tuple[str, Role], int] = {}

    def one(row: Row) -> Person:
        role = _one_of(row, "role", Role)
        if row.cells["person"] == UNASSIGNED and role is not Role.MENTOR:
            raise _Unfit("role", f"is mentor, where the person is {UNASSIGNED}; write mentor")
        who = Person(
            school=school,
            person=_id(row, "person"),
            role=role,
            name=_name(row),
            address=_address(row),
            language=_one_of(row, "language", Language),
        )
        _meet(seen, (who.person, role), row, "person")
        return who

    found: list[Person] = []
    return found, _read(file, content, PERSON_COLUMNS, lambda row: found.append(one(row)))


def write_people(people: list[Person]) -> str:
    """Write people as `read_people` reads them, for a spreadsheet to open without harm."""
    return written(
        PERSON_COLUMNS,
        [(each.person, each.role, each.name, each.address, each.language) for each in people],
    )


def clean(text: str) -> str:
    """Take what cannot be seen out of a text, and write what is seen in one way.

    Marks that turn the direction of writing go, and so do soft hyphens and the like; a letter with
    an accent has one form (NFC); spaces are single.

    >>> clean("Zoe\u0308\u202e  de\u00a0Wit ")
    'Zoë de Wit'
    """
    seen = (_seen(char) for char in unicodedata.normalize("NFC", text))
    return " ".join(filter(None, "".join(seen).split(" ")))


def _seen(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    return "" if category == "Cf" and char not in _JOINERS else char


def _read(
    file: str, content: bytes, columns: tuple[str, ...], take: Callable[[Row], None]
) -> Faults:
    faults: Faults = []
    try:
        for row in rows(file, content, columns):
            try:
                take(row)
            except _Unfit as unfit:
                faults.append(Fault(file, row.line, unfit.column, unfit.why))
    except UnreadableError as error:
        faults.append(error.fault)
    return faults


def _meet(seen: dict[_Key, int], key: _Key, row: Row, column: str) -> None:
    before = seen.setdefault(key, row.line)
    if before != row.line:
        raise _Unfit(column, f"is in line {before} already; take one of them out")


def _id(row: Row, column: str) -> str:
    text = row.cells[column]
    if not is_id(text):
        raise _Unfit(
            column,
            "write the id that events have: 1 to 64 of A-Z a-z 0-9 . _ : -, and no name",
        )
    return text


def _text(row: Row, column: str, most: int) -> str:
    text = clean(row.cells[column])
    for char in text:
        if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise _Unfit(
                column, f"has a character U+{ord(char):04X}, which no name has; take it out"
            )
    if len(text) > most:
        raise _Unfit(column, f"has {len(text):,} characters; write at most {most}")
    return text


def _name(row: Row) -> str:
    text = _text(row, "name", MOST_NAME_CHARACTERS)
    if not any(map(str.isalnum, text)):
        raise _Unfit("name", "has no letter; write the name")
    return text


def _address(row: Row) -> str:
    text = row.cells["address"]
    if not can_be_reached(text):
        raise _Unfit(
            "address",
            "is neither one plain e-mail address nor an https:// address; write one,"
            " without a name or brackets",
        )
    return text


def _one_of(row: Row, column: str, of: type[_Choice]) -> _Choice:
    try:
        return of(row.cells[column].casefold())
    except ValueError:
        raise _Unfit(column, f"is none of {', '.join(of)}; write one of them") from None
