"""CSV lists: columns, codes, dates, encodings and quotes, as systems write them."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from valid_events import marks, read

DUTCH = """\
LeerlingNr;Datum;Uur;Code;Minuten;Naam
1001;07-03-2022;1;Z;;Pietje Bell
1002;7-3-2022;2;L;12,5;Dik Trom
1003;07-03-2022;2;A;;Afke
1004;07-03-2022;3;V;;Kees
"""
DUTCH_OPTIONS = (
    *("--column", "pupil=LeerlingNr", "--column", "date=Datum", "--column", "session=Uur"),
    *("--column", "status=Code", "--column", "minutes_missed=Minuten"),
    *("--code", "Z=absent:illness", "--code", "L=late", "--code", "A=absent", "--code", "V=skip"),
    *("--date-format", "dd-mm-yyyy", "--school", "01AB"),
    *("--reporting", "exceptions", "--sessions-per-day", "8", "--minutes-per-session", "50"),
)
DUTCH_TOML = """\
school = "01AB"
reporting = "exceptions"
sessions_per_day = 8
minutes_per_session = 50
date_format = "dd-mm-yyyy"

[columns]
pupil = "LeerlingNr"
date = "Datum"
session = "Uur"
status = "Code"
minutes_missed = "Minuten"

[codes]
Z = "absent:illness"
L = "late"
A = "absent"
V = "skip"
"""
DUTCH_MARKS = [
    ("2022-03-07", 1, {"pupil": "1001", "status": "absent", "reason": "illness"}),
    ("2022-03-07", 2, {"pupil": "1002", "status": "late", "minutes_missed": 13}),
    ("2022-03-07", 2, {"pupil": "1003", "status": "absent"}),
]


@pytest.fixture
def read_list(run, tmp_path):
    """Import a list; the run, with its marks and what was not imported."""

    def read_list_(content, *options):
        path = tmp_path / "list.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        done = run("csv", path, *options)
        assert done.exit_code == 0, done.stderr
        done.marks = sorted(marks(read(done.out)), key=str)
        done.listed = [json.loads(line) for line in done.rejects.read_bytes().splitlines()]
        return done

    return read_list_


def test_a_dutch_list_is_mapped_by_options(read_list):
    done = read_list(DUTCH, *DUTCH_OPTIONS)
    assert done.marks == DUTCH_MARKS
    assert [(entry["line"], entry["reason"]) for entry in done.listed] == [
        (5, "left out by the mapping")
    ]
    school, *_ = read(done.out)
    assert school["reporting"] == "exceptions"
    assert (school["sessions_per_day"], school["minutes_per_session"]) == (8, 50)


def test_a_mapping_file_says_the_same_and_options_win_over_it(read_list, tmp_path):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(DUTCH_TOML)
    by_options = read_list(DUTCH, *DUTCH_OPTIONS)
    by_file = read_list(DUTCH, "--mapping", mapping)
    assert by_file.out.read_bytes() == by_options.out.read_bytes()
    done = read_list(DUTCH, "--mapping", mapping, "--code", "A=absent:leave", "--school", "02CD")
    assert {event["school"] for event in read(done.out)} == {"02CD"}
    assert done.marks[2][2] == {"pupil": "1003", "status": "absent", "reason": "leave"}


def test_a_mapping_file_with_a_word_that_means_nothing_is_refused(run, tmp_path):
    mapping = tmp_path / "mapping.toml"
    lists = tmp_path / "list.csv"
    lists.write_text(DUTCH)
    for text in ("scool = '01AB'", "sessions_per_day = 'eight'", "codes = 3", "= 3"):
        mapping.write_text(text)
        done = run("csv", lists, "--mapping", mapping)
        assert done.exit_code == 2
        assert done.stderr.count("\n") == 1


PLAIN = "pupil{d}date{d}status\np1{d}2022-03-07{d}present\np2{d}2022-03-07{d}absent\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(read_list, delimiter):
    assert len(read_list(PLAIN.format(d=delimiter), "--school", "A1").marks) == 2


def test_a_delimiter_of_ones_own(read_list):
    assert len(read_list(PLAIN.format(d="~"), "--school", "A1", "--delimiter", "~").marks) == 2


def test_what_excel_adds_is_no_trouble(read_list):
    text = PLAIN.format(d=";").replace("\n", "\r\n")
    done = read_list(b"\xef\xbb\xbf" + text.encode() + b"\r\n;;\r\n\r\n", "--school", "A1")
    assert len(done.marks) == 2
    assert done.listed == []


def test_an_encoding_of_western_europe(run, read_list, tmp_path):
    text = "pupil;date;reden;status\np1;2022-03-07;privé;A\n".encode("cp1252")
    options = ("--school", "A1", "--column", "reason=reden", "--reason", "privé=leave")
    done = read_list(text, *options, "--code", "A=absent", "--encoding", "cp1252")
    assert done.marks[0][2] == {"pupil": "p1", "status": "absent", "reason": "leave"}
    refused = run("csv", tmp_path / "list.csv", *options)
    assert refused.exit_code == 2
    assert "list.csv:2" in refused.stderr
    assert "cp1252" in refused.stderr


@pytest.mark.parametrize(
    ("date_format", "written"),
    [
        ("iso", "2022-03-07"),
        ("dd-mm-yyyy", "07-03-2022"),
        ("dd-mm-yyyy", "7-3-2022"),
        ("mm/dd/yyyy", "03/07/2022"),
        ("yyyymmdd", "20220307"),
        ("%d %b %Y", "7 Mar 2022"),
        ("%d-%m-%Y %H:%M", "07-03-2022 00:00"),
    ],
)
def test_dates_are_read_as_they_are_written(read_list, date_format, written):
    text = f"pupil,date,status\np1,{written},absent\n"
    done = read_list(text, "--school", "A1", "--date-format", date_format)
    assert done.marks[0][0] == "2022-03-07"


def test_a_time_of_recording_is_local_unless_it_says_otherwise(read_list):
    text = (
        "pupil,date,status,recorded_at\n"
        "p1,2022-03-07,absent,2022-03-07T09:00:00Z\n"
        "p2,2022-03-07,absent,2022-03-07 09:00\n"
        "p3,2022-03-07,absent,\n"
    )
    done = read_list(text, "--school", "A1")
    registers = [event for event in read(done.out) if event["type"] == "register"]
    assert [(r["recorded_at"], r["marks"][0]["pupil"]) for r in registers] == [
        ("2022-03-07T08:00:00Z", "p2"),
        ("2022-03-07T09:00:00Z", "p1"),
        ("2022-03-07T17:00:00Z", "p3"),
    ]


def test_a_time_of_recording_may_be_written_like_the_dates(read_list):
    text = "pupil,date,status,recorded_at\np1,07-03-2022,absent,07-03-2022 08:41\n"
    done = read_list(text, "--school", "A1", "--date-format", "dd-mm-yyyy")
    assert read(done.out)[-1]["recorded_at"] == "2022-03-07T07:41:00Z"


def test_a_row_is_found_by_its_line_after_cells_of_several_lines(read_list):
    text = '\npupil,date,status,note\np1,2022-03-07,present,"a\nb\n\nc"\np2,2022-03-07,what,x\n'
    assert [entry["line"] for entry in read_list(text, "--school", "A1").listed] == [7]


def test_a_list_of_absences_read_as_if_it_were_of_everyone_is_warned_about(read_list):
    text = "pupil,date,status\np1,2022-03-07,absent\n"
    assert "no row says present" in read_list(text, "--school", "A1").stdout
    exceptions = ("--reporting", "exceptions", "--sessions-per-day", "1")
    assert "no row says" not in read_list(text, "--school", "A1", *exceptions).stdout


def test_a_weekend_counts_where_everyone_is_listed_and_not_among_exceptions(read_list):
    text = "pupil,date,status\np1,2022-03-12,absent\n"
    assert len(read_list(text, "--school", "A1").marks) == 1
    exceptions = ("--reporting", "exceptions", "--sessions-per-day", "1")
    done = read_list(text, "--school", "A1", *exceptions)
    assert "weekend" in done.listed[0]["reason"]
    assert len(read_list(text, "--school", "A1", *exceptions, "--open", "2022-03-12").marks) == 1


def test_a_session_beyond_the_day_never_counts_among_exceptions_so_it_is_listed(read_list):
    text = "pupil,date,status,session\np1,2022-03-07,absent,3\n"
    done = read_list(text, "--school", "A1", "--reporting", "exceptions", "--sessions-per-day", "2")
    assert [entry["field"] for entry in done.listed] == ["session"]


def test_holidays_are_said_by_option(read_list):
    text = "pupil,date,status\np1,2022-03-07,absent\np1,2022-03-14,absent\n"
    done = read_list(
        text,
        *("--school", "A1", "--reporting", "exceptions", "--sessions-per-day", "1"),
        *("--closed", "2022-03-12..2022-03-15"),
    )
    closed = [event["date"] for event in read(done.out) if event["type"] == "calendar"]
    assert closed == ["2022-03-14", "2022-03-15"]
    assert [entry["value"] for entry in done.listed] == ["2022-03-14"]


def test_the_words_of_the_contract_need_no_mapping(read_list):
    text = "Pupil,DATE,Status\np1,2022-03-07,absent:elsewhere\np2,2022-03-07,left_early\n"
    assert [mark for *_, mark in read_list(text, "--school", "A1").marks] == [
        {"pupil": "p1", "status": "absent", "reason": "elsewhere"},
        {"pupil": "p2", "status": "left_early"},
    ]


CELL = st.one_of(
    st.sampled_from(["p1", "A1", "2022-03-07", "absent", "late", "1", "5", "", "illness", " p1 "]),
    st.text(max_size=8),
)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.lists(CELL, min_size=5, max_size=6), max_size=6))
def test_whatever_the_cells_hold_the_count_adds_up(run, tmp_path, rows):
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    path = tmp_path / "any.csv"
    header = "school,pupil,date,status,session"
    path.write_text("\n".join((header, *quoted)), encoding="utf-8", errors="replace", newline="")
    done = run("csv", path)
    assert done.exit_code == 0, done.stderr
    not_blank = [row for row in rows if any(cell.strip() for cell in row)]
    imported = len(marks(read(done.out)))
    assert imported + len(done.rejects.read_bytes().splitlines()) == len(not_blank)
