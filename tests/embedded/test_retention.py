"""What a node keeps for how long, and that letting go of the rest changes nothing."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from builders import random_long_log
from nodes import Clock, events_in, messages, node, query, send, send_all, standing_in, wait_until

from alerts.alert import Alert, State
from alerts.rules import Kind
from config.settings import DEFAULT_RETENTION, Retention
from streams.embedded.retention import Purged, limits_of, purge
from streams.embedded.store import EventRow, Store, make_log

LEAST = Retention(events_days=1, rejects_days=1, alerts_school_years=0)
LONG_AFTER = "2032-01-01T12:00:00+00:00"


def line(kind: str, recorded: str, **fields) -> bytes:
    said = {"type": kind, "id": f"{kind}-{recorded}", "recorded_at": f"{recorded}T10:00:00Z"}
    return json.dumps({"school": "01AB"} | said | fields).encode()


def register(date: str, **fields) -> bytes:
    said = {"date": date, "session": 1, "marks": [{"pupil": "p1", "status": "absent"}]}
    return line("register", date, **said | fields)


def one_of_each(date: str) -> list[bytes]:
    return [
        line("school", date),
        line("enrolment", date, pupil="p1", **{"from": date}),
        line("calendar", date, date=date, open=True),
        register(date),
        line("close", date, date=date),
        line("response", date, pupil="p1", alert="a1", action="seen"),
        line("erase", date, pupil="p2"),
    ]


def purged(store: Store, at: str, retention: Retention = DEFAULT_RETENTION) -> Purged:
    found = Purged(limits_of(retention, Clock(at)()))
    for _ in purge(store, found):
        assert not store.connection.in_transaction
    return found


@pytest.fixture
def store(tmp_path):
    store = Store(make_log(tmp_path / "node"))
    yield store
    store.close()


def alert(number: int, as_of: str, state: State = State.CLOSED, about: str = "a1") -> Alert:
    return Alert(
        id=about, school="01AB", pupil="p1", group=None, kind=Kind.ATTENDANCE, state=state, tier=2,
        opened_on="2025-01-01", as_of=as_of, mentor=None, audience=[], score=None, reasons=(),
        replaces=None, version=number,
    )  # fmt: skip


def kept_alerts(store: Store) -> list[str]:
    rows = store.connection.execute("SELECT id FROM alert ORDER BY number")
    return [name for (name,) in rows]


def test_registers_closes_and_responses_go_after_400_days_and_the_rest_stays(tmp_path):
    folder = tmp_path / "node"
    with node(folder, Clock("2025-10-22T12:00:00+00:00")) as log:
        send(log, *one_of_each("2025-10-19"))
        send(log, *one_of_each("2025-10-21"))
    store = Store(folder / "log.db")
    found = purged(store, "2026-11-24T12:00:00+00:00")
    store.close()
    assert found.events == 3
    left = [(each["type"], each["recorded_at"][:10]) for each in map(json.loads, events_in(folder))]
    kept_long = ["school", "enrolment", "calendar", "erase"]
    assert sorted(left) == sorted(
        [(kind, "2025-10-19") for kind in kept_long]
        + [(kind, "2025-10-21") for kind in [*kept_long, "register", "close", "response"]]
    )


def test_refused_lines_go_thirty_days_after_they_came(tmp_path):
    folder, clock = tmp_path / "node", Clock("2026-10-24T12:00:00+00:00")
    with node(folder, clock) as log:
        send(log, b'{"type":"party"}')
        clock.move_on(days=2)
        send(log, b'{"type":"ball"}')
        clock.move_to("2026-11-24T12:00:00+00:00")
        wait_until(
            lambda: query(folder, "SELECT line FROM reject") == [(b'{"type":"ball"}',)],
            "the reject that is 31 days old gone, and that of 29 days there",
        )


@pytest.mark.parametrize(
    ("as_of", "today", "is_kept"),
    [
        ("2025-07-31", "2026-07-31", True),
        ("2025-07-31", "2026-08-01", False),
        ("2025-08-01", "2026-08-01", True),
        ("2025-08-01", "2027-07-31", True),
        ("2025-08-01", "2027-08-01", False),
    ],
)
def test_alerts_that_are_over_go_at_the_end_of_the_next_school_year(store, as_of, today, is_kept):
    store.add_alerts(1, 0, [alert(1, as_of)])
    purged(store, f"{today}T12:00:00+00:00")
    assert kept_alerts(store) == ["a1"] * is_kept


def test_a_shorter_setting_keeps_alerts_to_the_end_of_their_own_school_year(store):
    store.add_alerts(1, 0, [alert(1, "2026-07-31"), alert(2, "2026-08-01", about="a2")])
    purged(store, "2026-08-02T12:00:00+00:00", LEAST)
    assert kept_alerts(store) == ["a2"]


def test_what_stands_is_kept_with_all_that_was_said_about_it(store):
    store.add_alerts(
        1, 0, [alert(1, "2020-01-01", State.CLOSED), alert(2, "2020-02-01", State.OPEN)]
    )
    store.add_alerts(
        2, 0, [alert(3, "2020-01-01", State.OPEN, "a2"), alert(4, "2020-01-02", about="a2")]
    )
    purged(store, LONG_AFTER)
    assert kept_alerts(store) == ["a1", "a1"]


def test_all_messages_of_an_alert_go_together_by_the_newest(store):
    store.add_alerts(1, 0, [alert(1, "2020-01-01", State.OPEN), alert(2, "2031-09-01")])
    purged(store, LONG_AFTER)
    assert kept_alerts(store) == ["a1", "a1"]


def test_events_that_are_in_no_page_yet_stay(store):
    store.add_events(EventRow(n, "S1", "register", 1, 1, 1, 1, b"{}") for n in range(10))
    store.set_progress("worked out", 7)
    assert purged(store, LONG_AFTER).events == 7
    left = store.connection.execute("SELECT position FROM event ORDER BY position")
    assert left.fetchall() == [(7,), (8,), (9,)]


def test_events_stay_where_nothing_is_in_a_page_yet(store):
    store.add_events(EventRow(n, "S1", "register", 1, 1, 1, 1, b"{}") for n in range(3))
    assert purged(store, LONG_AFTER).events == 0


def test_a_purge_goes_in_short_steps_and_gives_room_back(tmp_path):
    folder = tmp_path / "node"
    with node(folder, Clock("2020-09-02T12:00:00+00:00")) as log:
        lines = [register("2020-09-01", id=f"r{n}", x="x" * 500) for n in range(3000)]
        send_all(log, [lines])
    store = Store(folder / "log.db")
    before = (folder / "log.db").stat().st_size
    found = Purged(limits_of(DEFAULT_RETENTION, Clock(LONG_AFTER)()))
    most, last = 0, 0
    for _ in purge(store, found):
        most, last = max(most, found.events - last), found.events
    assert found.events == 3000
    assert most <= 500
    store.close()
    after = (folder / "log.db").stat().st_size
    assert found.bytes == before - after > 1_000_000


def test_nothing_purged_is_left_in_the_bytes_of_any_file(tmp_path):
    folder, clock = tmp_path / "node", Clock("2020-09-02T12:00:00+00:00")
    with node(folder, clock) as log:
        send(log, register("2020-09-01", secret="needle-in-a-register"), b'{"needle-refused')
        clock.move_to(LONG_AFTER)
        wait_until(
            lambda: not any(b"needle" in file.read_bytes() for file in folder.iterdir()),
            "nothing of it in any file",
        )


def purged_on(folder: Path) -> int:
    found = query(folder, "SELECT value FROM progress WHERE name = 'purged on'")
    return found[0][0] if found else 0


def test_a_node_purges_by_itself_once_a_night_from_two_o_clock_utc_on(tmp_path):
    folder, clock = tmp_path / "node", Clock("2026-11-24T12:00:00+00:00")
    with node(folder, clock, retention=LEAST) as log:
        wait_until(lambda: purged_on(folder), "the first purge")
        first = purged_on(folder)
        send(log, b'{"type":"party"}')
        clock.move_to("2026-11-26T01:59:00+00:00")
        wait_until(lambda: purged_on(folder) == first + 1, "the missed night made up for")
        assert query(folder, "SELECT count(*) FROM reject") == [(0,)]
        clock.move_to("2026-11-26T02:00:00+00:00")
        wait_until(lambda: purged_on(folder) == first + 2, "the next night")


def test_a_night_that_was_missed_is_made_up_for_at_the_start(tmp_path):
    folder = tmp_path / "node"
    with node(folder, Clock("2020-09-02T12:00:00+00:00")) as log:
        wait_until(lambda: purged_on(folder), "the first purge")
        send(log, register("2020-09-01"), line("school", "2020-09-01"))
    with node(folder, Clock(LONG_AFTER)):
        wait_until(lambda: len(events_in(folder)) == 1, "the old register gone")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_purge_and_a_restart_change_nothing_that_stands_or_is_told_later(tmp_path, seed):
    rng = random.Random(seed)
    lines = random_long_log(rng, trouble=0.9, exceptions=0)
    batches = [lines[start : start + 40] for start in range(0, len(lines), 40)]
    half = len(batches) // 2
    told = []
    for name, retention in (("kept", DEFAULT_RETENTION), ("purged", LEAST)):
        folder, clock = tmp_path / name, Clock("2020-01-01T00:00:00+00:00")
        with node(folder, clock, retention=retention) as log:
            send_all(log, batches[:half])
            before = len(messages(folder))
            if name == "purged":
                first = purged_on(folder)
                clock.move_to(LONG_AFTER)
                wait_until(lambda: purged_on(tmp_path / "purged") != first, "the purge over")  # noqa: B023
                assert not _registers(folder)
            stands = standing_in(folder)
        with node(folder, clock, retention=retention) as log:
            last = max(query(folder, "SELECT max(number) FROM alert"))[0] or 0
            send_all(log, batches[half:])
            later = query(folder, "SELECT message FROM alert WHERE number > ?", last)
        told.append((stands, later))
        assert before > len(stands) > 0
        assert later
    assert told[0] == told[1]


def _registers(folder: Path) -> int:
    return query(folder, "SELECT count(*) FROM event WHERE type = 'register'")[0][0]


def gemist(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gemist", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_gemist_purge_says_what_went_while_a_node_serves(tmp_path):
    folder = tmp_path / "node"
    with node(folder, Clock("2020-09-02T12:00:00+00:00")) as log:
        send(log, *one_of_each("2020-09-01"), b'{"type":"party"}')
        done = gemist("purge", "--data", folder)
        send(log, register("2020-09-02"))
    assert done.returncode == 0, done.stderr
    events, alerts, rejects, desk, disk = done.stdout.splitlines()
    assert events.startswith("events: 3 registers, closes and responses recorded before 20")
    assert alerts.startswith("alerts: 0 messages about what was over before 20")
    assert rejects.startswith("rejects: 1 that came before 20")
    assert desk == "desk: 0 cases, 0 messages to people and 0 looks at pupils"
    assert disk.startswith("disk: ")
    kinds = [json.loads(each)["type"] for each in events_in(folder)]
    assert kinds == ["school", "enrolment", "calendar", "erase", "register"]


def test_gemist_purge_of_no_data_folder_is_one_clear_line(tmp_path):
    done = gemist("purge", "--data", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"gemist: {tmp_path}: no node's data folder: it has no log.db\n"
