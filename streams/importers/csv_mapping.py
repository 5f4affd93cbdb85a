"""How a CSV list is to be read: which column is what, which code means what.

A mapping is a small TOML file, options of the command line, or both; options win.

```toml
school = "01AB"              # where no column says it
reporting = "exceptions"     # the list holds absences only
sessions_per_day = 8
delimiter = ";"
date_format = "dd-mm-yyyy"
closed = ["2026-10-12..2026-10-16"]

[columns]                    # ours = theirs
pupil = "LeerlingNr"
date = "Datum"
status = "Code"

[codes]                      # theirs = ours: status, status:reason, or skip
Z = "absent:illness"
L = "late"

[reasons]                    # theirs = ours, for a column of its own
ziek = "illness"
```
"""

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from models.events.types import MOST_MINUTES
from streams.importers.fact import REASONS, STATUSES, Said, meaning
from streams.importers.refusal import Unusable

SKIP = "skip"
"""A code of which the user says: this is not about attendance."""

REQUIRED_COLUMNS = ("pupil", "date", "status")
COLUMNS = (
    *REQUIRED_COLUMNS,
    "session",
    "reason",
    "minutes_missed",
    "school",
    "group",
    "by",
    "recorded_at",
)

_SESSIONS_LIMIT = 12
_DATE_WORDS = (("yyyy", "%Y"), ("mm", "%m"), ("dd", "%d"))


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a mapping may say; the names are those of the TOML file."""

    school: str | None = None
    timezone: str = "Europe/Amsterdam"
    reporting: str = "all"
    sessions_per_day: int | None = None
    minutes_per_session: int | None = None
    delimiter: str | None = None
    encoding: str = "utf-8-sig"
    date_format: str = "iso"
    closed: list[str] = []
    open: list[str] = []
    columns: dict[str, str] = {}
    codes: dict[str, str] = {}
    reasons: dict[str, str] = {}


class Codes(msgspec.Struct, frozen=True):
    """Codes and reasons of a list, each with what it means; null is `skip`."""

    codes: dict[str, Said | None]
    reasons: dict[str, str]


def read_mapping(path: Path) -> dict[str, Any]:
    """Read the TOML file of ``--mapping``; `Unusable` where it is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise Unusable(f"{path}: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise Unusable(f"{path}: not TOML ({error})") from None


def mapping_of(*layers: dict[str, Any]) -> Mapping:
    """Join layers, the later ones over the earlier; tables are joined key by key."""
    joined: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            before = joined.get(key)
            if isinstance(value, dict) and isinstance(before, dict):
                joined[key] = before | value
            else:
                joined[key] = value
    try:
        mapping = msgspec.convert(joined, Mapping)
    except msgspec.ValidationError as error:
        raise Unusable(f"mapping: {error}") from None
    _check(mapping)
    return mapping


def _check(mapping: Mapping) -> None:
    for column in mapping.columns:
        if column not in COLUMNS:
            raise Unusable(f"column {column!r}: the columns are {' '.join(COLUMNS)}")
    if mapping.reporting not in ("all", "exceptions"):
        raise Unusable(f"reporting {mapping.reporting!r}: all, or exceptions")
    if mapping.reporting == "exceptions" and mapping.sessions_per_day is None:
        raise Unusable("reporting exceptions needs --sessions-per-day N (1 where it has none)")
    if not 1 <= (mapping.sessions_per_day or 1) <= _SESSIONS_LIMIT:
        raise Unusable(f"--sessions-per-day: 1 to {_SESSIONS_LIMIT}")
    if not 1 <= (mapping.minutes_per_session or 1) <= MOST_MINUTES:
        raise Unusable(f"--minutes-per-session: 1 to {MOST_MINUTES}")
    if mapping.delimiter is not None and len(mapping.delimiter) != 1:
        raise Unusable(f"delimiter {mapping.delimiter!r}: one character, ; for instance")


def codes_of(mapping: Mapping) -> Codes:
    """Give the mapping's codes, and beside them the words of SEMANTICS.md themselves."""
    codes: dict[str, Said | None] = {status: Said(status) for status in STATUSES}
    codes |= {f"absent:{reason}": Said("absent", reason) for reason in REASONS}
    reasons = {reason: reason for reason in REASONS}
    for code, words in mapping.codes.items():
        try:
            codes[code.strip()] = None if words.strip() == SKIP else meaning(words)
        except ValueError as error:
            raise Unusable(f"code {code!r}: {error}; or {SKIP}") from None
    for theirs, ours in mapping.reasons.items():
        if ours not in REASONS:
            raise Unusable(f"reason {theirs!r}: {ours!r} is no reason: {' '.join(REASONS)}")
        reasons[theirs.strip()] = ours
    return Codes(codes, reasons)


def strptime_pattern(date_format: str) -> str:
    """``iso``, ``dd-mm-yyyy`` and the like, or a pattern of ``strptime`` itself.

    >>> strptime_pattern("dd-mm-yyyy")
    '%d-%m-%Y'
    >>> strptime_pattern("%d %b %Y")
    '%d %b %Y'
    """
    if date_format.casefold() == "iso":
        return "%Y-%m-%d"
    if "%" in date_format:
        return date_format
    pattern = date_format.casefold()
    for word, code in _DATE_WORDS:
        if pattern.count(word) != 1:
            raise Unusable(f"date format {date_format!r}: iso, dd-mm-yyyy, mm/dd/yyyy, %d %b %Y …")
        pattern = pattern.replace(word, code)
    return pattern


def pairs(options: list[str], name: str) -> dict[str, str]:
    """``A=B`` of the command line, as a table. The last ``=`` is the one that divides."""
    table: dict[str, str] = {}
    for option in options:
        left, found, right = option.rpartition("=")
        if not found:
            raise Unusable(f"--{name} {option!r}: write LEFT=RIGHT")
        table[left.strip()] = right.strip()
    return table
