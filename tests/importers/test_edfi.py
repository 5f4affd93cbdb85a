"""Ed-Fi: what its categories, durations, lessons and calendars become."""

import json
from collections import Counter
from pathlib import Path

import pytest
from edfi_xml_builder import (
    calendar,
    calendar_date,
    day_event,
    interchange,
    lesson_event,
    term,
)
from valid_events import marks, read

# The whole sample is no part of the repository; a checkout may have it beside it.
FULL_SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "edfi"


@pytest.fixture
def said(run, tmp_path):
    """Import entities; the marks without their pupils, and the run itself."""

    def said_(*entities, options=(), **root):
        path = tmp_path / "bulk.xml"
        path.write_text(interchange(*entities, **root))
        done = run("edfi", path, *options)
        assert done.exit_code == 0, done.stderr
        done.marks = [
            {key: value for key, value in mark.items() if key != "pupil"}
            for _, _, mark in marks(read(done.out))
        ]
        done.listed = [json.loads(line) for line in done.rejects.read_bytes().splitlines()]
        return done

    return said_


ABSENT = {"status": "absent", "reason": "unauthorised"}


@pytest.mark.parametrize(
    ("category", "more", "mark"),
    [
        ("Unexcused Absence", {}, ABSENT),
        ("Unexcused Absence", {"reason": "says he was ill"}, ABSENT),
        ("Unexcused Absence", {"days": "1.00"}, ABSENT),
        ("Unexcused Absence", {"days": "0.5"}, ABSENT | {"minutes_missed": 150}),
        (
            "Unexcused Absence",
            {"days": "0.33"},
            {"status": "left_early", "reason": "unauthorised", "minutes_missed": 99},
        ),
        ("Unexcused Absence", {"minutes": "200"}, ABSENT | {"minutes_missed": 200}),
        (
            "Unexcused Absence",
            {"minutes": "40"},
            {"status": "left_early", "reason": "unauthorised", "minutes_missed": 40},
        ),
        ("Excused Absence", {}, {"status": "absent", "reason": "leave"}),
        ("Excused Absence", {"reason": "Absent excused"}, {"status": "absent", "reason": "leave"}),
        ("Excused Absence", {"reason": "Flu"}, {"status": "absent", "reason": "illness"}),
        ("Excused Absence", {"reason": "Doctor"}, {"status": "absent", "reason": "medical"}),
        ("Excused Absence", {"reason": "Field trip"}, {"status": "absent", "reason": "elsewhere"}),
        ("Excused Absence", {"reason": "Suspension"}, {"status": "absent", "reason": "suspended"}),
        ("Excused Absence", {"reason": "unexcused?"}, {"status": "absent", "reason": "leave"}),
        ("Tardy", {"reason": "Tardy", "minutes": "5"}, {"status": "late", "minutes_missed": 5}),
        ("Tardy", {"reason": "dentist"}, {"status": "late", "reason": "medical"}),
        ("Tardy", {"reason": "Tardy unexcused"}, {"status": "late", "reason": "unauthorised"}),
        ("Early departure", {"minutes": "30"}, {"status": "left_early", "minutes_missed": 30}),
        (
            "Partial",
            {"reason": "Absent excused", "minutes": "10"},
            {"status": "left_early", "reason": "leave", "minutes_missed": 10},
        ),
        ("Partial", {"days": "0.75"}, {"status": "left_early", "minutes_missed": 225}),
        ("Partial", {"arrival": "10:00:00"}, {"status": "late"}),
        (
            "Partial",
            {"arrival": "10:00:00", "departure": "11:00:00"},
            {"status": "left_early"},
        ),
        ("In Attendance", {"minutes": "300"}, {"status": "present"}),
        ("Present", {}, {"status": "present"}),
        ("unexcused absence", {}, ABSENT),
    ],
)
def test_a_category_becomes_a_mark(said, category, more, mark):
    assert said(day_event(category=category, **more)).marks == [mark]


def test_an_event_is_recorded_at_six_in_the_evening_of_its_school(said):
    done = said(
        day_event(date="2022-03-07"),
        day_event(date="2022-03-14"),
        options=("--timezone", "America/Chicago"),
    )
    registers = [event for event in read(done.out) if event["type"] == "register"]
    assert [register["recorded_at"] for register in registers] == [
        "2022-03-08T00:00:00Z",
        "2022-03-14T23:00:00Z",  # summer time began on the 13th
    ]


