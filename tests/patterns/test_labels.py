"""What came of a pupil, by the plainest reading of the whole log."""

import json
import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import builders
import cutting
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.episodes import School
from reference.log import read_log

from models.pattern_table import NULL_LABEL, PatternTable

SEEDS = st.integers(0, 2**32 - 1)
START = date(2026, 1, 5)


def some(share: float) -> settings:
    return settings(max_examples=max(1, round(settings().max_examples * share)))


# ---- leaving, by hand


def said(day: date, kind: str, number: int, **fields: Any) -> bytes:
    head = {"type": kind, "id": f"{kind}{number}", "school": "S", "recorded_at": f"{day}T10:00:00Z"}
    return builders.as_line(head | fields)


def school_of(days: int, *more: bytes) -> list[bytes]:
    """Pupils p and q, marked present day after day, weekends and all."""
    lines = [
        said(START, "enrolment", number, pupil=pupil, **{"from": str(START)})
        for number, pupil in enumerate("pq")
    ]
    for number in range(days):
        day = START + timedelta(days=number)
        marks = [{"pupil": pupil, "status": "present"} for pupil in "pq"]
        lines.append(said(day, "register", number, date=str(day), session=1, marks=marks))
    return sorted([*lines, *more], key=lambda line: json.loads(line)["recorded_at"])


def left(on: int, recorded: int, number: int = 9, status: str = "left", **fields: Any) -> bytes:
    from_ = str(START + timedelta(days=on))
    day = START + timedelta(days=recorded)
    return said(day, "enrolment", number, pupil="p", status=status, **{"from": from_}, **fields)


def labels(lines: Sequence[bytes], pupil: str = "p", **plan: int) -> dict[int, int]:
    """Days since the start → label."""
    table = cutting.table_of(lines, **plan)
    rows = table.rows(table.pupil == table.pupils.index(pupil))
    days = (rows.as_of - START.toordinal()).tolist()
    return dict(zip(days, rows.label_left.tolist(), strict=True))


def test_who_leaves_within_forty_days_is_labelled_from_forty_days_before() -> None:
    found = labels(school_of(120, left(60, 60)))
    assert [day for day, label in found.items() if label == 1] == list(range(20, 60))
    assert max(found) == 59, "nobody has a row on the day from which on they left"
    assert found[19] == 0


def test_within_days_sets_how_far_the_label_looks() -> None:
    found = labels(school_of(120, left(60, 60)), within_days=7)
    assert [day for day, label in found.items() if label == 1] == list(range(53, 60))


def test_the_label_is_null_where_the_log_ends_before_its_window_does() -> None:
    found = labels(school_of(100), "q")
    assert [day for day, label in found.items() if label == NULL_LABEL] == list(range(60, 100))
    assert {found[day] for day in range(60)} == {0}


def test_the_log_ends_for_all_schools_together() -> None:
    later = said(START + timedelta(days=200), "school", 1).replace(b'"S"', b'"T"')
    found = labels([*school_of(100), later], "q")
    assert set(found.values()) == {0}


@pytest.mark.parametrize("left_for", ["diploma", "school"])
def test_a_diploma_and_another_school_are_no_leaving(left_for: str) -> None:
    found = labels(school_of(120, left(60, 60, left_for=left_for)))
    assert 1 not in found.values()


@pytest.mark.parametrize("left_for", ["work", "other", None])
def test_work_and_what_is_not_known_are(left_for: str | None) -> None:
    found = labels(school_of(120, left(60, 60, left_for=left_for)))
    assert 1 in found.values()


def test_a_leaving_that_was_corrected_was_none() -> None:
    found = labels(school_of(120, left(60, 60), left(60, 70, 10, status="enrolled")))
    assert 1 not in found.values()
    assert 70 in found


def test_a_leaving_that_is_recorded_late_is_not_known_at_the_cut_but_is_what_came() -> None:
    found = labels(school_of(120, left(60, 80)))
    assert found[59] == 1
    assert found[79] == 0, "on the way out but still enrolled, as far as the school knew"
    assert 80 not in found


def test_of_who_was_erased_since_nothing_is_known() -> None:
    erased = said(START + timedelta(days=70), "erase", 1, pupil="p")
    found = labels(school_of(120, left(60, 60), erased))
    assert set(found.values()) == {NULL_LABEL}


