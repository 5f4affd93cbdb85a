"""The log of looks at pupils."""

import pytest
from answer_stage import a_stage

from alerts.desk.audit import Look, Way, looked, looks, purge_audit


@pytest.fixture
def connection(tmp_path):
    with a_stage(tmp_path) as stage, stage.engine.begin() as connection:
        yield connection


def look(connection, at, pupil="p81", school="01AB"):
    looked(connection, at, school, pupil, "m17", Way.ANSWER_PAGE, "alert-1")


def test_a_look_is_listed_with_who_when_whom_and_how(connection):
    look(connection, 100.9)
    assert looks(connection, "01AB") == [Look(100, "01AB", "p81", "m17", "answer page", "alert-1")]


def test_looks_at_one_pupil_are_listed_oldest_first(connection):
    looked(connection, 1, "01AB", None, "h1", Way.EXPORT)
    for at, pupil in ((2, "p81"), (3, "p82"), (4, "p81")):
        look(connection, at, pupil)
    look(connection, 5, school="02CD")
    assert [each.at for each in looks(connection, "01AB")] == [1, 2, 3, 4]
    assert [each.at for each in looks(connection, "01AB", "p81")] == [2, 4]


def test_looks_are_forgotten_after_their_time(connection):
    for at in (1, 2, 3):
        look(connection, at)
    assert purge_audit(connection, 3) == 2
    assert [each.at for each in looks(connection, "01AB")] == [3]
