"""The casebook is the same in whatever order what happened came to it, and however often."""

import random

from casebooks import empty, random_story, rows_of, take, take_in_portions
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from alerts.desk.case import CaseState
from alerts.desk.casebook.reading import cases
from alerts.desk.casebook.rebuilding import rebuild
from alerts.desk.tables import OUTBOX, OUTBOX_CASE


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=settings().max_examples // 2)
def test_any_order_with_any_repetitions_makes_the_same_casebook(
    same_desk: Engine, seed: int
) -> None:
    rng = random.Random(seed)
    story = random_story(rng)
    empty(same_desk)
    take_in_portions(same_desk, story.all, rng)
    expected = rows_of(same_desk)

    empty(same_desk)
    again = story.all + rng.choices(story.all, k=len(story.all) // 2)
    rng.shuffle(again)
    take_in_portions(same_desk, again, rng)

    assert rows_of(same_desk) == expected


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=settings().max_examples // 2)
def test_a_casebook_built_again_is_the_same_and_what_was_said_belongs_to_the_same_cases(
    same_desk: Engine, seed: int
) -> None:
    rng = random.Random(seed)
    story = random_story(rng)
    empty(same_desk)
    take_in_portions(same_desk, story.all, rng)
    with same_desk.begin() as connection:
        found = cases(connection, "01AB")
        connection.execute(OUTBOX.insert().values(**_message(1)))
        if found:
            connection.execute(OUTBOX_CASE.insert(), [_said(case.case) for case in found])
    expected = rows_of(same_desk), rows_of(same_desk, [OUTBOX, OUTBOX_CASE])

    with same_desk.begin() as connection:
        rebuild(connection, story.told, [event for _, event in story.events])

    assert (rows_of(same_desk), rows_of(same_desk, [OUTBOX, OUTBOX_CASE])) == expected


def test_the_random_stories_have_everything_in_them(same_desk: Engine) -> None:
    """Else the laws above would hold of little."""
    states, chains, waiting = set(), 0, 0
    rng = random.Random(3)
    for _ in range(25):
        story = random_story(rng)
        empty(same_desk)
        with same_desk.begin() as connection:
            take(connection, story.all)
            found = cases(connection, "01AB")
        states |= {case.state for case in found}
        rows = rows_of(same_desk)
        alerts_of: dict[int, set[str]] = {}
        for row in rows["told"]:
            alerts_of.setdefault(row[3], set()).add(row[0])
        chains += sum(len(alerts) > 1 for alerts in alerts_of.values())
        waiting += sum(row[-1] is None for row in rows["response"])
    assert states == set(CaseState)
    assert chains > 10
    assert waiting > 3


def _message(number: int) -> dict[str, object]:
    return {
        "message": number, "key": "digest/1", "school": "01AB", "person": "m1", "role": "mentor",
        "what": "digest", "address": "m1@school.example", "subject": "3 new", "content": b"{}",
        "state": "sent", "created_at": 1, "due_at": 1, "tries": 1,
    }  # fmt: skip


def _said(case: int) -> dict[str, object]:
    return {"message": 1, "case": case, "school": "01AB", "pupil": None, "said": "new"}
