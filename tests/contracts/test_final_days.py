"""How far back an engine goes: 40 school days for marks, and what was decided before is final."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import engines
import pytest
from builders import as_line

DAYS = 41
EVERY_WAY = pytest.mark.parametrize("way", ["replay", "line by line", *engines.LIVE_ENGINES])
EVERY_LIVE_ENGINE = pytest.mark.parametrize("through", engines.LIVE_ENGINES)


def days(count: int) -> list[str]:
    return [str(date(2026, 1, 5) + timedelta(days=number)) for number in range(count)]


def event(kind: str, at: str, **fields: Any) -> bytes:
    name = f"{kind}-{at}-{fields.get('session', '')}"
    return as_line({"type": kind, "id": name, "school": "A1", "recorded_at": at} | fields)


def register(day: str, *, away: bool = False, at: str | None = None, session: int = 1) -> bytes:
    marks = [{"pupil": "p1", "status": "absent" if away else "present"}]
    said = at or f"{day}T09:00:00Z"
    return event("register", said, date=day, session=session, marks=marks)


def engine_of(way: str) -> str:
    return "replay" if way == "line by line" else way


def batches(way: str, lines: list[bytes]) -> list[list[bytes]]:
    return [lines] if way == "replay" else [[line] for line in lines]


@EVERY_WAY
def test_a_register_before_the_fortieth_newest_school_day_is_too_old(way: str) -> None:
    lines = [register(day) for day in days(DAYS)]
    late = f"{days(DAYS)[-1]}T15:00:00Z"
    lines += [register(day, away=True, at=late) for day in days(2)]
    answer = engines.run(batches(way, lines), through=engine_of(way))
    assert answer.rejects == [(DAYS + 1, "too old")]
    assert ",2026-01-05,1,0,1,0\n" in answer.school_days_csv
    assert ",2026-01-06,1,1,1,0\n" in answer.school_days_csv


@EVERY_LIVE_ENGINE
def test_what_is_too_old_does_not_depend_on_batches(through: str) -> None:
    """The batch's first line makes its second too old, or would, had it come first."""
    lines = [register(day) for day in days(DAYS)]
    *before, newest = lines
    late = register(days(1)[0], away=True, at=f"{days(DAYS)[-1]}T15:00:00Z")
    for way in (through, "replay"):
        assert engines.run([before, [newest, late]], through=way).rejects == [(DAYS + 1, "too old")]
        assert engines.run([before, [late, newest]], through=way).rejects == []
        assert engines.run([[*lines, late]], through=way).rejects == [(DAYS + 1, "too old")]


@EVERY_LIVE_ENGINE
def test_what_is_too_old_counts_as_read(through: str) -> None:
    live = engines.ENGINES[through]()
    live.hear(*(register(day) for day in days(DAYS)))
    live.hear(register(days(1)[0], away=True))
    live.hear(b"nonsense")
    assert live.engine.schools["A1"].book.version == DAYS + 1


def a_truant() -> Iterator[bytes]:
    """p1 is away from the third day on; 600 minutes on the fourth open an alert."""
    for number, day in enumerate(days(60)):
        yield register(day, away=number >= 2)


@EVERY_WAY
def test_what_was_decided_of_a_final_day_is_kept(way: str) -> None:
    """A calendar that closes a final day moves no opening: it was told 56 days ago."""
    lines = list(a_truant())
    late = f"{days(60)[-1]}T15:00:00Z"
    lines.append(event("calendar", late, date=days(60)[2], open=False))
    lines.append(register(days(61)[-1], away=True))
    answer = engines.run(batches(way, lines), through=engine_of(way))
    assert [row[6] for row in answer.standing if row[4] == "unauthorised"] == [days(60)[3]]


@EVERY_WAY
def test_what_can_still_change_is_worked_out_anew(way: str) -> None:
    lines = list(a_truant())[:20]
    late = f"{days(20)[-1]}T15:00:00Z"
    lines.append(event("calendar", late, date=days(60)[2], open=False))
    lines.append(register(days(21)[-1], away=True))
    answer = engines.run(batches(way, lines), through=engine_of(way))
    assert [row[6] for row in answer.standing if row[4] == "unauthorised"] == [days(60)[4]]


@EVERY_WAY
def test_an_erasure_deletes_what_is_kept_of_final_days(way: str) -> None:
    lines = list(a_truant())
    lines.append(event("erase", f"{days(60)[-1]}T15:00:00Z", pupil="p1"))
    lines.append(event("close", f"{days(60)[-1]}T16:00:00Z", date=days(60)[-1]))
    answer = engines.run(batches(way, lines), through=engine_of(way))
    assert answer.standing == []
    assert "p1" not in answer.pupils_csv
