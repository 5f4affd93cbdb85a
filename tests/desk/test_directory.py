"""Who is at a school: loaded whole, asked for, and put in the place of what was there."""

import csv
import io

import pytest
from served import gemist
from sqlalchemy import Engine, select

from alerts.desk import directory
from alerts.desk.casebook.erasing import erase
from alerts.desk.casebook.reading import school_facts
from alerts.desk.casebook.schools import meet_school
from alerts.desk.database import open_desk
from alerts.desk.people import Person, Pupil, PupilName
from alerts.desk.shadow import is_shadow, set_shadow
from alerts.desk.tables import PERSON, PUPIL
from alerts.roles import Role
from alerts.words import Language
from models.events.instants import instant_of

SCHOOL, OTHER = "01AB", "02CD"
PUPILS = [Pupil("p81", "Anna van den Berg", "2a"), Pupil("p82", "محمد علي", None)]
PUPILS_CSV = "pupil;name;group\np81;Anna van den Berg;2a\np82;محمد علي;\n"
PEOPLE_CSV = (
    "person;role;name;address;language\n"
    "m17;mentor;Eva Smit;e.smit@school.example;nl\n"
    "z1;care_team;=cmd();https://school.example/hook;en\n"
)


def someone(person: str, role: Role, school: str = SCHOOL) -> Person:
    return Person(school, person, role, f"Of {person}", f"{person}@s.example", Language.DUTCH)


PEOPLE = [someone("m17", Role.MENTOR), someone("m17", Role.TEACHER), someone("z1", Role.CARE_TEAM)]


def test_people_are_found_by_pseudonym_and_by_role(any_desk: Engine):
    with any_desk.begin() as connection:
        directory.load(connection, SCHOOL, PUPILS, PEOPLE)
        directory.load(connection, OTHER, [], [someone("m17", Role.COACH, OTHER)])
        assert directory.person(connection, SCHOOL, "m17") == PEOPLE[0]
        assert directory.person(connection, SCHOOL, "m17", Role.TEACHER) == PEOPLE[1]
        assert directory.person(connection, SCHOOL, "m17", Role.COACH) is None
        assert directory.person(connection, SCHOOL, "m18") is None
        assert directory.people_with(connection, SCHOOL, Role.CARE_TEAM) == [PEOPLE[2]]
        assert directory.people_of(connection, SCHOOL) == [PEOPLE[0], PEOPLE[2], PEOPLE[1]]


def test_pupils_have_names_and_initials_where_the_directory_knows_them(any_desk: Engine):
    with any_desk.begin() as connection:
        directory.load(connection, SCHOOL, PUPILS, [])
        asked = ["p81", "p82", "p83", *(f"q{number}" for number in range(1200))]
        assert directory.pupil_names(connection, SCHOOL, asked) == {
            "p81": PupilName("Anna van den Berg", "A. B.", "2a"),
            "p82": PupilName("محمد علي", "م. ع.", None),
        }
        assert directory.pupil_names(connection, OTHER, asked) == {}


def test_a_new_list_takes_the_place_of_that_schools_old_one(any_desk: Engine):
    many = [Pupil(f"p{number}", f"Name {number}", "2a") for number in range(1200)]
    with any_desk.begin() as connection:
        directory.load(connection, SCHOOL, many, PEOPLE)
        directory.load(connection, OTHER, PUPILS, [])
        assert directory.counts(connection, SCHOOL)[0] == 1200
        directory.load(connection, SCHOOL, PUPILS[:1], PEOPLE[2:])
        assert directory.counts(connection, SCHOOL) == (1, {Role.CARE_TEAM: 1})
        assert directory.counts(connection, OTHER) == (2, {})


def test_whom_a_school_named_for_pupils_without_a_mentor_stays_until_named_anew(any_desk: Engine):
    named = someone(directory.UNASSIGNED, Role.MENTOR)
    in_list = Person(SCHOOL, "unassigned", Role.MENTOR, "Zorg", "z@s.example", Language.DUTCH)
    with any_desk.begin() as connection:
        assert directory.unassigned_of(connection, SCHOOL) is None
        directory.name_unassigned(connection, SCHOOL, named)
        directory.load(connection, SCHOOL, PUPILS, PEOPLE)
        assert directory.unassigned_of(connection, SCHOOL) == named
        assert directory.people_with(connection, SCHOOL, Role.MENTOR) == [PEOPLE[0]]
        directory.load(connection, SCHOOL, PUPILS, [*PEOPLE, in_list])
        assert directory.unassigned_of(connection, SCHOOL) == in_list
        directory.name_unassigned(connection, SCHOOL, None)
        assert directory.unassigned_of(connection, SCHOOL) is None


def test_a_school_begins_on_the_day_on_which_its_shadow_mode_ends(any_desk: Engine):
    late = instant_of("2026-11-24T23:30:00Z")  # it is the 25th in Amsterdam
    with any_desk.begin() as connection:
        meet_school(connection, SCHOOL, "2026-09-01")
        set_shadow(connection, SCHOOL, late, shadow=False)
        assert school_facts(connection, SCHOOL).began_on == "2026-09-01"
        set_shadow(connection, SCHOOL, late, shadow=True)
        assert is_shadow(connection, SCHOOL)
        assert school_facts(connection, SCHOOL).began_on == "2026-09-01"
        set_shadow(connection, SCHOOL, late, shadow=False)
        facts = school_facts(connection, SCHOOL)
        assert (facts.shadow, facts.began_on) == (False, "2026-11-25")


