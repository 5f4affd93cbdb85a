"""The stream of messages: what a reader who sees nothing else may rely on (SEMANTICS.md 6)."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import builders
import engines
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import outputs
from reference.episodes import School
from reference.log import read_log

from alerts.alert import MOST_DATES, Alert, State, alert_id
from alerts.rules import Kind, rules_of
from streams.step import Batch, Engine

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = {
    "plain": builders.Shape(trouble=0.9),
    "snowy": builders.SNOWY,
    "troubled": builders.TROUBLED,
    "corrected": builders.Shape(corrections=0.7, trouble=0.9, moves=0.5),
    "erased": builders.Shape(erasures=0.5, trouble=0.9),
}
SHAPE_NAMES = st.sampled_from(sorted(SHAPES))
OVER = (State.CLOSED, State.WITHDRAWN)
CLOSING = {"left", "back", "quiet"}


def a_log(seed: int, shape: str) -> list[bytes]:
    return builders.random_log(random.Random(seed), shape=SHAPES[shape])


def streams(seed: int, shape: str) -> Iterator[tuple[list[bytes], list[Alert], bool]]:
    """One log, as a replay tells of it, and as a live engine does; and is it live?"""
    lines = a_log(seed, shape)
    yield lines, engines.run([lines]).alerts, False
    batches = list(engines.cut(random.Random(seed), lines))
    yield lines, engines.run(batches, through="live").alerts, True


@given(seed=SEEDS, shape=SHAPE_NAMES)
@settings(max_examples=settings().max_examples // 2)
def test_every_message_makes_sense_after_those_before_it(seed: int, shape: str) -> None:
    for lines, alerts, is_live in streams(seed, shape):
        newest: dict[str, Alert] = {}
        version = 0
        for alert in alerts:
            assert alert.version >= version  # all are of one school
            version = alert.version
            before = newest.get(alert.id)
            assert_is_well_formed(alert)
            if before is None:
                assert_may_be_first(alert)
            else:
                assert_follows(alert, before, is_live=is_live)
            if alert.replaces is not None:
                assert_replaces(alert, newest[alert.replaces], alerts)
            newest[alert.id] = alert
        assert version <= len(lines)
        assert_one_alert_stands_of_each_pupil_and_kind(newest)


def assert_is_well_formed(alert: Alert) -> None:
    about = alert.group if alert.kind is Kind.GROUP else alert.pupil
    assert alert.id == alert_id(
        alert.school, about, alert.kind, date.fromisoformat(alert.opened_on).toordinal()
    )
    assert (alert.pupil is None) == (alert.kind is Kind.GROUP)
    assert alert.tier in (2, 3)
    assert alert.score is None
    assert alert.audience
    assert alert.opened_on <= alert.as_of or alert.state in OVER
    codes = {reason.code for reason in alert.reasons}
    known = {rule.id: rule for pack in ("nl", "any") for rule in rules_of(pack).rules}
    if alert.state is State.CLOSED:
        assert len(codes & CLOSING) == len(alert.reasons) == 1
        assert ("back" in codes) <= (alert.kind is Kind.SILENCE)
        assert ("quiet" in codes) <= (alert.kind is not Kind.SILENCE)
    elif alert.state is not State.WITHDRAWN:
        assert codes
        assert codes <= {"common-cause"} | set(known)
        assert all(known[code].kind is alert.kind for code in codes - {"common-cause"})
        assert ("common-cause" in codes) == (alert.kind is Kind.GROUP)
    for reason in alert.reasons:
        assert len(reason.dates) <= MOST_DATES
        assert list(reason.dates) == sorted(set(reason.dates), reverse=True)
        assert all(day <= alert.as_of for day in reason.dates)
        assert all(value is None or value >= 0 for value in reason.figures.values())


def assert_may_be_first(alert: Alert) -> None:
    """What was never told cannot be over; it may have been raised or eased meanwhile."""
    assert alert.state not in OVER
    if alert.kind in (Kind.SILENCE, Kind.GROUP):
        assert (alert.state, alert.tier) == (State.OPEN, 2)


def assert_follows(alert: Alert, before: Alert, *, is_live: bool) -> None:
    """Something that a reader acts on has changed; live, at a close, figures may have."""
    for name in ("school", "pupil", "kind", "opened_on"):
        assert getattr(alert, name) == getattr(before, name)
    changed = any(
        getattr(alert, name) != getattr(before, name)
        for name in ("state", "tier", "mentor", "group")
    )
    assert changed or (is_live and alert.reasons != before.reasons)
    if alert.state in OVER:
        assert (alert.tier, alert.group, alert.mentor) == (
            before.tier, before.group, before.mentor,
        )  # fmt: skip


def assert_replaces(alert: Alert, replaced: Alert, alerts: Sequence[Alert]) -> None:
    assert replaced.state is State.WITHDRAWN
    assert replaced.version == alert.version
    assert (replaced.school, replaced.pupil, replaced.kind) == (
        alert.school, alert.pupil, alert.kind,
    )  # fmt: skip
    if alert.kind is Kind.GROUP:
        assert replaced.group == alert.group
    withdrawn_with_it = [
        each.opened_on
        for each in alerts
        if (each.pupil, each.kind, each.version) == (alert.pupil, alert.kind, alert.version)
        and each.state is State.WITHDRAWN
        and (each.kind is not Kind.GROUP or each.group == alert.group)
    ]
    assert replaced.opened_on == max(withdrawn_with_it)


def assert_one_alert_stands_of_each_pupil_and_kind(newest: dict[str, Alert]) -> None:
    standing = [
        (each.school, each.pupil or each.group, each.kind)
        for each in newest.values()
        if each.state not in OVER
    ]
    assert len(standing) == len(set(standing))


# ---- what is told at a close is what stands then


def standing_on_closed_days(lines: Sequence[bytes]) -> list[engines.Row]:
    """What the naive implementation lets stand when nothing speaks on the open day."""
    schools = [School(book, "nl", ended=False) for book in read_log(lines).books()]
    for school in schools:
        school.open_day = None
    return sorted(outputs.standing_rows(schools))


@given(seed=SEEDS, shape=SHAPE_NAMES)
@settings(max_examples=settings().max_examples // 4)
def test_what_a_replay_has_told_at_a_close_is_what_stands_then(seed: int, shape: str) -> None:
    """A replay tells late, so as to work in blocks, but under the version of the close."""
    lines = a_log(seed, shape)
    alerts = engines.run([[line] for line in lines]).alerts
    line_of = lines_by_version(lines)
    versions = sorted({alert.version for alert in alerts})[:-1]
    for version in random.Random(seed).sample(versions, min(3, len(versions))):
        told = [alert for alert in alerts if alert.version <= version]
        upto = lines[: line_of[version]]
        assert engines.standing(told) == standing_on_closed_days(upto)


def lines_by_version(lines: Sequence[bytes]) -> dict[int, int]:
    """Version of the only school → number of the line that made it."""
    engine = Engine("none", live=True)
    found: dict[int, int] = {}
    for number, line in enumerate(lines, start=1):
        engine.step(Batch([line], [number]))
        for school in engine.schools.values():
            found.setdefault(school.book.version, number)
    return found


# ---- erased


def erased_log(*, until_the_end: bool) -> list[bytes]:
    head: dict[str, Any] = {"school": "A1", "type": "register", "session": 1}
    lines = []
    for number in range(1, 6):
        day = f"2026-03-{number:02}"
        marks = [{"pupil": pupil, "status": "absent"} for pupil in ("p1", "p2")]
        said = {"id": f"r{number}", "recorded_at": f"{day}T09:00:00Z", "date": day, "marks": marks}
        lines.append(builders.as_line(head | said))
    erase = {"school": "A1", "type": "erase", "id": "x1", "pupil": "p1"}
    at = "2026-03-09T09:00:00Z" if until_the_end else "2026-03-02T20:00:00Z"
    return [*lines, builders.as_line(erase | {"recorded_at": at})]


@pytest.mark.parametrize("until_the_end", [True, False])
def test_an_erasure_withdraws_what_was_told_of_the_pupil_and_of_nobody_else(
    *, until_the_end: bool
) -> None:
    live = engines.Live()
    for line in erased_log(until_the_end=until_the_end):
        told = live.hear(line)
    assert {alert.pupil for alert in told} == {"p1"}
    assert {alert.state for alert in told} == {State.WITHDRAWN}
    assert {row[2] for row in live.standing} == {"p2"}


def test_an_alert_as_json_has_the_fields_that_outputs_name() -> None:
    (alert, *_) = engines.run([erased_log(until_the_end=True)], through="live").alerts
    as_json = msgspec.to_builtins(alert)
    assert list(as_json) == [
        "id", "school", "pupil", "group", "kind", "state", "tier", "opened_on", "as_of", "mentor",
        "audience", "score", "reasons", "replaces", "version",
    ]  # fmt: skip
    json.dumps(as_json)


# ---- leaving, and coming back


@pytest.mark.parametrize("live", [False, True], ids=["replay", "live"])
def test_who_comes_back_finds_the_same_alert_with_the_reasons_of_the_day_a_rule_last_held(
    *, live: bool
) -> None:
    """Meanwhile it was reported: no rule holds any more. That the pupil left is no reason."""
    enrolment = {"type": "enrolment", "school": "A1", "recorded_at": "2026-02-01T09:00:00Z"}
    away_for_a_week = {"from": "2026-03-04", "until": "2026-03-10", "status": "exempt"}
    report = {"type": "response", "id": "a1", "school": "A1", "recorded_at": "2026-03-03T15:00:00Z",
              "pupil": "p1", "alert": "x", "action": "reported"}  # fmt: skip
    lines = [
        builders.as_line(enrolment | {"id": "e1", "pupil": "p1", "from": "2026-02-01"}),
        builders.as_line(enrolment | {"id": "e2", "pupil": "p1"} | away_for_a_week),
    ]
    for number in range(1, 13):
        day = f"2026-03-{number:02}"
        lines.append(away(day, 1, status="absent" if number < 3 else "present"))
    lines.insert(5, builders.as_line(report))
    alerts = engines.run([[line] for line in lines], through="live" if live else "replay").alerts
    told = [
        (alert.state, alert.opened_on, alert.as_of, [reason.code for reason in alert.reasons])
        for alert in alerts
        if alert.kind == "unauthorised" and alert.as_of > "2026-03-03"
    ]
    assert told == [
        (State.CLOSED, "2026-03-02", "2026-03-04", ["left"]),
        (State.OPEN, "2026-03-02", "2026-03-11", ["nl.8h"]),
    ]


# ---- a replay's messages do not hang on how its lines were cut


def away(
    day: str,
    session: int,
    group: str | None = None,
    at: str = "09:00:00",
    status: str = "absent",
) -> bytes:
    mark = {"pupil": "p1", "status": status, "minutes_missed": 300}
    return builders.as_line(
        {"type": "register", "id": f"r-{day}-{session}-{group}", "school": "A1", "session": session,
         "recorded_at": f"{day}T{at}Z", "date": day, "group": group, "marks": [mark]}
    )  # fmt: skip


def test_a_day_that_closes_with_its_first_register_is_told_of_without_its_second() -> None:
    """Its ``close`` came before it; two registers of one date are two events all the same."""
    close = {"type": "close", "id": "k1", "school": "A1"}
    lines = [
        builders.as_line(close | {"recorded_at": "2026-03-02T20:00:00Z", "date": "2026-03-02"}),
        away("2026-03-02", 1),  # 300 minutes: nothing
        away("2026-03-02", 2),  # 600: told when the log is over, two events later
        builders.as_line(close | {"recorded_at": "2026-03-01T20:00:00Z", "date": "2026-03-01"}),
    ]
    whole = engines.run([lines]).alerts
    one_by_one = engines.run([[line] for line in lines]).alerts
    assert [alert.version for alert in one_by_one if alert.kind == "unauthorised"] == [4]
    assert engines.by_subject(whole) == engines.by_subject(one_by_one)


def test_a_day_whose_next_day_came_first_is_over_with_its_first_register() -> None:
    lines = [away("2026-03-03", 1, status="present"), away("2026-03-02", 1), away("2026-03-02", 2)]
    for alerts in (engines.run([lines]).alerts, engines.run([[line] for line in lines]).alerts):
        (opened,) = [alert for alert in alerts if alert.kind == "unauthorised"]
        assert (opened.version, opened.as_of) == (3, "2026-03-03")


def test_a_schools_day_may_be_over_before_anything_was_said_about_the_next() -> None:
    """At a school of exceptions a weekday needs no register: the 4th's is ahead of its time."""
    school = {"type": "school", "id": "s1", "school": "A1", "reporting": "exceptions"}
    lines = [
        builders.as_line(school | {"recorded_at": "2026-03-01T09:00:00Z", "sessions_per_day": 3}),
        away("2026-03-04", 1, at="09:00:00").replace(b"2026-03-04T", b"2026-03-01T"),
        away("2026-03-02", 1),
        away("2026-03-02", 2).replace(b"2026-03-02T", b"2026-03-03T"),  # the 2nd is over
        away("2026-03-02", 3).replace(b"2026-03-02T", b"2026-03-03T"),
    ]
    for alerts in (engines.run([lines]).alerts, engines.run([[line] for line in lines]).alerts):
        (opened, *_) = [alert for alert in alerts if alert.kind == "unauthorised"]
        assert (opened.version, opened.as_of) == (4, "2026-03-02")
        assert opened.reasons[0].figures == {"unauthorised_minutes_4w": 600}


