"""Who recorded that a pupil was missing, as the node's log has it."""

import json

import pytest
from nodes import node, send

from streams.embedded.recorders import Recorders

DAYS = ("2026-11-24", "2026-11-23")


def register(number, date=DAYS[0], session=1, by="t1", pupil="p81", status="absent", **more):
    said = {
        "type": "register",
        "id": f"r{number}",
        "school": "01AB",
        "recorded_at": f"2026-11-24T08:{number:02}:00Z",
        "date": date,
        "session": session,
        "by": by,
        "marks": [{"pupil": pupil, "status": status}, {"pupil": "p9", "status": "absent"}],
    }
    return json.dumps(said | more).encode()


@pytest.fixture
def asked(tmp_path):
    """Sends registers to a node, and asks who recorded p81 as missing."""

    def ask(*lines, dates=DAYS):
        with node(tmp_path) as log:
            send(log, *lines)
            return Recorders(tmp_path / "log.db")("01AB", "p81", dates)

    return ask


def test_each_who_recorded_a_miss_is_named_with_their_dates(asked):
    found = asked(
        register(1),
        register(2, session=2, by="t2", status="late"),
        register(3, DAYS[1], by="t2", status="left_early"),
        register(4, DAYS[1], session=3, by=None),
    )
    assert found == {"t1": [DAYS[0]], "t2": [*DAYS], None: [DAYS[1]]}


def test_other_dates_other_pupils_and_presence_name_nobody(asked):
    found = asked(
        register(1, "2026-11-20"),
        register(2, pupil="p82"),
        register(3, session=3, status="present"),
        register(4, session=4, status="withdrawn"),
    )
    assert found == {}


def test_of_one_session_the_newest_mark_counts(asked):
    assert asked(register(2, by="t2"), register(1)) == {"t2": [DAYS[0]]}


def test_a_mark_that_was_put_right_names_nobody(asked):
    assert asked(register(1), register(2, status="present")) == {}


def test_a_mark_that_was_refused_counts_for_nothing(asked):
    assert asked(register(1), register(2, by="t2", status="gone")) == {"t1": [DAYS[0]]}


def test_without_a_date_nobody_is_named(asked):
    assert asked(register(1), dates=()) == {}
