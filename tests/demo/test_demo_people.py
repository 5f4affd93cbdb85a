"""The demo's directory: invented, and loaded as a school's own is."""

from contextlib import closing
from datetime import date

import pytest

from alerts.desk.casebook.reading import school_facts
from alerts.desk.database import open_desk
from alerts.desk.directory import counts, people_of, pupil_names
from alerts.desk.lists import read_people, write_people
from alerts.roles import Role
from alerts.words import Language
from gemist.demo.outgoing import Outgoing
from gemist.demo.people import invent, load_directories
from gemist.demo.plan import DemoPlan
from streams.embedded.folder import desk_of

TUESDAY = date(2026, 11, 24)


def beginning():
    return DemoPlan(pupils=120, schools=2, seed=7).beginning().events


@pytest.fixture(scope="module")
def lists():
    return invent(beginning(), Language.ENGLISH)


def test_names_are_the_same_every_time(lists):
    assert invent(beginning(), Language.ENGLISH) == lists


def test_mentors_are_written_to_in_both_languages_and_each_school_has_its_roles(lists):
    assert set(lists) == {"s001", "s002"}
    for each in lists.values():
        mentors = [one.language for one in each.people if one.role is Role.MENTOR]
        assert {Language.DUTCH, Language.ENGLISH} == set(mentors)
        assert {Role.CARE_TEAM, Role.ADMINISTRATION, Role.LEADERSHIP} < {
            one.role for one in each.people
        }


def test_in_a_dutch_demo_everybody_is_written_to_in_dutch():
    of_schools = invent(beginning(), Language.DUTCH).values()
    assert {one.language for each in of_schools for one in each.people} == {Language.DUTCH}
    assert len({one.name for each in of_schools for one in each.people}) > 5


def test_they_are_lists_that_a_school_could_load(lists):
    people = lists["s001"].people
    read, faults = read_people("s001", "people.csv", write_people(people).encode())
    assert faults == []
    assert sorted(map(str, read)) == sorted(map(str, people))


def test_they_are_loaded_and_the_school_begins_on_its_day(lists, tmp_path):
    load_directories(tmp_path, lists, TUESDAY)
    engine = open_desk(desk_of(tmp_path, ""))
    with engine.begin() as connection:
        pupils, roles = counts(connection, "s001")
        facts = school_facts(connection, "s001")
        first = lists["s001"].pupils[0]
        names = pupil_names(connection, "s001", [first.pupil])
        assert people_of(connection, "s001")
    engine.dispose()
    assert pupils == len(lists["s001"].pupils) > 50
    assert roles[Role.MENTOR] > 1
    assert facts.began_on == "2026-11-24"
    assert names[first.pupil].name == first.name


def test_mail_is_out_when_digests_are_made_and_nothing_waits(lists, tmp_path):
    load_directories(tmp_path, lists, TUESDAY)
    engine = open_desk(desk_of(tmp_path, ""))

    def run(sql):
        with engine.begin() as connection:
            connection.exec_driver_sql(sql)

    with closing(Outgoing(tmp_path)) as outgoing:
        assert not outgoing.is_out({"s001"}, TUESDAY)
        run(f"INSERT INTO progress VALUES ('digest/s001', {TUESDAY.toordinal()})")
        assert outgoing.is_out({"s001"}, TUESDAY)
        assert not outgoing.is_out({"s001", "s002"}, TUESDAY)
        run(
            "INSERT INTO outbox (key, school, person, role, what, address, subject, content,"
            " state, created_at, due_at, tries) VALUES ('k', 's001', 'm1', 'mentor', 'digest',"
            " 'm1@s001.example', 's', x'', 'waiting', 0, 0, 0)"
        )
        assert not outgoing.is_out({"s001"}, TUESDAY)
    engine.dispose()