def test_two_days_that_close_with_registers_of_one_date_close_each_with_its_own() -> None:
    """In Pago Pago, 11 hours behind, a morning's registers in UTC are recorded the day before."""
    school = {"type": "school", "id": "s1", "school": "A1", "timezone": "Pacific/Pago_Pago"}
    lines = [
        builders.as_line(school | {"recorded_at": "2026-05-01T09:00:00Z"}),
        away("2026-05-05", 1, at="20:00:00"),
        away("2026-05-05", 2, at="20:00:00"),
        away("2026-05-06", 1, at="08:00:00"),  # there it is the 5th: no school day yet
        away("2026-05-07", 1, at="08:00:00"),  # the 6th: the 5th is over
        away("2026-05-07", 2, at="20:00:00"),  # the 7th: the 6th is over
    ]
    for alerts in (engines.run([lines]).alerts, engines.run([[line] for line in lines]).alerts):
        (opened, *_) = [alert for alert in alerts if alert.kind == "unauthorised"]
        assert (opened.version, opened.as_of) == (5, "2026-05-05")


@given(seed=SEEDS, shape=SHAPE_NAMES)
@settings(max_examples=settings().max_examples)
def test_a_replay_says_the_same_whatever_the_batches(seed: int, shape: str) -> None:
    lines = a_log(seed, shape)
    whole = engines.run([lines]).alerts
    for batches in ([[line] for line in lines], engines.cut(random.Random(seed), lines)):
        assert engines.by_subject(engines.run(batches).alerts) == engines.by_subject(whole)


@given(seed=SEEDS)
@settings(max_examples=max(1, settings().max_examples // 10))
def test_a_replay_of_a_long_log_says_the_same_whatever_the_batches(seed: int) -> None:
    rng = random.Random(seed)
    lines = builders.random_long_log(rng)
    whole = engines.run([lines]).alerts
    assert engines.by_subject(engines.run(engines.cut(rng, lines)).alerts) == engines.by_subject(
        whole
    )
