"""A worker goes on with topics that belong together, and says why not with others."""

import pytest

from streams.going_on import Ends, why_not, why_not_again
from streams.position import Position

HELD = Position(events=7, alerts=3, rejects=0, ahead={"s": 9}, log="one")
WHOLE = Ends("one", begin=0, events=9, alerts=3)


def test_what_belongs_together_is_gone_on_with() -> None:
    assert why_not(HELD, WHOLE) is None
    assert why_not(HELD, Ends("", 7, 20, 8)) is None
    assert why_not_again(None, 0, WHOLE) is None
    assert why_not_again(4, 9, Ends("one", 3, 9, 3)) is None


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (Ends("other", 0, 9, 3), "another topic"),
        (Ends("one", 0, 8, 3), "ends before offset 8, and pages hold events up to 9"),
        (Ends("one", 8, 9, 3), "events 7 to 7 are gone"),
        (Ends("one", 0, 9, 2), "alerts ends before offset 2, and messages up to 3"),
    ],
)
def test_what_does_not_is_said(there: Ends, said: str) -> None:
    assert said in (why_not(HELD, there) or "")


def test_alerts_that_know_of_events_that_are_gone_are_not_read_over() -> None:
    assert "alerts know of events up to 10" in (why_not_again(4, 10, WHOLE) or "")
    assert "no page holds the events before 4" in (why_not_again(4, 9, Ends("", 4, 9, 3)) or "")