def test_the_school_reports_exceptions_of_one_session_a_day(said):
    school, *_ = read(said(day_event()).out)
    assert school["reporting"] == "exceptions"
    assert school["sessions_per_day"] == 1
    assert school["school"] == "255"


def test_two_categories_for_one_pupil_and_day_are_two_marks_at_one_time(said):
    done = said(
        day_event(category="Excused Absence", days="1"), day_event(category="Partial", minutes="10")
    )
    assert done.marks == [
        {"status": "absent", "reason": "leave"},
        {"status": "left_early", "minutes_missed": 10},
    ]
    assert len([event for event in read(done.out) if event["type"] == "register"]) == 1
    assert "beside another of the same pupil, day and session: 1." in done.stdout


def test_lessons_missed_are_added_up_and_half_a_day_of_them_is_a_day(said):
    two = [lesson_event(section=f"s{n}") for n in range(2)]
    early = {"status": "left_early", "reason": "unauthorised", "minutes_missed": 100}
    assert said(*two).marks == [early] * 2
    assert said(*two, lesson_event(section="s2")).marks == [ABSENT | {"minutes_missed": 150}] * 3


def test_a_lesson_said_twice_counts_once(said):
    twice = [lesson_event(section="s1", minutes="40")] * 2
    early = {"status": "left_early", "reason": "unauthorised", "minutes_missed": 40}
    assert said(*twice).marks == [early] * 2


def test_lessons_of_different_reasons_are_not_added_up(said):
    done = said(
        lesson_event(section="s1", minutes="100"),
        lesson_event(section="s2", minutes="100", category="Excused Absence"),
    )
    assert [(mark["status"], mark["minutes_missed"]) for mark in done.marks] == [
        ("left_early", 100)
    ] * 2


def test_lessons_spent_elsewhere_never_hide_one_that_was_skipped(said):
    trip = [
        lesson_event(section=f"t{n}", category="Excused Absence", reason="field trip")
        for n in range(4)
    ]
    done = said(*trip, lesson_event(section="s1"))
    assert {mark["status"] for mark in done.marks} == {"left_early"}


def test_lateness_in_lessons_is_late_with_its_minutes(said):
    done = said(
        day_event(category="Tardy", minutes="5"),
        lesson_event(category="Tardy", minutes="5"),
    )
    assert done.marks == [{"status": "late", "minutes_missed": 5}] * 2


def test_a_weekend_is_listed_unless_a_calendar_opens_it(said):
    sunday = day_event(date="2022-05-15")
    done = said(sunday)
    assert done.marks == []
    assert [(entry["line"], entry["value"]) for entry in done.listed] == [(3, "2022-05-15")]
    assert "weekend" in done.listed[0]["reason"]
    opened = said(sunday, calendar_date("2022-05-15", "Make-up day"))
    assert opened.marks == [ABSENT]
    assert [e["open"] for e in read(opened.out) if e["type"] == "calendar"] == [True]
    assert said(sunday, options=("--open", "2022-05-15")).marks == [ABSENT]


@pytest.mark.parametrize("event", ["Holiday", "Non-instructional day", "Weather day", "Strike"])
def test_a_closed_date_is_said_and_its_events_are_listed(said, event):
    done = said(day_event(date="2022-03-07"), calendar_date("2022-03-07", event))
    assert done.marks == []
    assert "closes" in done.listed[0]["reason"]


def test_a_date_with_teaching_is_open_whatever_stands_beside(said):
    shortened = calendar_date("2022-03-07", "Weather day", "Instructional day")
    assert said(day_event(date="2022-03-07"), shortened).marks == [ABSENT]


def test_a_calendar_of_one_pupil_closes_nothing(said):
    done = said(
        calendar_date("2022-03-07", "Holiday"),
        calendar(kind="Student Specific"),
        day_event(date="2022-03-07"),
    )
    assert done.marks == [ABSENT]
    assert [entry["field"] for entry in done.listed] == ["CalendarCode"]


