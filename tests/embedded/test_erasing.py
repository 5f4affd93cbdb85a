"""After an erasure no byte of the pupil is left in the data folder, but in the erase event."""

import csv
import json
import random
import re
from pathlib import Path

import msgspec
import pytest
import zstandard
from builders import random_log
from engines import cut, standing
from nodes import (
    Clock,
    closes,
    events_in,
    messages,
    node,
    query,
    send,
    send_all,
    standing_in,
    wait_until,
)

from alerts.alert import Alert
from streams.embedded import vacuum
from streams.replay import Options, replay

SCHOOL = "01AB"
BEFORE, ERASED_AT, AFTER = "2026-09-01T10:00:00Z", "2026-09-20T10:00:00Z", "2026-09-21T10:00:00Z"
ZSTD = b"\x28\xb5\x2f\xfd"


def event(kind: str, id_: str, recorded_at: str = BEFORE, **fields) -> bytes:
    said = {"type": kind, "id": id_, "school": SCHOOL, "recorded_at": recorded_at}
    return json.dumps(said | fields).encode()


def enrolment(pupil: str, recorded_at: str = BEFORE, **fields) -> bytes:
    return event(
        "enrolment", f"e-{pupil}", recorded_at, pupil=pupil, **{"from": "2026-08-24"}, **fields
    )


def register(date: str, *pupils: str, id_: str = "", recorded_at: str = "", **fields) -> bytes:
    marks = [{"pupil": pupil, "status": "absent"} for pupil in pupils]
    at = recorded_at or f"{date}T09:00:00Z"
    said = {"date": date, "session": 1, "minutes": 300, "marks": marks} | fields
    return event("register", id_ or f"r-{date}", at, **said)


def erase(pupil: str, at: str = ERASED_AT) -> bytes:
    return event("erase", "x-1", at, pupil=pupil)


def bytes_of(folder: Path) -> list[bytes]:
    """Every file's bytes, and what each compressed frame in them holds."""
    found = []
    for file in sorted(folder.iterdir()):
        held = file.read_bytes()
        found.append(held)
        found += [_unpacked(held[at:]) for at in _places(held, ZSTD)]
    found += [_unpacked(page[12:]) for (page,) in query(folder, "SELECT content FROM page")]
    return found


def _places(held: bytes, of: bytes) -> list[int]:
    return [found.start() for found in re.finditer(re.escape(of), held)]


def _unpacked(frame: bytes) -> bytes:
    """As much of a frame as can be unpacked: SQLite may have cut it in pieces."""
    unpack = zstandard.ZstdDecompressor().decompressobj()
    held = b""
    try:
        for at in range(0, len(frame), 512):
            held += unpack.decompress(frame[at : at + 512])
    except zstandard.ZstdError:
        return held
    return held


def is_named(folder: Path, pupil: str, others: tuple[str, ...] = ()) -> bool:
    """Does a pupil's id stand anywhere but in erase events, and in the ids of others?"""
    allowed = [line for line in events_in(folder) if json.loads(line)["type"] == "erase"]
    named = re.compile(rb"(?<![A-Za-z0-9])%b(?![A-Za-z0-9])" % re.escape(pupil.encode()))
    for held in bytes_of(folder):
        text = held
        for line in allowed:
            text = text.replace(line, b"")
        for other in others:
            text = text.replace(other.encode(), b"")
        if named.search(text):
            return True
    return False


def wait_for_erasure(folder: Path, pupil: str, others: tuple[str, ...] = ()) -> None:
    wait_until(lambda: not is_named(folder, pupil, others=others), f"{pupil} in no file")


def a_school() -> list[bytes]:
    days = [f"2026-09-{day:02}" for day in (1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15, 16)]
    return [
        *(enrolment(pupil, x_friend="p81") for pupil in ("p81", "p8", "p81-b", "p82")),
        *(register(day, "p81", "p8", "p81-b", x_note="p81 again") for day in days),
        event("response", "a1", "2026-09-10T12:00:00Z", pupil="p81", alert="a1", action="reported"),
        event("response", "a2", "2026-09-10T12:00:00Z", pupil="p82", alert="a1", action="seen"),
    ]


def told_of(folder: Path) -> set[str | None]:
    return {each.pupil for each in messages(folder)}


def test_after_an_erasure_no_file_names_the_pupil_while_the_node_runs_and_after_it(tmp_path):
    folder = tmp_path / "node"
    with node(folder, Clock(ERASED_AT.replace("Z", "+00:00"))) as log:
        send(log, *a_school())
        assert "p81" in told_of(folder)
        assert is_named(folder, "p81", others=("p81-b",))
        send(log, erase("p81"))
        wait_for_erasure(folder, "p81", others=("p81-b",))
    assert not is_named(folder, "p81", others=("p81-b",))
    assert told_of(folder) == {"p8", "p81-b", "p82"}
    assert sum(b'"p81"' in line for line in events_in(folder)) == 1


