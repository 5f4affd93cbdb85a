"""A school's lists, as people make them: read as they were meant, or refused with a reason."""

# ruff: noqa: RUF001 - names are of all scripts

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.desk.initials import initials
from alerts.desk.lists import read_people, read_pupils, write_people
from alerts.desk.people import Person, Pupil
from alerts.roles import Role
from alerts.words import Language

PEOPLE_HEADER = "person,role,name,address,language\n"
MENTOR = Person("01AB", "m17", Role.MENTOR, "Eva Smit", "e.smit@school.example", Language.DUTCH)


def pupils(text: str | bytes) -> list[Pupil]:
    found, faults = read_pupils("pupils.csv", text.encode() if isinstance(text, str) else text)
    assert not faults
    return found


def pupil_faults(text: str | bytes) -> list[str]:
    content = text.encode() if isinstance(text, str) else text
    return [str(each) for each in read_pupils("pupils.csv", content)[1]]


def people_faults(*rows: str) -> list[str]:
    content = PEOPLE_HEADER + "\n".join(rows)
    return [str(each) for each in read_people("01AB", "people.csv", content.encode())[1]]


@pytest.mark.parametrize(
    "text",
    [
        "pupil,name,group\np81,Zoë de Wit,2a\n",
        "pupil;name;group\r\np81;Zoë de Wit;2a\r\n",
        "\ufeffpupil;name;group\r\np81;Zoë de Wit;2a",
        "sep=;\r\npupil;name;group\r\np81;Zoë de Wit;2a\r\n",
        "sep=,\npupil,name,group\np81,Zoë de Wit,2a\n",
        "\n\nName\tGROUP\tbirthday\tPupil\nZoë de Wit\t2a\t2012-01-01\tp81\n\n;;\n",
        'pupil,name,group\n"p81","Zoë  de\u00a0Wit ","2a"\n,,\n',
        "pupil,name,group\np81,Zoe\u0308 de\u202e Wit\u200f,2a\n",
    ],
)
def test_a_list_is_read_however_a_spreadsheet_writes_it(text):
    text = text.replace("\n;;\n", "\n")
    assert pupils(text) == [Pupil("p81", "Zoë de Wit", "2a")]


def test_a_pupil_may_have_no_group():
    text = "pupil,name,group\np81,Zoë de Wit,\np82,Ali\n"
    assert [each.group for each in pupils(text)] == [None, None]


def test_a_joiner_stays_where_a_script_needs_it():
    name = "می\u200cخواهم"
    assert pupils(f"pupil,name,group\np81,{name},2a\n")[0].name == name


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Jan Smit,Jan Smit,2a", "pupil: write the id that events have: 1 to 64 of"),
        (",Jan Smit,2a", "pupil: write the id that events have"),
        ("p82,,2a", "name: has no letter; write the name"),
        ("p82,\u200d--,2a", "name: has no letter; write the name"),
        ("p82,Jan\x07Smit,2a", "name: has a character U+0007, which no name has; take it out"),
        ("p82,Jan\u2028Smit,2a", "name: has a character U+2028, which no name has"),
        ('p82,"Jan\nBcc: x@y.example",2a', "name: has a character U+000A, which no name has"),
        ("p82," + "x" * 10_000 + ",2a", "name: has 10,000 characters; write at most 200"),
        ("p82,Jan," + "x" * 65, "group: has 65 characters; write at most 64"),
        ("p81,Jan,2a", "pupil: is in line 2 already; take one of them out"),
        ("p82,Smit, Jan,2a", "4 cells, but the header has 3; put quotes around a cell"),
        ('p82,"Jan,2a', "cannot be read on from here; is a quote left open"),
        ("p82,Jan\x00,2a", "name: has a character U+0000"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_what_to_do(row, fault):
    (found,) = pupil_faults(f"pupil,name,group\np81,Zoë,2a\n{row}\n")
    assert found.startswith(f"pupils.csv:3: {fault}")
    assert "Jan" not in found


def test_every_bad_row_is_named_at_once():
    found = pupil_faults("pupil,name,group\np 1,A,\np2,B,\np3,,\np2,C,\n")
    assert [each.split(": ")[0] for each in found] == [
        "pupils.csv:2", "pupils.csv:4", "pupils.csv:5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "pupils.csv:1: pupil: is not there; the first row has to be pupil,name,group"),
        ("p81,Zoë,2a\n", "pupils.csv:1: pupil: is not there; the first row has to be"),
        ("pupil,name\n", "pupils.csv:1: group: is not there"),
        ("pupil,name,group,name\n", "pupils.csv:1: name: is there more than once"),
        ("pupil,name,group\np81,Zoë,\n".encode("cp1252"), "pupils.csv:2: is not UTF-8; in Excel"),
        ("pupil,name,group\n".encode("utf-16"), "pupils.csv:1: is not UTF-8"),
        (b"x" * (32 * 1024**2 + 1), "pupils.csv:1: is larger than 32 MB"),
    ],
)
def test_what_is_no_such_list_is_refused_with_what_to_do(content, fault):
    (found,) = pupil_faults(content)
    assert found.startswith(fault)


