"""Messages of alerts, read back."""

from alerts.alert import Alert, Cause, State
from alerts.history import ended, histories, most_urgent_first
from alerts.rules import Kind

RULE = Cause("any.10pct", "", {}, ())
QUIET = Cause("quiet", "", {}, ())
LEFT = Cause("left", "", {}, ())


def message(
    name, state, version, *, pupil="p1", kind=Kind.ATTENDANCE, tier=2, day="2026-11-02", causes=None
):
    over = state in (State.CLOSED, State.WITHDRAWN)
    return Alert(
        id=name,
        school="01AB",
        pupil=pupil,
        group=None,
        kind=kind,
        state=state,
        tier=tier,
        opened_on=day,
        as_of=f"2026-11-{version:02}",
        mentor=None,
        audience=[],
        score=None,
        reasons=causes or ((QUIET,) if over else (RULE,)),
        replaces=None,
        version=version,
    )


def ids(found):
    return [each.newest.id for each in found]


def test_the_greatest_version_holds_and_of_equal_ones_the_last():
    sent = [
        message("a", State.OPEN, 3),
        message("a", State.RAISED, 5, tier=3),
        message("a", State.OPEN, 4),
        message("a", State.EASED, 5),
    ]
    (found,) = histories(sent)
    assert found.newest == sent[3]
    assert found.stands


def test_a_closed_alert_keeps_the_ground_that_it_stood_by():
    (found,) = histories([message("a", State.OPEN, 1), message("a", State.CLOSED, 9)])
    assert found.ground == (RULE,)
    assert found.newest.reasons == (QUIET,)
    assert found.ended(by_leaving=False)
    assert not found.stands


def test_a_withdrawn_alert_neither_stands_nor_ended():
    (found,) = histories([message("a", State.OPEN, 1), message("a", State.WITHDRAWN, 2)])
    assert not found.stands
    assert not found.ended(by_leaving=False)


def test_back_is_who_is_missed_no_more_with_the_alert_that_closed_last():
    found = histories(
        [
            message("a", State.CLOSED, 5),
            message("b", State.CLOSED, 9),
            message("c", State.CLOSED, 9, pupil="p2"),
            message("d", State.OPEN, 9, pupil="p2"),
            message("e", State.WITHDRAWN, 9, pupil="p3"),
        ]
    )
    assert ids(ended(found, by_leaving=False)) == ["b"]
    assert ids(ended(found, by_leaving=True)) == []


def test_who_left_while_being_missed_is_not_back():
    found = histories(
        [message("a", State.CLOSED, 5), message("b", State.CLOSED, 9, causes=(LEFT,))]
    )
    assert ids(ended(found, by_leaving=False)) == []
    assert ids(ended(found, by_leaving=True)) == ["b"]


def test_statutory_and_silence_come_first_then_the_tier_then_the_newest():
    found = histories(
        [
            message("mild", State.OPEN, 1, day="2026-11-03"),
            message("milder", State.OPEN, 1, day="2026-11-02"),
            message("grave", State.RAISED, 1, tier=3, day="2026-11-01"),
            message("silent", State.OPEN, 1, kind=Kind.SILENCE),
            message("hours", State.OPEN, 1, kind=Kind.UNAUTHORISED, day="2026-11-04"),
            message("statutory", State.OPEN, 1, kind=Kind.UNAUTHORISED, tier=3),
        ]
    )
    assert ids(most_urgent_first(found)) == [
        *("statutory", "silent", "grave", "hours", "mild", "milder"),
    ]