def test_others_keep_everything(tmp_path):
    told, kept = [], []
    for name, lines in (
        ("with", [*a_school(), erase("p81")]),
        (
            "without",
            [each for each in a_school() if b'"pupil": "p81", ' not in each or b"marks" in each],
        ),
    ):
        folder = tmp_path / name
        with node(folder) as log:
            for line in lines:
                send(log, line)
        others = [each for each in messages(folder) if each.pupil != "p81"]
        told.append({(each.id, each.state, each.tier, each.as_of) for each in others})
        kept.append([json.loads(each) for each in events_in(folder)])
    assert told[0] == told[1] != set()
    marks = [[each["pupil"] for each in line["marks"]] for line in kept[0] if "marks" in line]
    assert marks == [["p8", "p81-b"]] * 12
    about = [line.get("pupil") for line in kept[0] if line["type"] in ("enrolment", "response")]
    assert about == ["p8", "p81-b", "p82", "p82"]


def test_lines_of_others_that_do_not_name_the_pupil_stay_byte_for_byte(tmp_path):
    folder = tmp_path / "node"
    lines = [
        register("2026-09-01", "p8", id_="m:p81-b:1", x_note="p81x"),
        register("2026-09-02", "p81-b", id_="m:p81-b:2"),
        register("2026-09-03", "p8181", id_="m:p8:3"),
    ]
    with node(folder) as log:
        send(log, register("2026-09-01", "p81", "p82", id_="m:p81:0"), *lines[1:])
        send(log, erase("p81"))
        wait_for_erasure(folder, "p81", others=("p81-b",))
    assert events_in(folder)[1:3] == lines[1:]


@pytest.mark.parametrize(
    "line",
    [
        enrolment("p81").replace(b'"p81"', rb'"p\u00381"'),
        register("2026-09-01", "p81", id_="m:p81:1"),
        register("2026-09-01", "p82", id_="m:p81:1"),
        register("2026-09-01", "p82", x_deep=[{"a": ["of p81."]}], big=10**400),
        register(
            "2026-09-01", marks=[{"pupil": "p82", "status": "p81"}, "p81", {"pupil": ["p81"]}]
        ),
        register("2026-09-01", marks=[{"pupil": "p81", "status": "gone", "x": "p81"}]),
        register("2026-09-01", "p81", session=13),
        register("2026-09-01", "p81").replace(b"}", b""),
        register("2026-09-01", "p81", recorded_at="2028-09-01T10:00:00Z", session=13),
        event("school", "s1", name={"of": ["p81"]}),
        event("calendar", "c1", date="2026-09-01", open=True, reason="p81's birthday"),
        enrolment("p82", x_sibling="p81"),
        rb'{"type":"party","\u0070upil":"\u0070\u0038\u0031"}',
        b"p81",
    ],
)
@pytest.mark.parametrize("order", ["before", "after", "after a restart"])
def test_however_a_line_names_the_pupil(tmp_path, line, order):
    """Recorded before the erasure, whether it arrives before or after it."""
    folder, clock = tmp_path / "node", Clock("2026-09-20T09:00:00+00:00")
    lines = {"before": [line, erase("p81")], "after": [erase("p81"), line]}
    with node(folder, clock) as log:
        if order != "after a restart":
            send(log, *lines[order][:1], sender=SCHOOL)
            send(log, *lines[order][1:], sender=SCHOOL)
        else:
            send(log, erase("p81"))
        wait_for_erasure(folder, "p81")
    if order == "after a restart":
        with node(folder, clock) as log:
            send(log, line, sender=SCHOOL)
            wait_for_erasure(folder, "p81")
    assert not is_named(folder, "p81")
    assert [json.loads(each)["type"] for each in events_in(folder)].count("erase") == 1


def test_a_mark_that_was_refused_is_refused_again_when_a_line_is_written_anew(tmp_path):
    folder = tmp_path / "node"
    bad = [
        {"pupil": "p82", "status": "p81"}, {"pupil": "p82", "status": ["p81"]}, 7,
        {"pupil": "p82", "status": "absent", "minutes_missed": 601},
        {"pupil": "p81", "status": "late"},
    ]  # fmt: skip
    with node(folder) as log:
        outcome = send(log, register("2026-09-01", marks=bad))[0]
        send(log, erase("p81"))
        (line, _) = events_in(folder)
        again = send(log, line)[0]
    assert [each.reason for each in again.rejects] == [each.reason for each in outcome.rejects]
    assert len(json.loads(line)["marks"]) == 4