def test_a_school_that_sends_no_enrolments_says_nothing_about_leaving() -> None:
    lines = [line for line in school_of(120) if b'"enrolment"' not in line]
    assert set(labels(lines).values()) == {NULL_LABEL}


# ---- absence, against the naive implementation


def naive_absence(lines: Sequence[bytes], table: PatternTable) -> list[int]:
    (book,) = read_log(lines).books()
    school = School(book, "nl", ended=True)
    found = []
    for row in range(len(table)):
        pupil = table.pupils[int(table.pupil[row])]
        as_of = date.fromordinal(int(table.as_of[row]))
        found.append(
            absence_of(
                school,
                pupil,
                [day for day in school.days if day > as_of][:40],
                int(table.columns["missed_sessions_60"][row]),
                int(table.columns["expected_sessions_60"][row]),
            )
        )
    return found


def absence_of(school: School, pupil: str, ahead: list[date], missed: int, expected: int) -> int:
    if not expected or missed >= expected / 10 or len(ahead) < 40:
        return NULL_LABEL
    if any(pupil not in school.book.enrolled[day] for day in ahead):
        return NULL_LABEL
    on = [
        school.pupil_days.on(pupil, day)
        for day in ahead
        if not school.cause.covers(school.book.enrolled[day][pupil].group, day)
    ]
    known = [each for each in on if each.known]
    if len(known) < 20:
        return NULL_LABEL
    return int(sum(each.missed for each in known) >= sum(each.known for each in known) / 10)


@given(seed=SEEDS)
@some(0.15)
def test_days_on_which_everyone_is_away_do_not_count_as_absence(seed: int) -> None:
    shape = builders.Shape(
        dates=110, pupils=24, groups=2, sessions=1, snow=0.15, trips=0.1, trouble=0.05,
        no_enrolments=0, erasures=0, moves=0.02, listed=1, register_missing=0, exceptions=0,
    )  # fmt: skip
    lines = builders.random_long_log(random.Random(seed), shape=shape, too_old=0)
    table = cutting.table_of(lines)
    assert table.label_absence.tolist() == naive_absence(lines, table)


def known_until(line: bytes, days: int) -> bool:
    event = json.loads(line)
    until = str(START + timedelta(days=days))
    return event["type"] != "register" or event["date"] <= until


@pytest.mark.parametrize(("known", "label"), [(19, NULL_LABEL), (20, 0)])
def test_twenty_known_days_ahead_are_enough(known: int, label: int) -> None:
    said_of_p = builders.as_line({"pupil": "p", "status": "present"}) + b","
    lines = [
        line if known_until(line, known) else line.replace(said_of_p, b"") for line in school_of(41)
    ]
    table = cutting.table_of(lines)
    first = (table.as_of == START.toordinal()) & (table.pupil == table.pupils.index("p"))
    assert table.label_absence[first].tolist() == [label]


@given(seed=SEEDS)
@some(0.3)
def test_absence_is_what_the_next_forty_school_days_came_to(seed: int) -> None:
    rng = random.Random(seed)
    shape = builders.Shape(
        dates=130,
        pupils=8,
        trouble=rng.choice((0.05, 0.2)),
        corrections=0.1,
        no_enrolments=0,
        erasures=0,
        moves=0.1,
    )
    lines = builders.random_long_log(rng, shape=shape, too_old=0)
    table = cutting.table_of(lines)
    assert table.label_absence.tolist() == naive_absence(lines, table)


def test_both_labels_of_absence_are_met() -> None:
    shape = builders.Shape(dates=130, pupils=12, trouble=0.05, no_enrolments=0, moves=0)
    lines = builders.random_long_log(random.Random(4), shape=shape, too_old=0)
    assert set(cutting.table_of(lines).label_absence.tolist()) == {NULL_LABEL, 0, 1}


def test_absence_of_who_was_erased_since_is_null() -> None:
    lines = school_of(100)
    assert 0 in cutting.table_of(lines).label_absence.tolist()
    end = date(2026, 6, 1)
    erased = [said(end, "erase", number, pupil=each) for number, each in enumerate("pq")]
    assert set(cutting.table_of([*lines, *erased]).label_absence.tolist()) == {NULL_LABEL}
