"""The book: what holds of what was said, date by date."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.codes import (
    COUNTS,
    HAS_UNAUTHORISED_MINUTES,
    KNOWN,
    LATE,
    MISSED,
    NO_MINUTES,
    NOTHING,
    REASON_STEP,
    REASONS,
    STATUSES,
)
from models.events.instants import DAY_SECONDS, EPOCH
from models.events.types import Reason, Status
from models.page import WHOLE_SCHOOL, Page
from models.school_days import school_days, week_starts, weekdays

DATE = date(2026, 3, 2).toordinal()
MORNING = (DATE - EPOCH) * DAY_SECONDS + 9 * 3600
YEARS = 100 * 365 * DAY_SECONDS
"""Further from a date than 32 bits of seconds reach."""


def code(status: Status, reason: Reason | None = None) -> int:
    """``1 + 7 * status + reason``, as `models.codes` explains it."""
    return 1 + len(REASONS) * STATUSES.index(status) + REASON_STEP[reason]


def record(page: Page, *marks: tuple[int, int, int, int, int]) -> None:
    """Take marks as one batch: session, pupil, second, code, minutes."""
    columns = (np.array(column) for column in zip(*marks, strict=True))
    session, pupil, at, codes, minutes = columns
    page.record(session, pupil, at, codes.astype(np.uint8), minutes.astype(np.int16))


def slot(page: Page, session: int, pupil: int) -> tuple[int, int]:
    """Code and minutes of a slot."""
    row = page.sessions.index(session)
    held = page.code[row, pupil]
    return int(held), int(page._minutes_of(np.array([row * page.code.shape[1] + pupil]),
                                           np.array([held]))[0])  # fmt: skip


ILL = code(Status.ABSENT, Reason.ILLNESS)
TRUANT = code(Status.ABSENT, Reason.UNAUTHORISED)
HERE = code(Status.PRESENT)
WITHDRAWN = code(Status.WITHDRAWN)
LATER = MORNING + 1


# ---- codes


def test_of_two_marks_of_one_second_the_greater_code_holds_as_the_table_lists_them() -> None:
    codes = [code(status, reason) for status in STATUSES for reason in REASONS]
    assert codes == sorted(set(codes))
    assert codes[0] == NOTHING + 1


def test_a_mark_without_a_reason_is_of_the_unknown_one() -> None:
    for status in STATUSES:
        assert code(status) == code(status, Reason.UNKNOWN)


def test_elsewhere_is_neither_missed_nor_against_the_law() -> None:
    assert COUNTS[code(Status.ABSENT, Reason.ELSEWHERE)] == 1 << KNOWN
    assert COUNTS[ILL] >> MISSED & 1
    assert not HAS_UNAUTHORISED_MINUTES[code(Status.ABSENT, Reason.ELSEWHERE)]


def test_authorised_lateness_is_not_counted() -> None:
    assert COUNTS[code(Status.LATE, Reason.MEDICAL)] >> LATE & 1 == 0
    assert COUNTS[code(Status.LATE)] >> LATE & 1 == 1


def test_minutes_are_counted_of_absence_and_leaving_without_authority_alone() -> None:
    counted = {
        (status, reason)
        for status in STATUSES
        for reason in REASONS
        if HAS_UNAUTHORISED_MINUTES[code(status, reason)]
    }
    assert counted == {
        (status, reason)
        for status in (Status.ABSENT, Status.LEFT_EARLY)
        for reason in (Reason.UNKNOWN, Reason.UNAUTHORISED)
    }


# ---- pages


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
@pytest.mark.parametrize(
    ("first", "second", "holds"),
    [
        ((MORNING, ILL, 50), (LATER, HERE, 0), HERE),  # the later one
        ((MORNING, ILL, 50), (MORNING, HERE, 0), ILL),  # of a tie the greater status
        ((MORNING, ILL, 50), (MORNING, TRUANT, 0), TRUANT),  # then the greater reason
        ((MORNING, WITHDRAWN, 0), (MORNING, HERE, 0), HERE),
        ((LATER, WITHDRAWN, 0), (MORNING, TRUANT, 0), WITHDRAWN),
    ],
)
def test_the_newest_mark_holds_in_either_order(
    first: tuple[int, int, int], second: tuple[int, int, int], holds: int, *, together: bool
) -> None:
    for marks in ((first, second), (second, first)):
        page = Page(DATE)
        batch = [(1, 0, *mark) for mark in marks]
        for each in [batch] if together else [[mark] for mark in batch]:
            record(page, *each)
        assert slot(page, 1, 0)[0] == holds
        assert page.live_marks == (holds != WITHDRAWN)


def test_of_equal_marks_of_one_second_the_greater_minutes_hold_and_null_is_least() -> None:
    for minutes in ([NO_MINUTES, 0, 600, 7], [600, 7, 0, NO_MINUTES]):
        page = Page(DATE)
        for each in minutes:
            record(page, (1, 0, MORNING, TRUANT, each))
        assert slot(page, 1, 0) == (TRUANT, 600)


def test_minutes_take_no_room_until_one_differs_from_what_its_status_implies() -> None:
    page = Page(DATE)
    record(page, (1, 0, MORNING, TRUANT, NO_MINUTES), (1, 1, MORNING, HERE, 0))
    assert page.minutes is None
    record(page, (1, 2, MORNING, code(Status.LATE), 5))
    assert page.minutes is not None
    assert [slot(page, 1, pupil) for pupil in range(3)] == [
        (TRUANT, NO_MINUTES), (HERE, 0), (code(Status.LATE), 5),
    ]  # fmt: skip


def test_seconds_have_32_bits_until_a_mark_needs_more() -> None:
    page = Page(DATE)
    record(page, (1, 0, MORNING, HERE, 0), (1, 2, MORNING, ILL, NO_MINUTES))
    assert page.said.dtype == np.int32
    record(page, (1, 1, MORNING + YEARS, HERE, 0))
    assert page.said.dtype == np.int64
    assert [slot(page, 1, pupil)[0] for pupil in range(3)] == [HERE, HERE, ILL]
    record(page, (1, 0, MORNING - 1, ILL, 0))  # what held before still does
    record(page, (1, 1, MORNING + YEARS - 1, ILL, 0))
    record(page, (1, 2, MORNING + 1, HERE, 0))
    assert [slot(page, 1, pupil)[0] for pupil in range(3)] == [HERE, HERE, HERE]


def test_a_page_of_wide_seconds_goes_on_growing() -> None:
    page = Page(DATE)
    record(page, (1, 0, MORNING + YEARS, HERE, 0))
    record(page, (12, 5, MORNING - YEARS, ILL, NO_MINUTES))
    assert slot(page, 12, 5)[0] == ILL
    assert slot(page, 1, 5)[0] == NOTHING
    page.forget(5, MORNING - YEARS)
    assert slot(page, 12, 5)[0] == NOTHING
    record(page, (12, 5, MORNING - 2 * YEARS, TRUANT, 1))
    assert slot(page, 12, 5) == (TRUANT, 1)


def test_what_is_forgotten_was_never_said() -> None:
    page = Page(DATE)
    record(page, (1, 0, MORNING, ILL, 50), (2, 0, LATER, ILL, 50), (1, 1, MORNING, ILL, 50))
    assert page.forget(0, MORNING)
    assert [slot(page, session, 0)[0] for session in (1, 2)] == [NOTHING, ILL]
    assert slot(page, 1, 1)[0] == ILL
    assert page.live_marks == 2
    assert not page.forget(0, MORNING)
    assert not page.forget(99, LATER)


def say_default(page: Page, group: int, session: int, at: int, *, withdrawn: bool) -> None:
    one = (np.array([each]) for each in (group, session, at, withdrawn))
    page.say_defaults(*one)


def test_of_defaults_of_one_second_the_withdrawn_one_holds() -> None:
    for order in ((False, True), (True, False)):
        page = Page(DATE)
        for withdrawn in order:
            say_default(page, WHOLE_SCHOOL, 1, MORNING, withdrawn=withdrawn)
        assert page.said_defaults() == [(WHOLE_SCHOOL, 1, MORNING, True)]
        assert not page.is_live
        say_default(page, WHOLE_SCHOOL, 1, LATER, withdrawn=False)
        assert page.is_live


MARKS = st.lists(
    st.tuples(
        st.sampled_from((1, 2, 12)),
        st.integers(0, 3),
        st.integers(0, 2).map(MORNING.__add__)
        | st.sampled_from((MORNING + YEARS, MORNING - YEARS)),
        st.sampled_from((WITHDRAWN, HERE, code(Status.LATE), ILL, TRUANT)),
        st.sampled_from((0, 7, 600)),
    ),
    min_size=1,
    max_size=20,
)


@given(MARKS, st.randoms(use_true_random=False))
@settings(max_examples=settings().max_examples * 5)
def test_a_page_holds_for_each_slot_the_greatest_of_what_was_said(marks, rng) -> None:
    greatest: dict[tuple[int, int], tuple[int, int, int]] = {}
    for session, pupil, *said in marks:
        greatest[session, pupil] = max(
            greatest.get((session, pupil), (-(2**60), 0, 0)), tuple(said)
        )
    page = Page(DATE)
    while marks:
        size = rng.randint(1, len(marks))
        record(page, *marks[:size])
        marks = marks[size:]
    for (session, pupil), (_, held, minutes) in greatest.items():
        assert slot(page, session, pupil) == (held, minutes)
    assert page.live_marks == sum(held != WITHDRAWN for _, held, _ in greatest.values())
    assert np.count_nonzero(page.code) == len(greatest)


# ---- school days


MONDAY = date(2026, 3, 2).toordinal()


def test_no_school_day_is_later_than_the_newest_register_was_recorded() -> None:
    found = [MONDAY, MONDAY + 1, MONDAY + 4]
    assert school_days(found, {}, MONDAY + 3).tolist() == [MONDAY, MONDAY + 1]


def test_the_calendar_adds_and_takes_days_up_to_the_newest_found() -> None:
    calendar = {MONDAY - 7: True, MONDAY: False, MONDAY + 1: True, MONDAY + 2: True}
    found = [MONDAY, MONDAY + 1]
    assert school_days(found, calendar, MONDAY + 9).tolist() == [MONDAY - 7, MONDAY + 1]


def test_a_calendar_that_closes_the_newest_day_still_opens_days_up_to_it() -> None:
    calendar = {MONDAY + 1: False, MONDAY: True}
    assert school_days([MONDAY + 1], calendar, MONDAY + 9).tolist() == [MONDAY]


def test_a_calendar_alone_makes_no_school_day() -> None:
    assert school_days([], {MONDAY: True}, MONDAY).tolist() == []


def test_weekdays_are_monday_to_friday() -> None:
    assert weekdays(MONDAY - 3, MONDAY + 5) == [MONDAY - 3, *range(MONDAY, MONDAY + 5)]


def test_a_school_week_without_a_school_day_is_none() -> None:
    """So a holiday neither hides nor makes absence."""
    days = np.array([MONDAY, MONDAY + 4, MONDAY + 21, MONDAY + 28, MONDAY + 29])
    assert week_starts(days, 1).tolist() == [0, 0, 2, 3, 3]
    assert week_starts(days, 2).tolist() == [0, 0, 0, 2, 2]


@given(st.sets(st.integers(0, 60), min_size=1), st.integers(1, 12))
def test_the_last_weeks_begin_where_counting_iso_weeks_says(days: set[int], weeks: int) -> None:
    ordinals = sorted(MONDAY + day for day in days)
    iso = [date.fromordinal(day).isocalendar()[:2] for day in ordinals]
    expected = [
        iso.index(sorted(set(iso[: index + 1]))[-weeks:][0]) for index in range(len(ordinals))
    ]
    assert week_starts(np.array(ordinals), weeks).tolist() == expected
