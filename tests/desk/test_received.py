"""What came and what was refused: counted, told by the school's own day, and forgotten."""

from sqlalchemy import Engine, select

from alerts.desk.forgetting import purge
from alerts.desk.received import (
    Count,
    Refused,
    add_counts,
    add_refused,
    erase_refused,
    quarter_of,
    received,
)
from alerts.desk.tables import REFUSED
from config.settings import Retention
from models.events.instants import DAY_SECONDS, instant_of

LATE = instant_of("2026-11-23T23:10:00Z")


def refused(offset: int, at: int, value: str = "x", event: str | None = "r1") -> Refused:
    return Refused(0, offset, "01AB", at, "status", "marks[0].status", value, event, offset)


def test_a_day_is_the_schools_whatever_its_time_zone(any_desk: Engine) -> None:
    counts = {("01AB", quarter_of(LATE), "register"): Count(2, 50, LATE)}
    with any_desk.begin() as connection:
        for _ in range(2):
            add_counts(connection, counts)
        add_refused(connection, [refused(1, LATE), refused(2, LATE)])
        there = received(connection, "01AB", "2026-11-24", "Europe/Amsterdam")
        assert (there.events, there.marks, there.last_arrived_at) == ({"register": 4}, 100, LATE)
        assert [each.offset for each in there.refused] == [2, 1]
        assert received(connection, "01AB", "2026-11-23", "Asia/Kathmandu").events == {}
        assert received(connection, "01AB", "2026-11-23", "America/New_York").refusals == 2
        assert received(connection, "02CD", "2026-11-24", "Europe/Amsterdam").events == {}
        for date in ("0001-01-01", "9999-12-31"):
            assert received(connection, "01AB", date, "Europe/Amsterdam").events == {}


def test_what_is_taken_back_is_not_shown(any_desk: Engine) -> None:
    at = ("01AB", quarter_of(LATE), "close")
    with any_desk.begin() as connection:
        add_counts(connection, {at: Count(1, 0, LATE)})
        add_counts(connection, {at: Count(-1, 0, LATE)})
        assert received(connection, "01AB", "2026-11-23", "UTC").events == {}


def test_what_was_refused_is_forgotten_after_thirty_days(any_desk: Engine) -> None:
    old = LATE - 31 * DAY_SECONDS
    with any_desk.begin() as connection:
        for offset, at in enumerate((old, LATE)):
            add_refused(connection, [refused(offset, at)])
            add_counts(connection, {("01AB", quarter_of(at), "register"): Count(1, 1, at)})
        purge(connection, Retention(), LATE)
        assert received(connection, "01AB", "2026-10-23", "UTC").last_arrived_at is None
        assert received(connection, "01AB", "2026-11-23", "UTC").refusals == 1


def test_an_erasure_takes_the_pupil_out_and_leaves_the_others(any_desk: Engine) -> None:
    with any_desk.begin() as connection:
        add_refused(
            connection,
            [
                refused(1, LATE, "p81"),
                refused(2, LATE, "x", "r-p81-1"),
                refused(3, LATE, "p82"),
                refused(4, LATE, "y" * 80),
                refused(5, LATE + 1, "p81"),
            ],
        )
        erase_refused(connection, "01AB", "p81", LATE)
        rows = connection.execute(select(REFUSED).order_by(REFUSED.c.offset)).all()
    assert [(row.value, row.event) for row in rows] == [
        ("(erased)", None),
        ("(erased)", None),
        ("p82", "r1"),
        ("(erased)", None),
        ("p81", "r1"),
    ]
