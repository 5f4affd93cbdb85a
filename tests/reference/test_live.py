"""The reference on the open day, on what is refused, and on the generator's own promises."""

import json
import random
from datetime import date, timedelta
from typing import Any

import pytest
from builders import (
    SNOWY,
    TROUBLED,
    Shape,
    as_line,
    bad_line,
    odd_line,
    random_log,
    random_long_log,
)

from . import Result, reasons_after, replay, standing_after
from .episodes import Standing
from .events import read

SHAPES = (Shape(), SNOWY, TROUBLED, Shape(exceptions=1.0, dates=40), Shape(no_enrolments=1.0))


def said(kind: str, at: str, **fields: Any) -> bytes:
    head = {"type": kind, "id": f"{kind}-{at}", "school": "A1", "recorded_at": at}
    return as_line(head | fields)


def lesson(day: int, session: int, reason: str | None, at: str | None = None) -> bytes:
    return said(
        "register",
        at or f"2025-09-{day:02}T{7 + session:02}:00:00Z",
        date=f"2025-09-{day:02}",
        session=session,
        minutes=50,
        default="present",
        marks=[] if reason is None else [{"pupil": "p81", "status": "absent", "reason": reason}],
    )


def test_the_example_of_the_open_day() -> None:
    log = [
        said(
            "enrolment", "2025-08-20T10:00:00Z", pupil=pupil, **{"from": "2025-08-25"}, group="4H2"
        )
        for pupil in ("p81", "p82")
    ]
    log += [lesson(1, session, "unauthorised") for session in range(1, 8)]
    log += [lesson(2, session, "unauthorised") for session in (1, 2)]
    assert standing_after(log) == []  # 450 minutes
    log.append(lesson(2, 3, "unauthorised"))
    (alert,) = standing_after(log)  # 500, within a second
    assert alert[2:] == ("p81", "4H2", "unauthorised", "2", "2025-09-02")
    assert reasons_after(log) == {alert[0]: ("nl.8h",)}
    log.append(lesson(2, 3, "illness", "2025-09-02T12:00:00Z"))
    assert standing_after(log) == []
    log.append(said("close", "2025-09-02T15:30:00Z", date="2025-09-02"))
    assert standing_after(log) == []
    log.append(lesson(2, 8, "unauthorised"))
    assert standing_after(log) == [alert]
    log.append(lesson(3, 1, "unauthorised"))
    assert standing_after(log) == [alert]


def test_the_id_of_a_schools_own_notice() -> None:
    notice = Standing("A1", None, None, "group", 2, date(2025, 9, 29), ())
    assert notice.id == "cf3698a5-6f05-5b99-832a-c31229eb0439"


def test_a_small_schools_class_trip_is_the_groups_own_common_cause() -> None:
    pupils = [f"p{number}" for number in range(1, 11)]
    log = [
        said(
            "enrolment",
            "2025-08-20T10:00:00Z",
            pupil=pupil,
            group="G1" if pupil != "p10" else "G2",
            **{"from": "2025-08-25"},
        )
        for pupil in pupils
    ]
    away = [{"pupil": pupil, "status": "absent", "reason": "leave"} for pupil in pupils]
    for day in (1, 2, 3, 4, 5, 8):
        date_ = f"2025-09-{day:02}"
        marks = away if day == 8 else []
        log.append(
            said(
                "register",
                f"{date_}T09:00:00Z",
                date=date_,
                session=1,
                default="present",
                marks=marks,
            )
        )
    assert standing_after(log) == []  # the day is open
    result = replay(log)
    (notice,) = result.standing
    assert notice[1:] == ("A1", "", "G1", "group", "2", "2025-09-08")
    assert result.school_days_csv.splitlines()[-1] == "A1,2025-09-08,10,10,10,0"
    by_pupil = {row[1]: row for row in rows(result.pupils_csv)}
    assert by_pupil["p1"][8:10] == ["0", "5"]
    assert by_pupil["p10"][8:10] == ["1", "6"]


