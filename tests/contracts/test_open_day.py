"""The open day, event by event: the example of SEMANTICS.md 6, and what lies beside it."""

from datetime import date, timedelta
from typing import Any

import engines
import pytest
from builders import as_line

from alerts.alert import Alert, State

SCHOOL_BEGAN = date(2025, 8, 25)


def said(kind: str, at: str, **fields: Any) -> bytes:
    """An event of school A1, its time in UTC; at the school it is two hours later."""
    name = f"{kind}-{at}-{fields.get('pupil', '')}"
    return as_line({"type": kind, "id": name, "school": "A1", "recorded_at": at} | fields)


def lesson(day: str, session: int, *marks: dict[str, Any], at: str | None = None) -> bytes:
    """A register of 4H2 in which who is not listed was present."""
    return said(
        "register",
        f"{day}T{at or f'{6 + session:02}:00:00'}Z",
        date=day,
        session=session,
        minutes=50,
        group="4H2",
        default="present",
        marks=list(marks),
    )


def away(reason: str = "unauthorised", pupil: str = "p81") -> dict[str, Any]:
    return {"pupil": pupil, "status": "absent", "reason": reason}


def close(day: str, at: str = "15:30:00") -> bytes:
    return said("close", f"{day}T{at}Z", date=day)


EVERY_LIVE_ENGINE = pytest.mark.parametrize("through", engines.LIVE_ENGINES)
AnyLive = engines.Live | engines.Embedded


@pytest.fixture(params=engines.LIVE_ENGINES)
def engine(request: pytest.FixtureRequest) -> AnyLive:
    """School 4H2 began; on Monday, now over, p81 missed seven lessons: 350 minutes."""
    live = engines.ENGINES[request.param]()
    live.hear(
        *(
            said(
                "enrolment",
                "2025-08-20T10:00:00Z",
                pupil=pupil,
                group="4H2",
                mentor="m17",
                **{"from": SCHOOL_BEGAN.isoformat()},
            )
            for pupil in ("p81", "p82", "p83")
        ),
        *(lesson("2025-09-01", session, away()) for session in range(1, 8)),
        close("2025-09-01"),
    )
    assert live.alerts == []
    return live


def test_the_example_of_the_open_day(engine: AnyLive) -> None:
    assert engine.hear(lesson("2025-09-02", 1, away())) == []
    assert engine.hear(lesson("2025-09-02", 2, away())) == []  # 450 minutes
    (opened,) = engine.hear(lesson("2025-09-02", 3, away()))  # 500: within the batch
    assert (opened.state, opened.tier, opened.kind) == (State.OPEN, 2, "unauthorised")
    assert (opened.pupil, opened.group, opened.mentor) == ("p81", "4H2", "m17")
    assert opened.opened_on == opened.as_of == "2025-09-02"
    (reason,) = opened.reasons
    assert reason.code == "nl.8h"
    assert reason.figures == {"unauthorised_minutes_4w": 500}
    assert reason.dates == ("2025-09-02", "2025-09-01")

    (withdrawn,) = engine.hear(lesson("2025-09-02", 3, away("illness"), at="10:00:00"))
    assert (withdrawn.state, withdrawn.id) == (State.WITHDRAWN, opened.id)
    assert withdrawn.version > opened.version
    assert engine.hear(close("2025-09-02")) == []  # at 17:30 nothing about p81

    (again,) = engine.hear(lesson("2025-09-02", 8, away(), at="16:00:00"))
    assert (again.state, again.tier, again.id) == (State.OPEN, 2, opened.id)
    assert again.version > withdrawn.version
    assert again.reasons[0].figures == {"unauthorised_minutes_4w": 500}
    assert engine.hear(lesson("2025-09-03", 1, away())) == []  # until it is over
    assert [row[0] for row in engine.standing] == [opened.id]


def test_what_goes_on_over_several_days_is_told_once_a_day(engine: AnyLive) -> None:
    told: list[Alert] = []
    for number in (2, 3, 4):
        day = f"2025-09-{number:02}"
        for session in range(1, 5):
            told += engine.hear(lesson(day, session, away()))
        told += engine.hear(close(day))
    states = [(each.state, each.tier, each.as_of) for each in told if each.kind == "unauthorised"]
    assert states == [
        (State.OPEN, 2, "2025-09-02"),  # lesson 3: 500 minutes
        (State.OPEN, 2, "2025-09-02"),  # the day's close: 550
        (State.OPEN, 2, "2025-09-03"),  # the day's close: 750
        (State.OPEN, 2, "2025-09-04"),  # the day's close: 950
    ]
    (raised,) = engine.hear(lesson("2025-09-05", 1, away()))  # 1,000
    assert (raised.state, raised.tier, raised.as_of) == (State.RAISED, 3, "2025-09-05")
    assert {reason.code for reason in raised.reasons} == {"nl.8h", "nl.16h"}


def test_at_a_days_close_what_has_not_changed_is_not_told_again(engine: AnyLive) -> None:
    for session in (1, 2, 3):
        engine.hear(lesson("2025-09-02", session, away()))
    engine.hear(close("2025-09-02"))
    assert engine.hear(close("2025-09-02")) == []
    assert engine.hear(lesson("2025-09-03", 1)) == []
    told = engine.hear(close("2025-09-03"))
    assert [each.state for each in told if each.kind == "unauthorised"] == []


