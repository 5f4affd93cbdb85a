"""The outbox: nothing twice, nothing lost, tried again with growing pauses, and then dead."""

import pytest
from outbox_builders import LETTER, NOW, mentor, put, rng, rows, states
from sqlalchemy import Engine, insert, select, update

from alerts.desk import directory, outbox
from alerts.desk.channels.address import Channel
from alerts.desk.channels.failure import Reason, Undelivered
from alerts.desk.letter import Letter
from alerts.desk.outbox import Said, State
from alerts.desk.tables import CASE, OUTBOX, OUTBOX_CASE

HOUR, DAY = 3600, 86_400
SERVER_AWAY = Undelivered(Reason.NO_CONNECTION)
NO_SUCH_ADDRESS = Undelivered(Reason.ADDRESS, "550 5.1.1", may_pass=False)


@pytest.fixture
def desk(any_desk: Engine) -> Engine:
    return any_desk


def fail(desk: Engine, failure: Undelivered, now: int) -> State:
    with desk.begin() as connection:
        (first, *_) = outbox.due(connection, now, 1)
        return outbox.failed(connection, first, failure, now, rng())


def due_keys(desk: Engine, now: int, **more: object) -> list[str]:
    with desk.begin() as connection:
        return [each.key for each in outbox.due(connection, now, 100, **more)]


def test_the_same_is_put_once_whatever_it_says_the_second_time(desk):
    other = Letter(subject="else", plain="else", html="else", data={})
    said = (Said(7, "01AB", "p1", "new"),)
    assert put(desk, "digest/1", cases=said)
    assert not put(desk, "digest/1", letter=other, cases=said, now=NOW + 60)
    assert [row["subject"] for row in rows(desk)] == [LETTER.subject]
    with desk.begin() as connection:
        told = connection.execute(select(OUTBOX_CASE.c.case, OUTBOX_CASE.c.said)).all()
    assert told == [(7, "new")]


def test_what_is_due_comes_as_it_was_put_and_longest_due_first(desk):
    put(desk, "later", now=NOW + 60)
    put(desk, "sooner", now=NOW)
    with desk.begin() as connection:
        (first,) = outbox.due(connection, NOW + 30, 10)
        assert (first.key, first.letter, first.created_at, first.tries) == (
            "sooner",
            LETTER,
            NOW,
            0,
        )
    assert due_keys(desk, NOW + 60) == ["sooner", "later"]
    with desk.begin() as connection:
        assert [each.key for each in outbox.due(connection, NOW + 60, 1)] == ["sooner"]


def test_what_no_channel_can_take_now_does_not_stand_in_the_way_of_the_rest(desk):
    put(desk, "mail")
    put(desk, "hook", address="HTTPS://school.example/hook")
    assert due_keys(desk, NOW) == ["mail", "hook"]
    assert due_keys(desk, NOW, channels=[Channel.MAIL]) == ["mail"]
    assert due_keys(desk, NOW, channels=[Channel.WEBHOOK]) == ["hook"]
    assert due_keys(desk, NOW, channels=[]) == []


def test_what_was_sent_is_not_due_again_and_says_when_it_went(desk):
    put(desk)
    with desk.begin() as connection:
        (waiting,) = outbox.due(connection, NOW, 1)
        outbox.sent(connection, waiting.message, NOW + 5)
    assert due_keys(desk, NOW + DAY) == []
    (row,) = rows(desk)
    assert (row["state"], row["sent_at"], row["tries"]) == ("sent", NOW + 5, 1)


def test_pauses_double_from_a_minute_to_six_hours_and_end_after_two_days(desk):
    put(desk)
    now, pauses = NOW, []
    while fail(desk, SERVER_AWAY, now) is State.WAITING:
        (row,) = rows(desk)
        pauses.append(row["due_at"] - now)
        assert due_keys(desk, row["due_at"] - 1) == []
        now = row["due_at"]
    assert [round(each / 60) for each in pauses[:4]] == pytest.approx([1, 2, 4, 8], rel=0.26)
    assert all(4 * HOUR < each < 8 * HOUR for each in pauses[9:])
    assert 1.5 * DAY < sum(pauses) < 3 * DAY
    (row,) = rows(desk)
    assert (row["state"], row["tries"]) == ("dead", 16)
    assert due_keys(desk, now + 30 * DAY) == []


def test_pauses_differ_so_that_not_all_come_back_at_once():
    drawn = rng()
    pauses = {outbox.pause(9, None, drawn) for _ in range(50)}
    assert len(pauses) > 40
    assert all(0.75 <= each / (256 * 60) <= 1.25 for each in pauses)


def test_a_receiver_that_asks_for_more_patience_gets_it_but_not_for_ever(desk):
    put(desk)
    fail(desk, Undelivered(Reason.SERVER, "503", after_seconds=2 * HOUR), NOW)
    assert rows(desk)[0]["due_at"] == NOW + 2 * HOUR
    fail(desk, Undelivered(Reason.SERVER, "503", after_seconds=10**9), NOW + 2 * HOUR)
    assert rows(desk)[0]["due_at"] == NOW + 2 * HOUR + DAY


def test_what_cannot_pass_is_dead_at_once_and_says_why(desk):
    put(desk)
    assert fail(desk, NO_SUCH_ADDRESS, NOW) is State.DEAD
    (row,) = rows(desk)
    assert (row["state"], row["error"]) == ("dead", "the address was refused (550 5.1.1)")


def test_a_message_erased_while_it_was_under_way_stays_erased(desk):
    put(desk)
    with desk.begin() as connection:
        (waiting,) = outbox.due(connection, NOW, 1)
        connection.exec_driver_sql("DELETE FROM outbox")
        outbox.failed(connection, waiting, SERVER_AWAY, NOW, rng())
        outbox.sent(connection, waiting.message, NOW)
    assert rows(desk) == []