def test_what_was_recorded_after_the_erasure_stays(tmp_path):
    folder, clock = tmp_path / "node", Clock("2026-11-24T10:00:00+00:00")
    back = [
        enrolment("p81", AFTER),
        *(register(f"2026-10-{day:02}", "p81", "p8") for day in (1, 2, 5, 6, 7, 8, 9, 12, 13, 14)),
    ]
    refused = register("2026-10-15", "p81", session=13)
    with node(folder, clock) as log:
        send(log, *a_school(), erase("p81"))
        send(log, *back, refused)
        stands = standing_in(folder)
        send(log, erase("p81"))  # again, which changes nothing
        assert standing_in(folder) == stands
    assert "p81" in told_of(folder)
    assert [line for line in events_in(folder) if line in back] == back
    assert query(folder, "SELECT line FROM reject") == [(refused,)]


def test_many_are_erased_at_once(tmp_path):
    folder = tmp_path / "node"
    pupils = [f"p{number:03}" for number in range(60)]
    gone = pupils[:40]
    with node(folder) as log:
        send(log, *map(enrolment, pupils))
        send(log, *(register(f"2026-09-{day:02}", *pupils) for day in (1, 2, 3, 4, 7, 8, 9, 10)))
        send(
            log,
            *(
                event("erase", f"x{number}", ERASED_AT, pupil=each)
                for number, each in enumerate(gone)
            ),
        )
        wait_until(lambda: not any(is_named(folder, each) for each in gone), "all of them gone")
        late = register("2026-09-11", *pupils, recorded_at=BEFORE)
        send(log, late, b"of p000 and p059")
        wait_until(lambda: not any(is_named(folder, each) for each in gone), "late ones too")
    assert {each.pupil for each in messages(folder)} == set(pupils[40:])


def test_a_large_file_is_written_anew_at_night(tmp_path, monkeypatch):
    monkeypatch.setattr(vacuum, "AT_ONCE_BYTES", 0)
    folder, clock = tmp_path / "node", Clock("2026-09-20T12:00:00+00:00")

    def is_due() -> bool:
        return bool(query(folder, "SELECT 1 FROM progress WHERE name = 'to vacuum' AND value"))

    with node(folder, clock) as log:
        wait_until(
            lambda: query(folder, "SELECT 1 FROM progress WHERE name = 'purged on'"), "purged"
        )
        send(log, *a_school(), erase("p81"))
        wait_for_erasure(folder, "p81", others=("p81-b",))
        assert is_due()
        clock.move_to("2026-09-21T02:00:00+00:00")
        wait_until(lambda: not is_due(), "written anew")


def test_a_school_whose_enrolments_are_all_erased_still_enrols_nobody_by_marks(tmp_path):
    folder = tmp_path / "node"
    days = [f"2026-09-{day:02}" for day in (1, 2, 3, 4, 7, 8)]
    with node(folder) as log:
        send(log, enrolment("p81"), *(register(day, "p81", "p82") for day in days))
        send(log, erase("p81"), event("close", "k1", "2026-09-08T20:00:00Z", date="2026-09-08"))
        wait_for_erasure(folder, "p81")
    assert standing_in(folder) == []
    assert standing(replayed(events_in(folder), tmp_path)) == []


@pytest.mark.parametrize("seed", range(8))
def test_a_replay_of_what_is_left_gives_what_stands(tmp_path, seed):
    rng = random.Random(seed)
    lines = random_log(rng, schools=2, erasures=0.5, trouble=0.9)
    replayed(lines, tmp_path / "first")
    folder = tmp_path / "node"
    with node(folder, Clock("2025-12-01T12:00:00+00:00")) as log:
        send_all(log, cut(rng, lines))
        with (tmp_path / "first" / "out" / "school_days.csv").open() as file:
            days = [(row["school"], row["date"]) for row in csv.DictReader(file)]
        send(log, *closes(days))
    left = events_in(folder)
    assert standing(replayed(left, tmp_path / "left")) == standing_in(folder)
    assert any(json.loads(line)["type"] == "erase" for line in left)


def replayed(lines: list[bytes], folder: Path) -> list[Alert]:
    folder.mkdir(exist_ok=True)
    log, out = folder / "log.ndjson", folder / "out"
    log.write_bytes(b"\n".join(lines) + b"\n")
    replay([str(log)], out, Options("nl"), progress=lambda _: None, stopwatch=lambda: 0.0)
    told = (out / "alerts.ndjson").read_bytes().splitlines()
    return [msgspec.json.decode(each, type=Alert) for each in told]