def test_a_bad_line_is_one_reject_or_nothing() -> None:
    rng = random.Random(1)
    for line in {bad_line(rng) for _ in range(2000)}:
        found = read(line)
        assert found.event is None
        assert len(found.rejects) == (1 if line.strip() else 0), line[:200]


def test_an_oddly_written_line_means_the_same() -> None:
    rng = random.Random(2)
    for seed in range(20):
        for line in random_log(random.Random(seed), noise=0.0, rejects=0.0, bad_marks=0.0):
            plain = read(line)
            assert plain.event is not None
            assert not plain.rejects
            assert read(odd_line(rng, json.loads(line))) == plain


@pytest.mark.parametrize(
    ("marks", "refused"),
    [
        (b'{"pupil":"p1","status":"absent","minutes_missed":50.0}', 1),
        (b'{"pupil":"p1","status":"absent","minutes_missed":5e1}', 1),
        (b'{"pupil":"p1","status":"absent","minutes_missed":1e999}', 1),
        (b'{"pupil":"p1","status":"absent","minutes_missed":' + b"9" * 5000 + b"}", 1),
        (b'{"pupil":"p1","status":"absent","minutes_missed":false}', 1),
        (b'{"pupil":"p1","status":"gone","status":"absent"}', 0),
        (b'{"pupil":"p1","status":"absent","status":"gone"}', 1),
        (b'{"pupil":"p1","status":"absent","reason":null,"x":' + b"9" * 5000 + b"}", 0),
        (b'{"pupil":"p1","status":"absent","x":"\\ud83d\\ude00"}', 0),
    ],
)
def test_marks_are_read_strictly(marks: bytes, refused: int) -> None:
    line = lesson(1, 1, None).replace(b'"marks":[]', b'"marks":[' + marks + b"]")
    assert len(read(line).rejects) == refused


def rows(csv_text: str) -> list[list[str]]:
    return [line.split(",") for line in csv_text.splitlines()[1:]]


def told(result: Result) -> tuple[Any, ...]:
    return (
        result.pupils_csv,
        result.school_days_csv,
        result.unenrolled_csv,
        result.standing,
        sorted(reason for _, reason in result.rejects),
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_random_log_may_be_shuffled_and_repeated(seed: int) -> None:
    rng = random.Random(seed)
    lines = random_log(rng, schools=1 + seed % 2, shape=SHAPES[seed % len(SHAPES)])
    expected = replay(lines)
    assert "too old" not in {reason for _, reason in expected.rejects}
    shuffled = lines.copy()
    rng.shuffle(shuffled)
    assert told(replay(shuffled)) == told(expected)
    twice = replay([line for line in lines for _ in range(2)])
    assert told(twice)[:-1] == told(expected)[:-1]


@pytest.mark.parametrize("seed", range(20))
def test_once_every_day_is_closed_the_live_engine_agrees(seed: int) -> None:
    lines = random_log(random.Random(seed), shape=SHAPES[seed % len(SHAPES)])
    closes = [
        as_line(
            {
                "type": "close",
                "id": "the-end",
                "school": "S1",
                "recorded_at": "2030-01-01T00:00:00Z",
                "date": "2030-01-01",
            }
        )
    ]
    assert standing_after(lines + closes) == replay(lines).standing


@pytest.mark.parametrize("seed", range(5))
def test_a_long_log_refuses_what_is_too_old_and_nothing_else_for_that(seed: int) -> None:
    result = replay(random_long_log(random.Random(seed), rejects=0.0, bad_marks=0.0))
    assert {reason for _, reason in result.rejects} == {"too old"}
    assert len(result.rejects) == 2
    days = [date.fromisoformat(row[1]) for row in rows(result.school_days_csv)]
    assert len(days) == 100
    assert days[-1] - days[0] > timedelta(days=100)