def test_shadow_mode_can_begin_before_anything_comes_from_a_school(any_desk: Engine):
    with any_desk.begin() as connection:
        assert not is_shadow(connection, SCHOOL)
        set_shadow(connection, SCHOOL, 0, shadow=True)
        meet_school(connection, SCHOOL, "2026-11-24")
        assert is_shadow(connection, SCHOOL)


# ---- the command


@pytest.fixture
def lists(tmp_path):
    """A data folder, and two lists beside it."""
    (tmp_path / "node").mkdir()
    (tmp_path / "pupils.csv").write_text(PUPILS_CSV)
    (tmp_path / "people.csv").write_text(PEOPLE_CSV)
    return tmp_path


def run(folder, command: str, *words: object):
    return gemist("directory", command, "--data", folder / "node", "--school", SCHOOL, *words)


def load(folder):
    return run(folder, "load", folder / "pupils.csv", folder / "people.csv")


def test_the_command_loads_two_lists_and_says_what_there_is(lists):
    done = load(lists)
    assert done.returncode == 0
    assert done.stdout == "01AB: 2 pupils; people: 1 mentor, 1 care_team\n"
    done = run(lists, "list")
    assert done.stdout == (
        "01AB: 2 pupils; people: 1 mentor, 1 care_team\n"
        "mentor     m17  nl  e.smit@school.example        Eva Smit\n"
        "care_team  z1   en  https://school.example/hook  =cmd()\n"
    )


def test_a_list_with_bad_rows_loads_nothing_and_names_them_all(lists):
    assert load(lists).returncode == 0
    (lists / "pupils.csv").write_text(PUPILS_CSV + "p 83;Jan;\np81;Jan;\n")
    (lists / "people.csv").write_text(PEOPLE_CSV + "m18;janitor;Jan;j@s.example;nl\n")
    done = load(lists)
    assert (done.returncode, done.stdout) == (2, "")
    *faults, last = done.stderr.splitlines()
    places = [f"{lists / name}" for name in ("pupils.csv:4", "pupils.csv:5", "people.csv:4")]
    assert [each.split(": ")[0] for each in faults] == places
    assert last.startswith("gemist: nothing was loaded")
    assert "Jan" not in done.stderr
    assert run(lists, "list").stdout.startswith("01AB: 2 pupils; people: 1 mentor, 1 care_team\n")


def test_a_file_that_is_not_there_is_one_line(lists):
    (lists / "people.csv").unlink()
    done = load(lists)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == f"gemist: {lists / 'people.csv'}: cannot be read: No such file or directory\n"
    )


def test_people_are_given_back_as_a_list_that_a_spreadsheet_opens_without_harm(lists):
    load(lists)
    done = run(lists, "list", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["name"] for row in rows] == ["Eva Smit", "'=cmd()"]
    (lists / "people.csv").write_text(done.stdout)
    assert load(lists).returncode == 0
    assert run(lists, "list", "--csv").stdout == done.stdout


def test_who_was_erased_and_is_in_a_list_again_is_counted_and_not_named(lists):
    load(lists)
    desk = directory_desk(lists)
    with desk.begin() as connection:
        erase(connection, SCHOOL, "p81", 1)
        assert list(directory.pupil_names(connection, SCHOOL, ["p81", "p82"])) == ["p82"]
    desk.dispose()
    first, second = load(lists).stdout.splitlines()
    assert first.startswith("01AB: 2 pupils")
    assert second.startswith("1 of the pupils was erased before")
    assert "p81" not in second


def test_an_address_is_named_for_pupils_without_a_mentor_and_taken_back(lists):
    done = run(lists, "unassigned", "zorg@school.example")
    assert done.stdout == "01AB: of pupils without a mentor is told zorg@school.example\n"
    assert "unassigned" in run(lists, "list").stdout
    done = run(lists, "unassigned", "none")
    assert done.returncode == 0
    assert "unassigned" not in run(lists, "list").stdout
    done = run(lists, "unassigned", "zorg")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_shadow_mode_is_seen_in_the_list(lists):
    assert run(lists, "shadow", "on").stdout == "01AB: nobody is told\n"
    assert "shadow mode: nobody is told\n" in run(lists, "list").stdout
    assert run(lists, "shadow", "off").stdout == "01AB: people are told from now on\n"
    assert "shadow" not in run(lists, "list").stdout


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    done = gemist("directory", "list", "--data", tmp_path / "none", "--school", SCHOOL)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def directory_desk(lists):
    return open_desk(f"sqlite:///{lists / 'node' / 'desk.db'}")


def test_names_are_kept_as_they_are_written_whatever_they_are(any_desk: Engine):
    hostile = ["=1+1", "<b>x</b>", "'; DROP TABLE pupil; --", "%s %(a)s {0}", "\\", "😀"]
    pupils = [Pupil(f"p{number}", name, name) for number, name in enumerate(hostile)]
    with any_desk.begin() as connection:
        directory.load(connection, SCHOOL, pupils, [])
        rows = connection.execute(select(PUPIL.c.name).order_by(PUPIL.c.pupil)).scalars()
        assert list(rows) == hostile
        assert connection.execute(select(PERSON)).all() == []


def test_who_loads_for_a_school_that_nothing_came_from_is_asked_whether_that_is_its_id(lists):
    said = load(lists).stderr
    assert "nothing has come from 01AB so far" in said
    assert "there is no administration" in said
