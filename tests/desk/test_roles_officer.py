"""What the officer sees of a school's casebook is the same whatever was recorded with authority.

SEMANTICS.md 6, law of non-interference, through the engine and the desk: two logs that differ in
authorised marks alone, and the same said and done about the alerts of each.
"""

import json
import random

import builders
import engines
from casebooks import at, empty
from core.test_non_interference import LISTED, with_other_authorised_marks
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from alerts.desk.casebook.looking import officers_view
from alerts.desk.casebook.reading import cases, schools
from alerts.desk.casebook.schools import meet_school
from alerts.desk.casebook.taking import take_alerts, take_responses
from alerts.rules import Kind
from models.events.instants import write_instant
from models.events.types import Action, Response

HOUR_DAYS = 1 / 24


def seen(desk: Engine, rng: random.Random, lines: list[bytes]) -> tuple[bytes, bytes]:
    """What officers see of all schools; and all that there is of the other kinds."""
    alerts = engines.run(engines.cut(rng, lines), through="live").alerts
    empty(desk)
    with desk.begin() as connection:
        for school in {each.school for each in alerts}:
            meet_school(connection, school, "2026-11-23")
        take_alerts(connection, [(at(each.version * HOUR_DAYS), each) for each in alerts])
        take_responses(
            connection,
            [
                Response(
                    id=f"r-{each.id}-{action.value}",
                    school=each.school,
                    recorded_at=write_instant(at(each.version * HOUR_DAYS)),
                    pupil=each.pupil,
                    alert=each.id,
                    action=action,
                )
                for each in alerts
                if each.pupil is not None
                for action in (Action.REFERRED, Action.REPORTED, Action.SEEN)
                if random.Random(f"{each.id} {action}").random() < 0.4
            ],
        )
        views = b"".join(officers_view(connection, each) for each in schools(connection))
        others = [
            (case.kind, case.newest)
            for each in schools(connection)
            for case in cases(connection, each)
            if case.kind is not Kind.UNAUTHORISED
        ]
    return views, repr(others).encode()


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=max(2, settings().max_examples // 4))
def test_other_authorised_marks_change_no_byte_of_what_the_officer_sees(
    same_desk: Engine, seed: int
) -> None:
    rng = random.Random(seed)
    lines = builders.random_log(rng, shape=LISTED)
    other, _ = with_other_authorised_marks(rng, lines)
    state = rng.getstate()
    views = []
    for log in (lines, other):
        rng.setstate(state)
        views.append(seen(same_desk, rng, log)[0])
    assert views[0] == views[1]


def test_the_officer_sees_something_and_the_rest_of_the_casebook_differs(
    same_desk: Engine,
) -> None:
    """Else the law above would hold of nothing."""
    rng = random.Random(1)
    shown, differ = 0, 0
    for _ in range(3):
        lines = builders.random_log(rng, shape=LISTED)
        other, _ = with_other_authorised_marks(rng, lines)
        (view, one), (_, another) = seen(same_desk, rng, lines), seen(same_desk, rng, other)
        shown += len(view.splitlines())
        differ += one != another
        kinds = {json.loads(line)["alert"]["kind"] for line in view.splitlines()}
        assert kinds <= {"unauthorised"}
    assert shown > 3
    assert differ > 0