def test_the_list_has_what_did_not_go_out_and_nobodys_name(desk):
    put(desk, "refused")
    fail(desk, NO_SUCH_ADDRESS, NOW)
    put(desk, "waits")
    put(desk, "gone")
    with desk.begin() as connection:
        outbox.sent(connection, 3, NOW)
        all_of_them = outbox.listed(connection)
        only_dead = outbox.listed(connection, only_dead=True)
        assert outbox.counted(connection) == {State.WAITING: 1, State.DEAD: 1}
    assert [(each.message, each.state) for each in all_of_them] == [(1, "dead"), (2, "waiting")]
    assert only_dead == all_of_them[:1]
    assert only_dead[0].error == "the address was refused (550 5.1.1)"
    assert "m17" not in repr(all_of_them)
    assert "Noor" not in repr(all_of_them)


def test_the_dead_can_be_sent_again_and_then_have_all_their_tries_again(desk):
    for key in ("one", "two"):
        put(desk, key)
        fail(desk, NO_SUCH_ADDRESS, NOW)
    with desk.begin() as connection:
        assert outbox.retry(connection, [2, 99], NOW + DAY) == [2]
    assert states(desk) == ["dead", "waiting"]
    assert due_keys(desk, NOW + DAY) == ["two"]
    assert rows(desk)[1]["tries"] == 0
    with desk.begin() as connection:
        assert outbox.retry(connection, None, NOW + DAY) == [1, 2]
    assert due_keys(desk, NOW + DAY) == ["one", "two"]


def test_what_goes_again_goes_to_the_address_that_the_directory_has_now(desk):
    for key in ("mended", "of somebody who left"):
        put(desk, key, address="m71@school.example")
        fail(desk, NO_SUCH_ADDRESS, NOW)
    with desk.begin() as connection:
        directory.load(connection, "01AB", [], [mentor("m17@school.example")])
        elsewhere = update(OUTBOX).where(OUTBOX.c.message == 2).values(person="m18")
        connection.execute(elsewhere)
        assert outbox.retry(connection, None, NOW + DAY) == [1, 2]
    addresses = [row["address"] for row in rows(desk)]
    assert addresses == ["m17@school.example", "m71@school.example"]


def test_what_went_out_is_not_sent_again_by_asking_for_all(desk):
    put(desk)
    with desk.begin() as connection:
        outbox.sent(connection, 1, NOW)
        assert outbox.retry(connection, None, NOW) == []
        assert outbox.retry(connection, [1], NOW) == []
    assert states(desk) == ["sent"]


def test_old_messages_are_forgotten_and_what_was_told_of_a_case_while_there_is_one(desk):
    put(desk, "of a case that is kept", cases=(Said(7, "01AB", "p1", "new"),))
    put(desk, "of one that is not", cases=(Said(8, "01AB", "p2", "new"),))
    put(desk, "new", now=NOW + 91 * DAY)
    put(desk, "still waits")
    with desk.begin() as connection:
        connection.execute(insert(CASE).values(case=7, **A_CASE))
        for message in (1, 2):
            outbox.sent(connection, message, NOW)
        outbox.sent(connection, 3, NOW + 91 * DAY)
        assert outbox.forget(connection, NOW + 1) == 2
        assert outbox.forget(connection, NOW + 1) == 0
        kept_said = connection.execute(select(OUTBOX_CASE.c.message, OUTBOX_CASE.c.said)).all()
    kept, *others = rows(desk)
    assert (kept["content"], kept["subject"], kept["address"]) == (b"", "", "")
    assert (kept["person"], kept["sent_at"]) == ("m17", NOW)
    assert [row["key"] for row in others] == ["new", "still waits"]
    assert kept_said == [(1, "new")]


def test_a_message_whose_text_is_forgotten_cannot_be_sent_again(desk):
    put(desk, cases=(Said(7, "01AB", "p1", "new"),))
    fail(desk, NO_SUCH_ADDRESS, NOW)
    with desk.begin() as connection:
        connection.execute(insert(CASE).values(case=7, **A_CASE))
        outbox.forget(connection, NOW + 91 * DAY)
        assert outbox.retry(connection, None, NOW + 92 * DAY) == []


A_CASE = {
    "school": "01AB",
    "pupil": "p1",
    "kind": "attendance",
    "state": "seen",
    "alert_state": "open",
    "tier": 2,
    "highest_tier": 2,
    "opened_on": "2026-11-02",
    "as_of": "2026-11-02",
    "first_told_at": NOW,
    "changed_at": NOW,
    "alert": "a1",
    "message": b"{}",
}


def test_what_waited_for_days_without_being_tried_counts_as_not_told(desk):
    said = (Said(7, "01AB", "p1", "new"),)
    put(desk, "old", cases=said)
    put(desk, "tried lately", cases=said, now=NOW)
    put(desk, "new", cases=said, now=NOW + 4 * DAY)
    with desk.begin() as connection:
        (old, lately) = outbox.due(connection, NOW, 2)
        assert (old.key, lately.key) == ("old", "tried lately")
        outbox.failed(connection, lately, SERVER_AWAY, NOW + 4 * DAY, rng())
        assert outbox.take_back_stale(connection, NOW + 4 * DAY, ["digest"]) == 0
        assert outbox.take_back_stale(connection, NOW + 4 * DAY + 1, ["at once"]) == 0
        assert outbox.take_back_stale(connection, NOW + 4 * DAY + 1, ["digest"]) == 1
        left = connection.execute(select(OUTBOX_CASE.c.message)).all()
    assert [row["key"] for row in rows(desk)] == ["tried lately", "new"]
    assert len(left) == 2
