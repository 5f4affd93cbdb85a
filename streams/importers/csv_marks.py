"""CSV lists: one line a pupil, date and session.

Each row is one mark. Where two rows speak of one pupil, date and session, both are in the log:
the later recording holds, and at one time the law of ties of SEMANTICS.md decides (the default
time of recording is 18:00 of the day, so without that column it always does).

A list of everyone, present or not, is ``reporting: all``. A list of absences alone must be
imported with ``reporting: exceptions``: read as ``all`` it would say that its pupils were never
there.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from models.events.checks import is_id
from streams.importers.csv_mapping import (
    COLUMNS,
    REQUIRED_COLUMNS,
    Codes,
    Mapping,
    codes_of,
    strptime_pattern,
)
from streams.importers.csv_rows import Rows
from streams.importers.days import SchoolDays, spans
from streams.importers.fact import (
    FIRST_YEAR,
    LAST_YEAR,
    Fact,
    Said,
    day,
    identifier,
    minutes,
)
from streams.importers.ledger import Ledger
from streams.importers.log import Log, School, compose, zone
from streams.importers.refusal import Refusal, Unusable, Why

ROW = "row"
SESSIONS_LIMIT = 12

HEADER_LIMIT = 200
"""So much of a header is shown in an error, so that it stays one line."""


def import_csv(files: list[Path], mapping: Mapping) -> tuple[Log, Ledger]:
    """Make the log of ``files``, and count what was read."""
    ledger = Ledger([str(file) for file in files])
    reader = _Reader(mapping)
    facts: list[Fact] = []
    for number_of_file, file in enumerate(files):
        rows = Rows(file, mapping.encoding, mapping.delimiter)
        for line, cells in rows:
            place = (number_of_file, line)
            ledger.read[ROW] += 1
            try:
                facts.append(reader.fact(rows.header or [], cells, place, file))
            except Refusal as refusal:
                ledger.refuse(ROW, place, refusal)
        if rows.header is not None:
            reader.places(rows.header, file)
    days = _days(facts, mapping)
    school = School(
        timezone=mapping.timezone,
        reporting=mapping.reporting,
        sessions_per_day=mapping.sessions_per_day,
        minutes_per_session=mapping.minutes_per_session,
    )
    log = compose("csv", facts, school, days, ledger, date_field="date")
    ledger.notes.extend(_notes(facts, mapping))
    return log, ledger


def _days(facts: list[Fact], mapping: Mapping) -> dict[str, SchoolDays]:
    weekdays_only = mapping.reporting == "exceptions"
    closed, opened = spans(mapping.closed, "--closed"), spans(mapping.open, "--open")
    days: dict[str, SchoolDays] = {}
    for school in sorted({fact.school for fact in facts}):
        days[school] = SchoolDays(weekdays_only=weekdays_only)
        for date in closed:
            days[school].close(date, "closed by --closed")
        for date in opened:
            days[school].open(date, "opened by --open")
    return days


def _notes(facts: list[Fact], mapping: Mapping) -> Iterator[str]:
    if mapping.reporting == "all" and facts and all(fact.status != "present" for fact in facts):
        yield (
            "no row says present. If this list holds absences only, import it again with"
            " --reporting exceptions --sessions-per-day N: read as it is, its pupils were never"
            " at school"
        )


class _Reader:
    """Turns rows into facts, by one mapping."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        if mapping.school is not None and not is_id(mapping.school):
            raise Unusable(f"--school {mapping.school!r}: {Why.UNFIT_ID}")
        self._codes: Codes = codes_of(mapping)
        self._pattern = strptime_pattern(mapping.date_format)
        self._zone = zone(mapping.timezone)
        self._places: dict[tuple[str, ...], dict[str, int]] = {}
        exceptions = mapping.reporting == "exceptions"
        self._sessions = (mapping.sessions_per_day or 1) if exceptions else SESSIONS_LIMIT

    def places(self, header: list[str], file: Path) -> dict[str, int]:
        """Tell where each column is in ``header``; `Unusable` where a needed one is not."""
        key = tuple(header)
        if key not in self._places:
            self._places[key] = _places(header, self._mapping, file)
        return self._places[key]

    def fact(self, header: list[str], cells: list[str], place: tuple[int, int], file: Path) -> Fact:
        """Read one row; a `Refusal` says why there is no fact in it."""
        places = self.places(header, file)
        if len(cells) != len(header):
            raise Refusal(Why.CELLS, ROW, f"{len(cells)} cells, {len(header)} in the header")
        row = {column: cells[index] for column, index in places.items()}
        said = self._said(row)
        return Fact(
            place=place,
            kind=ROW,
            school=identifier(row.get("school", self._mapping.school), "school"),
            date=day(row["date"], "date", self._pattern),
            pupil=identifier(row["pupil"], "pupil"),
            status=said.status,
            reason=said.reason,
            minutes_missed=minutes(row.get("minutes_missed"), "minutes_missed"),
            session=self._session(row.get("session")),
            group=_optional(row, "group"),
            by=_optional(row, "by"),
            recorded_at=self._recorded_at(row.get("recorded_at")),
        )

    def _said(self, row: dict[str, str]) -> Said:
        code = row["status"].strip()
        if code not in self._codes.codes:
            raise Refusal(Why.UNKNOWN_CODE if code else Why.MISSING, "status", code)
        said = self._codes.codes[code]
        if said is None:
            raise Refusal(Why.SKIPPED, "status", code)
        text = row.get("reason", "").strip()
        if not text:
            return said
        reason = self._codes.reasons.get(text)
        if reason is None:
            raise Refusal(Why.UNKNOWN_REASON, "reason", text)
        return Said(said.status, reason)

    def _session(self, text: str | None) -> int:
        if text is None:
            return 1
        stripped = text.strip()
        if not stripped:
            raise Refusal(Why.MISSING, "session")
        if not (stripped.isascii() and stripped.isdigit()):
            raise Refusal(Why.NOT_A_SESSION, "session", stripped)
        session = int(stripped[:4])
        if not 1 <= session <= self._sessions:
            raise Refusal(Why.NOT_A_SESSION, "session", stripped)
        return session

    def _recorded_at(self, text: str | None) -> dt.datetime | None:
        stripped = (text or "").strip()
        if not stripped:
            return None
        try:
            moment = dt.datetime.fromisoformat(stripped)
        except ValueError:
            try:
                date, _, clock = stripped.partition(" ")
                when = dt.time.fromisoformat(clock)
                moment = dt.datetime.combine(day(date, "recorded_at", self._pattern), when)
            except (ValueError, Refusal):
                raise Refusal(Why.NOT_A_TIME, "recorded_at", stripped) from None
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise Refusal(Why.NOT_A_TIME, "recorded_at", stripped)
        home = moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
        return home.astimezone(dt.UTC).replace(microsecond=0)


def _optional(row: dict[str, str], column: str) -> str | None:
    return identifier(row[column], column) if row.get(column, "").strip() else None


def _places(header: list[str], mapping: Mapping, file: Path) -> dict[str, int]:
    exact = {name: index for index, name in reversed(list(enumerate(header)))}
    loose = {name.casefold(): index for name, index in reversed(exact.items())}
    places: dict[str, int] = {}
    for column in COLUMNS:
        theirs = mapping.columns.get(column, column)
        index = exact.get(theirs, loose.get(theirs.casefold()))
        if index is not None:
            places[column] = index
        elif column in mapping.columns:
            raise Unusable(f"{file}: no column {theirs!r}; its header is {_shown(header)}")
    for column in REQUIRED_COLUMNS:
        if column not in places:
            raise Unusable(
                f"{file}: no column {column!r}; its header is {_shown(header)}"
                f" (--column {column}=THEIRS)"
            )
    if "school" not in places and mapping.school is None:
        raise Unusable(f"{file}: which school? --school ID, or --column school=THEIRS")
    return places


def _shown(header: list[str]) -> str:
    line = " | ".join(header)
    return line if len(line) <= HEADER_LIMIT else f"{line[:HEADER_LIMIT]} …"
