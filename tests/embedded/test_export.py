"""What a node gives away: all it was told, all it told, or all about one pupil and nobody else."""

import csv
import json
import random
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from builders import random_log
from engines import cut, standing
from nodes import Clock, closes, events_in, messages, node, send, send_all, standing_in

from alerts.alert import Alert
from streams.replay import Options, replay

CLOCK_AT = "2027-01-05T12:00:00+00:00"
SCHOOL = "01AB"


def gemist(*words: object, **more) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "gemist", *map(str, words)]
    return subprocess.run(command, capture_output=True, check=False, **more)


def school_days(out: Path) -> list[tuple[str, str]]:
    with (out / "school_days.csv").open() as file:
        return [(row["school"], row["date"]) for row in csv.DictReader(file)]


def replayed(log: Path, out: Path) -> list[Alert]:
    replay([str(log)], out, Options("nl"), progress=lambda _: None, stopwatch=lambda: 0.0)
    lines = (out / "alerts.ndjson").read_bytes().splitlines()
    return [msgspec.json.decode(each, type=Alert) for each in lines]


@pytest.mark.parametrize("seed", range(4))
def test_exported_events_replay_to_what_stands_after_a_close_of_the_last_day(tmp_path, seed):
    lines = random_log(random.Random(seed), schools=2, trouble=0.9, erasures=0.3)
    folder, exported = tmp_path / "node", tmp_path / "events.ndjson"
    (tmp_path / "all.ndjson").write_bytes(b"\n".join(lines))
    replayed(tmp_path / "all.ndjson", tmp_path / "first")
    with node(folder, Clock("2025-12-01T12:00:00+00:00")) as log:
        send_all(log, cut(random.Random(seed), lines))
        send(log, *closes(school_days(tmp_path / "first")))
        done = gemist("export", "events", "--data", folder, "--out", exported)
        assert done.returncode == 0, done.stderr
    assert exported.read_bytes() == b"".join(line + b"\n" for line in events_in(folder))
    told = replayed(exported, tmp_path / "replayed")
    assert standing(told) == standing_in(folder)
    assert standing_in(folder)


def test_exported_alerts_are_the_messages_in_order(tmp_path):
    folder = tmp_path / "node"
    with node(folder, Clock(CLOCK_AT)) as log:
        send(log, *random_log(random.Random(1), trouble=0.9, exceptions=0))
        done = gemist("export", "alerts", "--data", folder)
    assert done.returncode == 0, done.stderr
    found = done.stdout.splitlines()
    assert len(found) == len(messages(folder)) > 0
    assert [json.loads(each)["id"] for each in found] == [each.id for each in messages(folder)]
    assert list(json.loads(found[0])) == [
        "id", "school", "pupil", "group", "kind", "state", "tier", "opened_on", "as_of", "mentor",
        "audience", "score", "reasons", "replaces", "version",
    ]  # fmt: skip