def test_a_row_over_several_lines_does_not_move_the_numbers_of_those_after_it():
    found = pupil_faults('pupil,name,group,note\np81,Zoë,2a,"one\ntwo\nthree"\np 2,A,,\n')
    assert [each.split(": ")[0] for each in found] == ["pupils.csv:5"]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("m17,mentor,Eva,eva,nl", "address"),
        ("m17,mentor,Eva,Eva <e@s.example>,nl", "address"),
        ("m17,mentor,Eva,e@s.example b@s.example,nl", "address"),
        ('m17,mentor,Eva,"e@s.example,b@s.example",nl', "address"),
        ('m17,mentor,Eva,"e@s.example\r\nBcc: b@s.example",nl', "address"),
        ("m17,mentor,Eva,http://s.example/hook,nl", "address"),
        ("m17,mentor,Eva,https://a:b@s.example/hook,nl", "address"),
        ("m17,mentor,Eva,javascript:alert(1),nl", "address"),
        ("m17,janitor,Eva,e@s.example,nl", "role"),
        ("m17,mentor,Eva,e@s.example,fr", "language"),
        ("m17,mentor,Eva,e@s.example,", "language"),
        ("Eva Smit,mentor,Eva,e@s.example,nl", "person"),
        ("m17,mentor,,e@s.example,nl", "name"),
    ],
)
def test_a_person_is_refused_by_the_column_that_is_wrong(row, column):
    (found,) = people_faults(row)
    assert found.startswith(f"people.csv:2: {column}: ")


def test_a_person_may_have_several_roles_and_each_once():
    row = "m17,{},Eva,e@s.example,nl"
    assert people_faults(row.format("mentor"), row.format("Care_Team")) == []
    (found,) = people_faults(row.format("mentor"), row.format("mentor"))
    assert found.startswith("people.csv:3: person: is in line 2 already")


HOSTILE = [
    '=HYPERLINK("http://x.example";"a")', "+1+1", "-2+3", "@SUM(A1)", "'=1", "''@x", "=1,2",
    "＝1+1", "<script>alert(1)</script>", "'t Hooft", "O'Brien; DROP TABLE pupil", 'a"b', "%s{0}",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_spreadsheet_takes_for_a_formula_is_written_as_text_and_read_as_it_was(name):
    person = Person("01AB", "-1", Role.MENTOR, name, "=x@s.example", Language.ENGLISH)
    text = write_people([person, MENTOR])
    for row in csv.reader(text.splitlines()):
        assert not any(cell.startswith(tuple("=+-@\t\r＝＋－＠")) for cell in row)
    assert read_people("01AB", "people.csv", text.encode()) == ([person, MENTOR], [])


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=5))
def test_no_list_makes_the_reader_fail(cells):
    for divider in ",;":
        line = divider.join(cells)
        read_pupils("pupils.csv", f"pupil{divider}name{divider}group\n{line}\n".encode())
        read_people("01AB", "people.csv", f"{line}\n{PEOPLE_HEADER}".encode())


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail(content):
    read_pupils("pupils.csv", content)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anna van den Berg", "A. B."),
        ("Berg, Anna van den", "A. B."),
        ("van den Berg, Anna", "A. B."),
        ("Jan Van Den Berg", "J. B."),
        ("Anna Maria Jansen", "A. J."),
        ("Jan-Willem de Vries-van den Berg", "J. V."),
        ("Willem-Alexander", "W."),
        ("Sukarno", "S."),
        ("de Vries", "V."),
        ("van", "V."),
        ("Daan in 't Veld", "D. V."),
        ("Koos van ’s-Gravenzande", "K. S."),
        ("IJsbrand Smit", "IJ. S."),
        ("ßeta Øst", "ß. Ø."),
        ("محمد علي", "م. ع."),
        ("Дмитрий Иванов", "Д. И."),
        ("王小明", "王."),
        ("कृष्ण शर्मा", "कृ. श."),
        ("김 민준", "김. 민."),
        ("(Anna) 'Smit'", "A. S."),
        ("😀 !", "?"),
        ("", "?"),
        ("Z" + "\u0301" * 5000 + " x", "Z\u0301\u0301\u0301. X."),
        ("a" * 10_000, "A."),
        ("a " * 5_000, "A. A."),
    ],
)  # fmt: skip
def test_initials_are_sound_for_any_name(name, expected):
    assert initials(name) == expected


@given(st.text(max_size=60))
def test_initials_are_never_long(name):
    assert 1 <= len(initials(name)) <= 13