def test_an_alert_that_opens_at_tier_three_on_the_open_day_is_open(engine: AnyLive) -> None:
    long = away() | {"minutes_missed": 600}
    engine.hear(lesson("2025-09-02", 1))
    (opened,) = engine.hear(lesson("2025-09-02", 2, long | {"minutes_missed": 150}))
    assert (opened.state, opened.tier) == (State.OPEN, 2)
    (higher,) = engine.hear(lesson("2025-09-02", 3, long))  # it is one more day of the fold
    assert (higher.state, higher.tier, higher.opened_on) == (State.OPEN, 3, "2025-09-02")


@EVERY_LIVE_ENGINE
def test_a_pupil_who_was_away_all_morning_is_no_matter_of_share_yet(through: str) -> None:
    """One missed lesson out of one is 100 %: only the whole day says what it comes to."""
    live = engines.ENGINES[through]("any")
    days = [date(2025, 9, 1) + timedelta(days=count) for count in (*range(5), *range(7, 12))]
    live.hear(*(lesson(str(day), session) for day in days for session in (1, 2)))
    assert live.hear(*(lesson("2025-09-15", 1, away("illness")) for _ in (1, 2))) == []
    assert live.hear(close("2025-09-15")) == []


@EVERY_LIVE_ENGINE
def test_a_snow_morning_alerts_on_nobody(through: str) -> None:
    live = engines.ENGINES[through]()
    pupils = [f"p{number}" for number in range(30)]
    dates = [f"2025-09-{day:02}" for day in (1, 2, 3, 4, 5, 8)]
    for pupil in pupils:
        live.hear(said("enrolment", "2025-08-20T10:00:00Z", pupil=pupil, **{"from": "2025-08-25"}))
    for day in dates:
        live.hear(said("register", f"{day}T08:00:00Z", date=day, session=1, default="present"))
    marks = [away("unknown", pupil) for pupil in pupils[:20]]
    snow = said("register", "2025-09-09T08:00:00Z", date="2025-09-09", session=1,
                default="present", marks=marks)  # fmt: skip
    assert live.hear(snow) == []
    (notice,) = live.hear(close("2025-09-09"))
    assert (notice.kind, notice.state, notice.tier) == ("group", State.OPEN, 2)
    assert (notice.pupil, notice.group) == (None, None)
    assert notice.reasons[0].figures == {"missed_sessions": 20, "expected_sessions": 30}


@EVERY_LIVE_ENGINE
def test_nothing_is_said_before_a_schools_first_day_is_over(through: str) -> None:
    live = engines.ENGINES[through]()
    live.hear(said("enrolment", "2025-08-20T10:00:00Z", pupil="p81", group="4H2",
                   **{"from": "2025-08-25"}))  # fmt: skip
    assert live.hear(lesson("2025-09-01", 1, away() | {"minutes_missed": 600})) == []
    (opened,) = live.hear(close("2025-09-01"))
    assert opened.reasons[0].code == "nl.8h"


def test_a_live_engine_hears_corrections_of_closed_days_at_once(engine: AnyLive) -> None:
    (opened,) = engine.hear(lesson("2025-09-01", 8, away() | {"minutes_missed": 130}))
    assert (opened.state, opened.opened_on, opened.as_of) == (
        State.OPEN, "2025-09-01", "2025-09-01",
    )  # fmt: skip
    (gone,) = engine.hear(lesson("2025-09-01", 1, away("medical"), at="17:00:00"))
    assert (gone.state, gone.id) == (State.WITHDRAWN, opened.id)


def test_a_correction_that_moves_an_opening_names_what_it_replaces(engine: AnyLive) -> None:
    for session in (1, 2, 3):
        engine.hear(lesson("2025-09-02", session, away()))
    engine.hear(close("2025-09-02"))
    (before,) = engine.standing
    withdrawn, opened = engine.hear(
        lesson("2025-09-01", 8, away() | {"minutes_missed": 130}, at="17:00:00")
    )
    assert (withdrawn.state, withdrawn.id) == (State.WITHDRAWN, before[0])
    assert (opened.state, opened.opened_on, opened.replaces) == (
        State.OPEN, "2025-09-01", before[0],
    )  # fmt: skip
    assert [row[0] for row in engine.standing] == [opened.id]


@pytest.mark.parametrize("taken_away_by", ["calendar", "withdrawal"])
def test_when_the_newest_day_is_none_after_all_the_day_before_is_open_again(
    engine: AnyLive, taken_away_by: str
) -> None:
    """And what had opened before goes on standing."""
    engine.hear(lesson("2025-09-02", 1, away() | {"minutes_missed": 130}))
    engine.hear(lesson("2025-09-03", 1))
    engine.hear(lesson("2025-09-04", 1))
    before = engine.standing
    assert [row[6] for row in before] == ["2025-09-02"]
    if taken_away_by == "calendar":
        gone = said("calendar", "2025-09-04T10:00:00Z", date="2025-09-04", open=False)
    else:
        gone = said("register", "2025-09-04T10:00:00Z", date="2025-09-04", session=1,
                    group="4H2", default="withdrawn")  # fmt: skip
    assert engine.hear(gone) == []
    assert engine.standing == before
    (raised,) = engine.hear(lesson("2025-09-03", 2, away() | {"minutes_missed": 480}))
    assert (raised.state, raised.tier, raised.as_of) == (State.RAISED, 3, "2025-09-03")