def test_an_export_is_for_its_owner_alone_and_never_over_another_file(tmp_path):
    folder, out = tmp_path / "node", tmp_path / "out.ndjson"
    with node(folder):
        pass
    assert gemist("export", "events", "--data", folder, "--out", out).returncode == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    done = gemist("export", "events", "--data", folder, "--out", out, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"gemist: --out {out}: is there already; name a new file\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["node", "out.ndjson"]


# ---- one pupil


def event(kind: str, id_: str, recorded_at: str, **fields) -> bytes:
    said = {"type": kind, "id": id_, "school": SCHOOL, "recorded_at": recorded_at}
    return json.dumps(said | fields).encode()


def mark(pupil: str, status: str = "absent", **fields) -> dict:
    return {"pupil": pupil, "status": status} | fields


def day_of_register(number: int) -> str:
    return f"2026-09-{number:02}"


def a_school() -> list[bytes]:
    """p81 is away, p82 and p81-b are there; some lines are refused."""
    before = "2026-08-20T10:00:00Z"
    lines = [event("school", "s1", before, sessions_per_day=1, name="De Brug")]
    for number, pupil in enumerate(("p81", "p82", "p81-b")):
        lines.append(
            event(
                "enrolment", f"e{number}", before, pupil=pupil, group="4H2", mentor="m17",
                **{"from": "2026-08-24", "x_note": f"about {pupil}"},
            )
        )  # fmt: skip
    for number in (1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15):
        date = day_of_register(number)
        marks = [mark("p81"), mark("p82", "present"), mark("p81-b", "present")]
        lines.append(
            event("register", f"r{number}", f"{date}T09:00:00Z", date=date, session=1, by="t9",
                  group="4H2", marks=marks, minutes=300, x_about="p82")
        )  # fmt: skip
    lines += [
        event("response", "a1", "2026-09-10T12:00:00Z", pupil="p81", alert="a1", action="reported"),
        event("response", "a2", "2026-09-10T12:00:00Z", pupil="p82", alert="a2", action="seen"),
        event(
            "register", "r16", "2026-09-16T09:00:00Z", date="2026-09-16", session=1, by="t9",
            group="4H2", default="present", marks=[mark("p81", "gone"), mark("p82", "lost")],
        ),
        event(
            "register", "r17", "2026-09-16T09:00:00Z", date="2026-09-16", session=13,
            marks=[mark("p81", "late", minutes_missed=12), mark("p82", "late")],
        ),
        event("enrolment", "e9", before, pupil="p81", **{"from": "2026-09-01", "phase": "hbo"}),
        b'{"pupil":"p81","and":"p82"',
    ]  # fmt: skip
    return lines


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "node"
    with node(folder, Clock("2026-09-16T12:00:00+00:00")) as log:
        send(log, *a_school(), sender=SCHOOL)
    return folder


def pupil_of(folder: Path, pupil: str) -> list[dict]:
    done = gemist("export", "pupil", "--data", folder, "--school", SCHOOL, "--pupil", pupil)
    assert done.returncode == 0, done.stderr
    return [json.loads(each) for each in done.stdout.splitlines()]


def test_a_pupils_export_has_every_event_about_them(exported):
    found = [each for each in pupil_of(exported, "p81") if each["store"] == "event"]
    names = [each["event"]["id"] for each in found]
    assert names == ["e0", *(f"r{n}" for n in (1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15)), "a1", "r16"]
    assert found[0]["event"]["x_note"] == "about p81"
    assert found[1] == {
        "store": "event",
        "position": 4,
        "arrived_at": "2026-09-16T12:00:00Z",
        "event": {
            "type": "register", "id": "r1", "school": SCHOOL,
            "recorded_at": "2026-09-01T09:00:00Z", "date": "2026-09-01", "session": 1, "by": "t9",
            "group": "4H2", "minutes": 300, "marks": [{"pupil": "p81", "status": "absent"}],
        },
    }  # fmt: skip


def test_a_pupils_export_says_what_was_refused_about_them(exported):
    found = [each for each in pupil_of(exported, "p81") if each["store"] == "reject"]
    told = [(each["reason"], each["field"], each.get("value")) for each in found]
    assert told == [
        ("status", "marks[0].status", "gone"),
        ("session", "session", None),
        ("phase", "phase", None),
        ("json", None, None),
    ]
    assert found[1]["event"]["marks"] == [mark("p81", "late", minutes_missed=12)]
    assert "event" not in found[3]


def test_a_pupils_export_has_their_alerts_and_what_the_book_says(exported):
    found = pupil_of(exported, "p81")
    told = [each["message"] for each in found if each["store"] == "alert"]
    assert {each["kind"] for each in told} >= {"unauthorised"}
    assert {each["pupil"] for each in told} == {"p81"}
    book = [each for each in found if each["store"] == "page"]
    slots = [each for each in book if each["what"] == "slot"]
    assert len(slots) == 12
    assert slots[0] == {
        "store": "page", "what": "slot", "date": "2026-09-01", "session": 1, "status": "absent",
        "reason": "unknown", "minutes_missed": 300, "said_by": "mark",
        "recorded_at": "2026-09-01T09:00:00Z",
    }  # fmt: skip
    assert slots[-1]["status"] == "withdrawn"  # a refused mark where the default is present
    patterns = next(each for each in book if each["what"] == "patterns")
    assert patterns["as_of"] == "2026-09-15"
    assert patterns["patterns"]["run_days"] == 11
    whats = {each["what"] for each in book}
    assert whats == {"enrolment", "report", "slot", "patterns", "episode", "told"}


def test_a_pupils_export_says_where_a_default_spoke_for_them(exported):
    slots = [each for each in pupil_of(exported, "p81-b") if each.get("what") == "slot"]
    assert [each["said_by"] for each in slots] == ["mark"] * 11 + ["default of the group"]
    assert slots[-1]["status"] == "present"


def test_a_pupils_export_has_nothing_about_anybody_else(exported):
    for pupil, others in (("p81", ("p82", "p81-b")), ("p82", ("p81",)), ("p81-b", ("p82",))):
        found = pupil_of(exported, pupil)
        assert found
        text = json.dumps(found).replace("p81-b", "p81_b" if pupil == "p81-b" else "p81-b")
        for other in others:
            assert other not in text, (pupil, other)


def test_who_is_not_there_is_one_clear_line(exported):
    ask = ("export", "pupil", "--data", exported)
    done = gemist(*ask, "--school", SCHOOL, "--pupil", "p8", text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"gemist: {exported}: nothing is held about such a pupil of school '{SCHOOL}'\n"
    )
    done = gemist(*ask, "--school", "02CD", "--pupil", "p81", text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"gemist: {exported}: nothing ever came from a school '02CD'\n"
