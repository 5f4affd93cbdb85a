"""Sickness reaches no attendance officer: SEMANTICS.md 6, law of non-interference.

Two logs that differ in authorised marks alone (why a pupil was away with authority, or whether
at all) have to say the same, byte for byte, in kind ``unauthorised``.
"""

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import builders
import engines
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.alert import Alert
from models.events.checks import read_line
from models.events.instants import read_instant
from models.events.types import Mark, Reason, Register, Status

AUTHORISED = ("medical", "illness", "leave", "suspended", "elsewhere")
"""``elsewhere`` counts as present, so it belongs to what may be exchanged."""
SHAPES = {
    "plain": builders.Shape(trouble=0.9),
    "snowy": builders.SNOWY,
    "troubled": builders.TROUBLED,
    "exceptions": builders.Shape(exceptions=1.0, dates=40, trouble=0.9),
    "no enrolments": builders.Shape(no_enrolments=1.0, trouble=0.9),
}
LISTED = builders.Shape(trouble=0.9, listed=1.0, corrections=0.1)
Slot = tuple[str, str, str, int, int]
Event = dict[str, Any]


def is_authorised(mark: Mark) -> bool:
    """May it be exchanged for any other such mark? Presence is one of them."""
    if mark.status is Status.WITHDRAWN:
        return False
    return mark.status is Status.PRESENT or mark.reason in {Reason(name) for name in AUTHORISED}


def exchanged(rng: random.Random, pupil: str) -> Event:
    """Another mark that says nothing unauthorised."""
    status = rng.choice(("present", "absent", "absent", "late", "left_early"))
    mark = {"pupil": pupil, "status": status, "reason": rng.choice(AUTHORISED)}
    if rng.random() < 0.3:
        mark["minutes_missed"] = rng.randint(0, 600)
    return mark


def registers(lines: Iterable[bytes]) -> Iterator[tuple[bytes, Register]]:
    for line in lines:
        event, _ = read_line(line, 0)
        if isinstance(event, Register):
            yield line, event


def said_once(lines: Iterable[bytes]) -> set[Slot]:
    """Slots with the second of a mark, where no other mark said anything in that second.

    Of two marks of one second the greater holds: to exchange one of them could let the other
    win, and the two books would differ in more than the law speaks of.
    """
    said = Counter(
        _slot(event, mark.pupil)
        for _, event in dict(registers(lines)).items()
        for mark in event.marks or ()
    )
    return {slot for slot, times in said.items() if times == 1}


def _slot(event: Register, pupil: str) -> Slot:
    at = read_instant(event.recorded_at)
    assert at is not None
    return event.school, pupil, event.date, event.session, at


def with_other_authorised_marks(rng: random.Random, lines: list[bytes]) -> tuple[list[bytes], int]:
    """The same log, its authorised marks exchanged; and how many were."""
    once = said_once(lines)
    other: dict[bytes, bytes] = {}
    count = 0
    for line, event in registers(lines):
        marks = []
        said = json.loads(line)
        if line in other or len(said.get("marks") or ()) != len(event.marks or ()):
            continue  # a refused mark is among them: it is no mark of the book
        for mark in event.marks or ():
            if is_authorised(mark) and _slot(event, mark.pupil) in once and rng.random() < 0.8:
                marks.append(exchanged(rng, mark.pupil))
                count += 1
            else:
                marks.append(msgspec.to_builtins(mark))
        other[line] = builders.as_line(said | {"marks": marks})
    return [other.get(line, line) for line in lines], count


def officers_view(alerts: Iterable[Alert]) -> list[bytes]:
    return [msgspec.json.encode(each) for each in alerts if each.kind == "unauthorised"]


def officers_columns(answer: engines.Answer) -> list[tuple[str, ...]]:
    """What ``pupils.csv`` says of law."""
    header, *rows = (line.split(",") for line in answer.pupils_csv.splitlines())
    shown = ("school", "pupil", "as_of", "known_days_60", "unauthorised_minutes_4w",
             "unauthorised_run_days", "late_60", "tier_unauthorised")  # fmt: skip
    return [tuple(row[header.index(name)] for name in shown) for row in rows]


def assert_the_officer_sees_the_same(
    rng: random.Random, lines: list[bytes], other: list[bytes], *, live: bool
) -> None:
    state = rng.getstate()
    views = []
    for log in (lines, other):
        rng.setstate(state)
        answer = engines.run(
            engines.cut(rng, log) if live else [log], through="live" if live else "replay"
        )
        views.append((officers_view(answer.alerts), officers_columns(answer)))
    assert views[0] == views[1]


@given(seed=st.integers(0, 2**32 - 1), shape=st.sampled_from(sorted(SHAPES)))
@settings(max_examples=settings().max_examples // 2)
def test_other_authorised_marks_change_nothing_the_officer_sees(seed: int, shape: str) -> None:
    rng = random.Random(seed)
    lines = builders.random_log(rng, shape=SHAPES[shape])
    other, _ = with_other_authorised_marks(rng, lines)
    assert_the_officer_sees_the_same(rng, lines, other, live=False)
    assert_the_officer_sees_the_same(rng, lines, other, live=True)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=max(1, settings().max_examples // 10))
def test_nor_in_a_long_log(seed: int) -> None:
    rng = random.Random(seed)
    lines = builders.random_long_log(rng)
    other, count = with_other_authorised_marks(rng, lines)
    assert count > 0
    assert_the_officer_sees_the_same(rng, lines, other, live=False)
    assert_the_officer_sees_the_same(rng, lines, other, live=True)


def test_the_random_logs_say_something_to_the_officer_and_much_to_exchange() -> None:
    """Else the law above would hold of nothing."""
    rng = random.Random(1)
    logs = [builders.random_log(rng, shape=LISTED) for _ in range(5)]
    told = [officers_view(engines.run([lines], through="live").alerts) for lines in logs]
    exchanges = [with_other_authorised_marks(rng, lines) for lines in logs]
    assert sum(map(len, told)) > 30
    assert sum(count for _, count in exchanges) > 1000
    others = [engines.run([lines], through="live").alerts for lines, _ in exchanges]
    attendance = [[each for each in alerts if each.kind == "attendance"] for alerts in others]
    assert attendance != [
        [each for each in engines.run([lines], through="live").alerts if each.kind == "attendance"]
        for lines in logs
    ]


@pytest.mark.parametrize("why", ["illness", "elsewhere", None])
def test_an_alert_closes_on_the_same_day_whatever_the_pupil_did_with_authority(
    why: str | None,
) -> None:
    def told(reason: str | None) -> list[Alert]:
        away = {"pupil": "p1", "status": "absent"}
        live = engines.Live()
        for number in range(45):
            day = str(date(2026, 3, 2) + timedelta(days=number))
            mark = away | {"reason": reason} if reason else {"pupil": "p1", "status": "present"}
            if number < 2:
                mark = away
            register = {"type": "register", "id": f"r{number}", "school": "A1", "session": 1}
            said = {"recorded_at": f"{day}T09:00:00Z", "date": day, "marks": [mark]}
            live.hear(builders.as_line(register | said))
        return live.alerts

    view = officers_view(told(why))
    assert view == officers_view(told("medical"))
    assert [json.loads(each)["state"] for each in view] == ["open", "closed"]
