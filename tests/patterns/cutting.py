"""Tables of patterns from lines, and what a cut may see of them, in the plainest way."""

import csv
import io
from collections.abc import Sequence

import numpy as np

from models.events.checks import read_line
from models.events.instants import instant_of, local_date, write_date
from models.events.types import Event, School
from models.features import FEATURES
from models.pattern_table import PatternTable, joined_tables
from models.patterns import PATTERNS
from streams.cuts import Plan, cut_school
from streams.school_logs import Logs

Row = dict[str, str]
TIERS = ("tier_attendance", "tier_unauthorised")


def table_of(lines: Sequence[bytes], pack: str = "nl", **plan: int) -> PatternTable:
    logs = Logs()
    logs.read(lines, range(1, len(lines) + 1))
    return joined_tables([cut_school(log, Plan(pack, **plan)) for log in logs.by_school()])


def cuts(table: PatternTable) -> list[tuple[str, int]]:
    """School and date of each cut that has a row."""
    pairs = zip(table.school.tolist(), table.as_of.tolist(), strict=True)
    return sorted({(table.schools[school], as_of) for school, as_of in pairs})


def at(table: PatternTable, school: str, as_of: int) -> PatternTable:
    """The rows of one cut."""
    return table.rows((table.school == table.schools.index(school)) & (table.as_of == as_of))


def seen_by(lines: Sequence[bytes], school: str, date: int) -> list[bytes]:
    """What a school had recorded by the end of a date, in its timezone as it was known then."""
    of_school: list[tuple[int, Event, bytes]] = []
    for line in lines:
        event, _ = read_line(line, 1) if line.strip() else (None, ())
        if event is not None and event.school == school:
            of_school.append((instant_of(event.recorded_at), event, line))
    of_school.sort(key=lambda each: each[0])
    seen: list[bytes] = []
    held: tuple[int, str] = (-(2**63), "")
    timezone = "Europe/Amsterdam"
    for instant, event, line in of_school:
        if local_date(instant, timezone) > date:
            break
        seen.append(line)
        if isinstance(event, School) and (instant, event.id) > held:
            held, timezone = (instant, event.id), event.timezone or "Europe/Amsterdam"
    return seen


def as_pupils(table: PatternTable) -> dict[str, Row]:
    """Rows of one cut as ``pupils.csv`` has them, by pupil."""
    rows: dict[str, Row] = {}
    for row in range(len(table)):
        pupil = table.pupils[int(table.pupil[row])]
        values = {name: table.columns[name][row] for name in PATTERNS}
        rows[pupil] = {
            "school": table.schools[int(table.school[row])],
            "pupil": pupil,
            "as_of": write_date(int(table.as_of[row])),
            **{name: "" if np.isnan(of) else str(int(of)) for name, of in values.items()},
            **{tier: str(getattr(table, tier)[row]) for tier in TIERS},
            "score": "",
        }
    return rows


def read_pupils(pupils_csv: str) -> dict[str, Row]:
    return {row["pupil"]: row for row in csv.DictReader(io.StringIO(pupils_csv))}


def features_by_pupil(table: PatternTable) -> dict[str, bytes]:
    """Each pupil's patterns, to the bit."""
    rows = np.ascontiguousarray(table.features())
    assert rows.shape[1] == len(FEATURES)
    return {
        table.pupils[int(pupil)]: row.tobytes()
        for pupil, row in zip(table.pupil, rows, strict=True)
    }