def test_weekdays_between_terms_are_closed(said):
    done = said(
        term("2022-01-04", "2022-05-27", name="Spring"),
        term("2021-08-23", "2021-12-17"),
        day_event(date="2021-12-17"),
        day_event(date="2021-12-20"),
        day_event(date="2022-01-04"),
        day_event(date="2022-06-01"),
    )
    closed = [e["date"] for e in read(done.out) if e["type"] == "calendar"]
    assert closed[0] == "2021-12-20"
    assert closed[-1] == "2022-01-03"
    assert len(closed) == 11
    assert [entry["value"] for entry in done.listed] == ["2021-12-20"]
    assert len(done.marks) == 3


def test_days_off_that_a_calendar_does_not_name_are_told_and_not_invented(said):
    done = said(day_event(), term("2022-03-07", "2022-03-18", days=8))
    assert "8 instructional days, 10 open weekdays" in done.stdout
    assert not [e for e in read(done.out) if e["type"] == "calendar"]
    named = said(
        day_event(),
        term("2022-03-07", "2022-03-18", days=8),
        options=("--closed", "2022-03-17..2022-03-18"),
    )
    assert "open weekdays" not in named.stdout


@pytest.mark.parametrize("number", ["1e999999", "NaN", "sNaN", "-1", "Infinity", "half", "1,5,0"])
def test_a_number_that_is_none_is_listed_and_harms_nothing(said, number):
    done = said(
        day_event(minutes=number),
        day_event(days=number),
        lesson_event(minutes=number),
        term("2022-01-04", "2022-05-27", days=number),
    )
    assert len(done.listed) == 4
    assert done.marks == []


def test_any_version_of_the_standard_is_read(said):
    for namespace in ("http://ed-fi.org/0300", "http://ed-fi.org/6.0.0", ""):
        assert said(day_event(), namespace=namespace).marks == [ABSENT]


def test_a_code_written_one_level_down_is_read(said):
    flat = "<AttendanceEventCategory>uri://x/Descriptor#Tardy</AttendanceEventCategory>"
    nested = "<AttendanceEventCategory><CodeValue>Tardy</CodeValue></AttendanceEventCategory>"
    assert said(day_event(category="Tardy").replace(flat, nested)).marks == [{"status": "late"}]


def test_a_district_explains_its_own_categories(said):
    own = day_event(category="ISS")
    assert said(own).listed[0]["reason"] == "code not known"
    done = said(own, options=("--category", "ISS=absent:suspended"))
    assert done.marks == [{"status": "absent", "reason": "suspended"}]


def test_a_large_register_is_cut_into_lines_of_a_thousand_marks(said):
    done = said(*(day_event(f"p{n}") for n in range(2500)))
    sizes = [len(e["marks"]) for e in read(done.out) if e["type"] == "register"]
    assert sorted(sizes) == [500, 1000, 1000]


def test_entities_in_a_document_are_refused_before_they_grow(run, tmp_path):
    path = tmp_path / "bomb.xml"
    path.write_text(
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Interchange>&b;</Interchange>'
    )
    done = run("edfi", path)
    assert done.exit_code == 2
    assert "document type" in done.stderr


def test_the_excerpt_shows_a_sunday_two_categories_and_three_schools(run, sample):
    done = run("edfi", *sample, "--timezone", "America/Chicago")
    assert "StudentSchoolAttendanceEvent: 109 read = 106 imported + 3 not imported" in done.stdout
    assert "StudentSectionAttendanceEvent: 9 read = 6 imported + 3 not imported" in done.stdout
    events = read(done.out)
    assert len({event["school"] for event in events}) == 3
    assert len(marks(events)) == 112


@pytest.mark.skipif(not FULL_SAMPLE.is_dir(), reason="the whole sample is not in the repository")
def test_every_event_of_the_whole_sample_is_imported_or_listed(run):
    done = run("edfi", *sorted(FULL_SAMPLE.glob("*.xml")))
    assert "1,917 read = 1,914 imported + 3 not imported" in done.stdout
    statuses = Counter((mark["status"], mark.get("reason")) for _, _, mark in marks(read(done.out)))
    assert statuses == {
        ("absent", "leave"): 1077,
        ("absent", "unauthorised"): 773,
        ("late", None): 126,
        ("left_early", "leave"): 1,
    }
