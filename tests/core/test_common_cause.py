"""Common cause at the edges of its definition (SEMANTICS.md 4), through whole logs."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import engines
import pytest
import reference
from builders import as_line

FIRST = date(2025, 9, 1)


def days(count: int) -> list[str]:
    """School days, weekends among them: the calendar of a test need not be a school's."""
    return [str(FIRST + timedelta(days=number)) for number in range(count)]


def school(
    away: Sequence[int], pupils: int, *, unknown: int = 0, group: Sequence[int] = ()
) -> list[bytes]:
    """On each day so many of the pupils are away, and of ``unknown`` others nothing is said.

    Those with a number in ``group`` are in group G1, the others in no group.
    """
    lines = [
        event(
            "enrolment",
            "2025-08-20T10:00:00Z",
            pupil=f"p{number}",
            group="G1" if number in group else None,
            **{"from": "2025-08-25"},
        )
        for number in range(pupils + unknown)
    ]
    for day, count in zip(days(len(away)), away, strict=True):
        marks = [
            {"pupil": f"p{number}", "status": "absent" if number < count else "present"}
            for number in range(pupils)
        ]
        lines.append(event("register", f"{day}T09:00:00Z", date=day, session=1, marks=marks))
    return lines


def event(kind: str, at: str, **fields: Any) -> bytes:
    name = f"{kind}-{at}-{fields.get('pupil', '')}".replace("+", ".")
    return as_line({"type": kind, "id": name, "school": "A1", "recorded_at": at} | fields)


def common_cause(log: list[bytes]) -> list[int]:
    answer = engines.run([log])
    assert answer.school_days_csv == reference.replay(log).school_days_csv
    return [int(line.rpartition(",")[2]) for line in answer.school_days_csv.splitlines()[1:]]


@pytest.mark.parametrize(("away", "is_common"), [(2, 0), (3, 1)])
def test_ten_points_more_than_the_median_is_enough_to_the_rounding(
    away: int, is_common: int
) -> None:
    """3/30 is less than 0.1 in floating point, and counts all the same."""
    assert common_cause(school([0] * 5 + [away], 30))[-1] == is_common


def test_ten_points_are_above_the_median_not_above_nothing() -> None:
    assert common_cause(school([3] * 5 + [5], 30))[-1] == 0
    assert common_cause(school([3] * 5 + [6], 30))[-1] == 1


def test_an_uneven_school_needs_more_than_ten_points() -> None:
    """Shares 0, 0.1, 0.2, 0.3, 0.4: the median distance is 0.1, four of which are 0.593."""
    uneven = [0, 2, 4, 6, 8]
    assert common_cause(school([*uneven, 15], 20))[-1] == 0
    assert common_cause(school([*uneven, 16], 20))[-1] == 1


def test_five_ordinary_days_are_needed_to_measure_by() -> None:
    assert common_cause(school([0] * 4 + [20], 20))[-1] == 0
    assert common_cause(school([0] * 5 + [20], 20))[-1] == 1


@pytest.mark.parametrize(("pupils", "is_common"), [(19, 0), (20, 1)])
def test_twenty_pupils_have_to_be_known(pupils: int, is_common: int) -> None:
    assert common_cause(school([0] * 5 + [pupils], pupils))[-1] == is_common


@pytest.mark.parametrize(("unknown", "is_common"), [(20, 1), (21, 0)])
def test_half_of_those_enrolled_have_to_be_known(unknown: int, is_common: int) -> None:
    assert common_cause(school([0] * 5 + [20], 20, unknown=unknown))[-1] == is_common


def test_common_cause_days_are_not_what_others_are_measured_by() -> None:
    """And what goes on becomes the ordinary: fewer than five other days are left."""
    found = common_cause(school([0] * 5 + [20] * 18, 20))
    assert found == [0] * 5 + [1] * 16 + [0] * 2


@pytest.mark.parametrize(
    ("group", "away", "opens"),
    [
        (range(8), 4, True),  # half of eight
        (range(8), 3, False),  # three truants in a small class are no common cause
        (range(7), 7, False),  # seven are too few to say
    ],
)
def test_a_group_is_measured_by_half_of_eight(
    group: Sequence[int], away: int, *, opens: bool
) -> None:
    log = school([0] * 5 + [away], 100, group=group)
    notices = [row for row in engines.run([log]).standing if row[4] == "group"]
    assert [row[3] for row in notices] == (["G1"] if opens else [])


def test_a_schools_own_day_is_not_also_its_groups() -> None:
    log = school([0] * 5 + [40], 40, group=range(20))
    notices = [row for row in engines.run([log]).standing if row[4] == "group"]
    assert [row[3] for row in notices] == [""]


def test_a_row_of_such_days_is_one_notice_until_an_ordinary_day() -> None:
    log = school([0] * 5 + [20, 20, 0, 20], 20)
    told = [
        (alert.state, alert.opened_on, [each.code for each in alert.reasons])
        for alert in engines.run([log]).alerts
        if alert.kind == "group"
    ]
    sixth, _, _, ninth = days(9)[5:]
    assert told == [
        ("open", sixth, ["common-cause"]),
        ("closed", sixth, ["quiet"]),
        ("open", ninth, ["common-cause"]),
    ]


def test_law_does_not_forgive_snow_and_shares_do() -> None:
    header, *rows = engines.run([school([0] * 5 + [20], 20)]).pupils_csv.splitlines()
    pupil = dict(zip(header.split(","), rows[0].split(","), strict=True))
    assert (pupil["missed_sessions_20"], pupil["expected_sessions_20"]) == ("0", "5")
    assert (pupil["unauthorised_minutes_4w"], pupil["run_days"]) == ("300", "1")
    assert pupil["known_days_60"] == "6"
