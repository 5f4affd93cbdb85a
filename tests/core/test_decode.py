"""Lines in, columns out: whatever a line holds, the event after it is taken."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import builders
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.events import instant as reference_instant
from reference.events import read as reference_read

from models.codes import REASONS, STATUSES
from models.events.checks import VALUE_BEGINNING, Reject
from models.events.columns import DEFAULT_NONE, DEFAULT_PRESENT, DEFAULT_WITHDRAWN, Columns
from models.events.decode import Decoder
from models.events.instants import EPOCH, read_date, read_instant, read_instants, write_date
from models.events.types import Erase
from streams.files import read_lines
from streams.replay import Options, replay

REGISTER = {
    "type": "register", "id": "r1", "school": "A1", "recorded_at": "2026-03-02T09:00:00Z",
    "date": "2026-03-02", "session": 1, "marks": [{"pupil": "p1", "status": "absent"}],
}  # fmt: skip
LINE = builders.as_line(REGISTER)
MEGABYTES = 2 * 1024 * 1024


def with_field(json_text: bytes) -> bytes:
    """The register with one more field, whatever its bytes are."""
    return LINE[:-1] + b"," + json_text + b"}"


HOSTILE: dict[str, tuple[bytes, str]] = {
    "not UTF-8": (LINE.replace(b"r1", b"\xff1"), "json"),
    "not UTF-8 in an ignored field": (with_field(b'"x":"\xc3\x28"'), "json"),
    "an overlong encoding": (with_field(b'"x":"\xc0\xaf"'), "json"),
    "a surrogate in UTF-8": (with_field(b'"x":"\xed\xa0\x80"'), "json"),
    "UTF-16": (LINE.decode().encode("utf-16"), "json"),
    "a byte order mark": (b"\xef\xbb\xbf" + LINE, "json"),
    "no JSON": (b"once upon a time", "json"),
    "cut off": (LINE[:-9], "json"),
    "a NUL byte": (b"\0", "json"),
    "a NUL byte after it": (LINE + b"\0", "json"),
    "a NUL byte in an id": (LINE.replace(b"r1", b"r\0"), "json"),
    "an escaped NUL in an id": (LINE.replace(b"r1", b"r\\u0000"), "id"),
    "a tab in a string": (LINE.replace(b"r1", b"r\t1"), "json"),
    "white space that is none of JSON's": (b"\x0b\x0c", "json"),
    "a no-break space": ("\u00a0".encode(), "json"),
    "2 MB of one string": (with_field(b'"id":"' + b"x" * MEGABYTES + b'"'), "id"),
    "2 MB that never end": (b'{"id":"' + b"x" * MEGABYTES, "json"),
    "2 MB of opening brackets": (b"[" * MEGABYTES, "json"),
    "nested 10,000 deep": (with_field(b'"x":' + b"[" * 10_000 + b"]" * 10_000), "json"),
    "nested 10,000 objects deep": (with_field(b'"x":' + b'{"x":' * 10_000 + b"1" + b"}" * 10_000),
                                   "json"),
    "nested 10,000 deep where a mark should be": (
        LINE.replace(b'[{"pupil":"p1","status":"absent"}]', b"[" * 10_000 + b"]" * 10_000), "json",
    ),
    "NaN": (with_field(b'"x":NaN'), "json"),
    "Infinity": (with_field(b'"session":Infinity'), "json"),
    "a lone surrogate": (with_field(b'"x":"\\ud800"'), "json"),
    "a lone surrogate in a key": (with_field(b'"\\udc00":1'), "json"),
    "a lone surrogate in an id": (LINE.replace(b"r1", b"\\udfff"), "json"),
    "a lone surrogate in a name": (
        LINE.replace(b"register", b"school")[:-1] + b',"name":{"x":["\\ud83d\\ud83d"]}}', "json",
    ),
    "a leading zero": (with_field(b'"x":01'), "json"),
    "a bare minus": (with_field(b'"x":-'), "json"),
    "a comma too many": (with_field(b'"x":[1,]'), "json"),
    "single quotes": (LINE.replace(b'"', b"'"), "json"),
    "a comment": (LINE + b" // yes", "json"),
    "two objects": (LINE + LINE, "json"),
    "two objects and a space": (LINE + b" " + LINE, "json"),
    "an array of events": (b"[" + LINE + b"]", "object"),
    "a string": (b'"register"', "object"),
    "a number": (b"1e400", "object"),
    "null": (b"null", "object"),
    "an empty object": (b"{}", "type"),
    "a number of a hundred digits": (with_field(b'"session":' + b"1" * 100), "session"),
    "a number just beyond 64 bits": (with_field(b'"minutes":18446744073709551616'), "minutes"),
    "a number just within 64 bits": (with_field(b'"minutes":18446744073709551615'), "minutes"),
    "a negative one beyond 64 bits": (with_field(b'"minutes":-9223372036854775809'), "minutes"),
    "a number beyond floats": (with_field(b'"session":1e999'), "session"),
    "50.0": (with_field(b'"minutes":50.0'), "minutes"),
    "5e1": (with_field(b'"minutes":5e1'), "minutes"),
    "true for one": (with_field(b'"session":true'), "session"),
    "a key given twice, the last one wrong": (with_field(b'"session":13'), "session"),
    "a type given twice, the last one unknown": (with_field(b'"type":"party"'), "type"),
    "a type given twice, the last one another": (with_field(b'"type":"enrolment"'), "pupil"),
    "an unknown type": (LINE.replace(b'"register"', b'"party"'), "type"),
    "a type that is a list": (LINE.replace(b'"register"', b"[]"), "type"),
    "an id with a slash": (LINE.replace(b"r1", b"r/1"), "id"),
    "an id with a line feed at its end": (LINE.replace(b"r1", b"r1\\n"), "id"),
    "an id of Greek letters": (LINE.replace(b"r1", "\u03c11".encode()), "id"),
    "an id of full-width digits": (LINE.replace(b"r1", "\uff11".encode()), "id"),
    "an id of 65": (LINE.replace(b"r1", b"r" * 65), "id"),
    "an empty id": (LINE.replace(b"r1", b""), "id"),
    "an id that is a number": (LINE.replace(b'"r1"', b"1"), "id"),
    "Arabic digits in a date": (LINE.replace(b'"2026-03-02"', '"٢٠٢٦-03-02"'.encode()), "date"),
    "a date that is none": (LINE.replace(b'"2026-03-02"', b'"2026-02-29"'), "date"),
    "the year 0": (LINE.replace(b'"2026-03-02"', b'"0000-03-02"'), "date"),
    "far ahead": (LINE.replace(b'"2026-03-02"', b'"2026-03-10"'), "in the future"),
    "marks that are an object": (with_field(b'"marks":{}'), "marks"),
}  # fmt: skip


@dataclass
class Heard:
    """What a decoder made of some lines."""

    columns: Columns
    decoder: Decoder

    @property
    def rejects(self) -> list[Reject]:
        return sorted(self.columns.rejects, key=lambda each: each.position)

    @property
    def positions(self) -> list[int]:
        return sorted(
            [at for registers in self.columns.registers for at in registers.position.tolist()]
            + [at for at, _ in self.columns.others]
        )

    def marks(self) -> list[tuple[str, str, str, int]]:
        return [
            (
                self.decoder.pupils.texts[pupil],
                STATUSES[(code - 1) // len(REASONS)].value,
                REASONS[(code - 1) % len(REASONS)].value,
                minutes,
            )
            for registers in self.columns.registers
            for pupil, code, minutes in zip(
                registers.pupil.tolist(), registers.code.tolist(), registers.minutes.tolist(),
                strict=True,
            )
        ]  # fmt: skip


def hear(lines: Sequence[bytes], decoder: Decoder | None = None) -> Heard:
    heard = Heard(Columns(), decoder or Decoder())
    heard.decoder.read_lines(lines, range(len(lines)), heard.columns)
    return heard


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_line_is_one_reject_and_the_next_event_is_taken(name: str) -> None:
    line, reason = HOSTILE[name]
    heard = hear([LINE, line, LINE])
    assert heard.positions == [0, 2]
    (reject,) = heard.rejects
    assert (reject.position, reject.reason) == (1, reason)
    assert len(reject.value) <= VALUE_BEGINNING
    json.dumps(reject.value).encode()


@pytest.mark.parametrize("name", [name for name in HOSTILE if "far ahead" not in name])
def test_the_naive_reader_refuses_the_same(name: str) -> None:
    line, reason = HOSTILE[name]
    read = reference_read(line)
    assert read.event is None
    assert [reason in reject.faults for reject in read.rejects] == [True]


def test_a_reject_says_which_field_and_how_its_value_begins() -> None:
    lines = [
        LINE.replace(b"r1", b"r/1"),
        with_field(b'"session":{"a":[1,2]}'),
        with_field('"group":"é'.encode() + b"x" * 1000 + b'"'),
        b"\xffonce" + b" upon" * 1000,
        builders.as_line({key: said for key, said in REGISTER.items() if key != "school"}),
        LINE.replace(b'"2026-03-02"', b'"2026-03-10"'),
        b"[1]\n",
    ]
    assert [(each.reason, each.field, each.value) for each in hear(lines).rejects] == [
        ("id", "id", "r/1"),
        ("session", "session", '{"a": [1, 2]}'),
        ("group", "group", "é" + "x" * (VALUE_BEGINNING - 1)),
        ("json", None, ("\ufffdonce" + " upon" * 1000)[:VALUE_BEGINNING]),
        ("school", "school", "null"),
        ("in the future", "date", "2026-03-10"),
        ("object", None, "[1]"),
    ]


def test_a_chunk_of_hostile_lines_alone_is_rejects_alone() -> None:
    lines = [line for line, _ in HOSTILE.values()]
    heard = hear(lines)
    assert heard.positions == []
    assert [each.position for each in heard.rejects] == list(range(len(lines)))
    assert [each.reason for each in heard.rejects] == [reason for _, reason in HOSTILE.values()]


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\n", b"\r\n", b" \t\r\n",
    ],
)  # fmt: skip
def test_white_space_is_nothing(line: bytes) -> None:
    heard = hear([LINE, line, LINE])
    assert heard.positions == [0, 2]
    assert heard.rejects == []


@pytest.mark.parametrize(
    "line",
    [
        LINE + b"\r\n",
        b"\t " + LINE + b" \r\n",
        with_field(b'"x":"\\ud83d\\ude00"'),
        with_field('"x":"\U0001f600\u2028é"'.encode()),
        with_field(b'"x":' + b"9" * 1000),
        with_field(b'"x":[1e999,-1e999,1e-999,-0]'),
        with_field(b'"x":' + b"[" * 90 + b"]" * 90),
        with_field(b'"x":"' + b"x" * MEGABYTES + b'"'),
        with_field(b'"by":null,"group":null,"minutes":null,"default":null'),
        with_field(b'"until":7,"pupil":[],"open":"?"'),
        b'{"type":"party",' + LINE[1:],
        b'{"type":"erase",' + LINE[1:],
        b'{"type":null,' + LINE[1:],
        b'{"session":99,"id":{},' + LINE[1:],
        LINE.replace(b"register", b"re\\u0067ister"),
        LINE.replace(b'"type"', b'"\\u0074ype"'),
        LINE.replace(b'"r1"', b'"r\\u0031"'),
        LINE.replace(b"2026-03-02T09:00:00Z", b"2026-03-02t10:00:00.999999999999+01:00"),
    ],
    ids=range(18),
)
def test_an_odd_way_to_write_it_is_the_same_event(line: bytes) -> None:
    plain, odd = hear([LINE]), hear([line])
    assert odd.rejects == []
    assert odd.marks() == plain.marks()
    (one,), (other,) = plain.columns.registers, odd.columns.registers
    for name in ("at", "date", "session", "default", "marks"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    assert odd.decoder.names.texts == plain.decoder.names.texts


def test_minus_zero_is_zero() -> None:
    line = LINE.replace(b'"absent"', b'"absent","minutes_missed":-0')
    assert hear([line]).marks() == [("p1", "absent", "unknown", 0)]


def test_an_object_over_two_lines_is_two_rejects() -> None:
    half = len(LINE) // 2
    heard = hear([LINE[:half] + b"\n", LINE[half:] + b"\n", LINE])
    assert [(each.position, each.reason) for each in heard.rejects] == [(0, "json"), (1, "json")]
    assert heard.positions == [2]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n \n"])
def test_a_file_may_end_without_a_line_feed(tmp_path: Path, end: bytes) -> None:
    log = tmp_path / "log.ndjson"
    log.write_bytes(LINE + b"\n\n" + LINE.replace(b"r1", b"r2") + end)
    heard = hear([line for lines in read_lines(str(log)) for line in lines])
    assert heard.positions == [0, 2]
    assert heard.rejects == []


def test_hostile_lines_pass_through_a_replay(tmp_path: Path) -> None:
    log = tmp_path / "log.ndjson"
    hostile = [line for line, _ in HOSTILE.values() if b"\n" not in line]
    log.write_bytes(b"\n".join(each for line in hostile for each in (line, LINE)))
    summary = replay([str(log)], tmp_path / "out", Options("nl"), progress=lambda _: None,
                     stopwatch=lambda: 1.0)  # fmt: skip
    assert summary.rejects.total() == len(hostile)
    assert summary.events == {"register": len(hostile)}
    rejects = (tmp_path / "out" / "rejects.ndjson").read_bytes().splitlines()
    assert [json.loads(line)["line"] for line in rejects] == list(range(1, 2 * len(hostile), 2))


def test_one_odd_line_does_not_make_a_decoder_slow_for_the_next_chunk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Line by line is for the chunk that needs it."""
    decoder = Decoder()
    hear([line for line, _ in HOSTILE.values()], decoder)
    monkeypatch.setattr(Decoder, "_read_one_by_one", None)
    assert hear([LINE, LINE], decoder).positions == [0, 1]


def test_good_lines_beside_a_bad_one_are_read_without_the_careful_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bytes] = []
    careful = read_line_of_decode()
    monkeypatch.setattr(
        "models.events.decode.read_line",
        lambda line, position: asked.append(line) or careful(line, position),
    )
    hear([*[LINE] * 50, b"nonsense", *[LINE] * 50])
    assert asked == [b"nonsense"]


def read_line_of_decode() -> Any:
    from models.events import decode  # noqa: PLC0415

    return decode.read_line


# ---- against the naive reader


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=settings().max_examples * 2)
def test_what_is_refused_and_why_is_what_the_naive_reader_says(seed: int) -> None:
    rng = random.Random(seed)
    lines = [strange_line(rng) for _ in range(100)]
    heard = hear(lines)
    found: dict[int, list[str]] = {}
    for reject in heard.rejects:
        found.setdefault(reject.position, []).append(reject.reason)
    taken = set(heard.positions)
    for position, line in enumerate(lines):
        read = reference_read(line)
        reasons = found.get(position, [])
        assert len(reasons) == len(read.rejects), line[:300]
        for reason, reject in zip(reasons, read.rejects, strict=True):
            assert reason in reject.faults, line[:300]
        assert (position in taken) == (read.event is not None), line[:300]


def strange_line(rng: random.Random) -> bytes:
    kind = rng.random()
    if kind < 0.3:
        return builders.bad_line(rng)
    event: dict[str, Any] = dict(rng.choice(GOOD))
    if event["type"] == "register" and rng.random() < 0.5:
        marks = [builders.bad_mark(rng, f"p{number}") for number in range(rng.randint(0, 3))]
        event |= {
            "default": rng.choice(("present", "withdrawn", None)),
            "marks": [*marks, {"pupil": "p9", "status": "late"}],
        }
    for _ in range(rng.choice((0, 0, 1, 2))):
        event[rng.choice(FIELDS)] = rng.choice(VALUES)
    line = builders.odd_line(rng, event)
    if rng.random() < 0.1:  # a byte changed
        at = rng.randrange(len(line))
        line = line[:at] + bytes([rng.choice(b'{}[]",:0\\ \x00\xffe')]) + line[at + 1 :]
    return line.replace(b"\n", b" ")


HEAD = {"id": "e1", "school": "A1", "recorded_at": "2026-03-02T09:00:00Z"}
GOOD: tuple[dict[str, Any], ...] = (
    REGISTER,
    HEAD | {"type": "school", "timezone": "Europe/Amsterdam", "sessions_per_day": 8},
    HEAD | {"type": "school", "reporting": "exceptions", "sessions_per_day": 8, "pack": "nl"},
    HEAD | {"type": "enrolment", "pupil": "p1", "from": "2026-03-02", "until": "2026-04-01"},
    HEAD | {"type": "enrolment", "pupil": "p1", "from": "2026-03-02", "status": "left",
            "left_for": "work", "phase": "mbo", "group": "G1", "mentor": "m1"},
    HEAD | {"type": "calendar", "date": "2026-03-02", "open": False, "reason": "holiday"},
    HEAD | {"type": "close", "date": "2026-03-02"},
    HEAD | {"type": "response", "pupil": "p1", "alert": "a1", "action": "reported",
            "until": "2026-03-02", "by": "m1"},
    HEAD | {"type": "response", "pupil": "p1", "alert": "a1", "action": "snooze",
            "until": "2026-03-02"},
    HEAD | {"type": "response", "pupil": "p1", "alert": "a1", "action": "seen"},
    HEAD | {"type": "erase", "pupil": "p1"},
)  # fmt: skip
FIELDS = (
    "type", "id", "school", "recorded_at", "pupil", "from", "until", "group", "mentor", "status",
    "phase", "left_for", "date", "open", "reason", "session", "minutes", "by", "default", "marks",
    "name", "timezone", "reporting", "sessions_per_day", "minutes_per_session", "pack", "alert",
    "action",
)  # fmt: skip
VALUES = (
    None, True, False, 0, 1, 8, 12, 13, 600, 601, -1, 1.0, 2**63, 2**64, 1e300, "", "x", "p 1",
    "A1", "register", "school", "enrolled", "left", "present", "withdrawn", "exceptions", "all",
    "nl", "seen", "snooze", "reported", "2026-03-02", "2026-02-30", "2026-03-09", "9999-12-31",
    "0001-01-01", "2026-03-02T09:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    "Europe/Amsterdam", "europe/amsterdam", "localtime", "posix/UTC", [], {}, [[]], "x" * 64,
    "x" * 65, "é",
)  # fmt: skip


@given(seed=st.integers(0, 2**32 - 1))
def test_marks_beside_refused_ones_are_taken_as_the_naive_reader_takes_them(seed: int) -> None:
    rng = random.Random(seed)
    marks = [
        builders.bad_mark(rng, f"p{number}")
        if rng.random() < 0.5
        else {
            "pupil": f"p{number}",
            "status": rng.choice(STATUSES).value,
            "reason": rng.choice((*REASONS, None)),
            "minutes_missed": rng.choice((None, 0, 7, 600)),
        }
        for number in range(rng.randint(1, 6))
    ]
    default = rng.choice(("present", "withdrawn", None))
    minutes = rng.choice((None, 45))
    line = builders.as_line(REGISTER | {"marks": marks, "default": default, "minutes": minutes})
    heard = hear([line])
    read = reference_read(line)
    assert len(heard.rejects) == len(read.rejects)
    away = {"withdrawn": (None, 0), "present": (None, 0)}
    expected = [
        (mark.pupil, mark.status)
        if mark.status in away
        else (mark.pupil, mark.status, mark.reason, told_minutes(mark, minutes))
        for mark in read.event.marks
    ]
    assert [mark[:2] if mark[1] in away else mark for mark in heard.marks()] == expected
    numbers = {None: DEFAULT_NONE, "present": DEFAULT_PRESENT, "withdrawn": DEFAULT_WITHDRAWN}
    assert heard.columns.registers[0].default.tolist() == [numbers[default]]


def told_minutes(mark: Any, of_register: int | None) -> int:
    if mark.minutes_missed is not None:
        return int(mark.minutes_missed)
    if mark.status == "absent":
        return -1 if of_register is None else of_register
    return 0


def test_other_events_come_as_they_were_said() -> None:
    heard = hear([builders.as_line(event) for event in GOOD])
    assert [at for at, _ in heard.columns.others] == list(range(1, len(GOOD)))
    said = [msgspec.to_builtins(event) for _, event in heard.columns.others]
    for event, told in zip(GOOD[1:], said, strict=True):
        assert {key: value for key, value in told.items() if value is not None} == event
    assert isinstance(heard.columns.others[-1][1], Erase)


# ---- dates and instants


EDGES = (
    "0001-01-01T00:00:00Z", "0001-01-01T23:59:59Z", "0004-02-29T00:00:00Z", "1582-10-10T12:00:00Z",
    "1900-02-28T23:59:59Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2000-02-29T12:34:56Z",
    "2024-02-29T00:00:00Z", "2026-12-31T23:59:59Z", "2100-03-01T00:00:00Z", "9999-12-31T23:59:59Z",
)  # fmt: skip
NO_INSTANTS = (
    "0000-01-01T00:00:00Z", "1900-02-29T00:00:00Z", "2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
    "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
    "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
    "2026-01-01 00:00:00Z", "2026/01/01T00:00:00Z", "2026-01-01T00:00:00z ", "2026-01-01T00:00:00",
    "202a-01-01T00:00:00Z", "2026-01-01T00:00:0:Z", "-026-01-01T00:00:00Z", "2026-01-01T00.00:00Z",
    "2026-01-01T00:00:00é", "\uff12026-01-01T00:00:0Z", "2026-01-01T00:00:00.Z",
    "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+01:60", "2026-01-01T00:00:00+0100",
)  # fmt: skip
DAY = 86_400


def expected_instant(text: str) -> int:
    """The naive reader counts from the day before the year 1."""
    return reference_instant(text) - EPOCH * DAY


MOMENTS = st.tuples(st.integers(1, date.max.toordinal()), st.integers(0, DAY - 1))


@given(st.lists(MOMENTS, max_size=40))
def test_many_instants_at_once_are_each_of_them_alone(when: list[tuple[int, int]]) -> None:
    texts = [
        f"{date.fromordinal(day)}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
        for day, second in when
    ]
    read = read_instants([*texts, *EDGES])
    assert read is not None
    assert read.tolist() == [read_instant(text) for text in (*texts, *EDGES)]
    assert read.tolist() == [expected_instant(text) for text in (*texts, *EDGES)]


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_what_is_no_instant_is_none_among_others_either(text: str) -> None:
    assert read_instant(text) is None
    assert read_instants([EDGES[5], text, EDGES[6]]) is None
    assert read_instants([text]) is None


@given(seed=st.integers(0, 2**32 - 1))
def test_an_instant_in_any_of_its_ways_is_read_as_the_naive_reader_reads_it(seed: int) -> None:
    rng = random.Random(seed)
    at = rng.randint(-30_000_000_000, 200_000_000_000)
    texts = [builders.instant(rng, at, noise=0.8) for _ in range(5)]
    assert [read_instant(text) for text in texts] == [at] * 5
    assert [expected_instant(text) for text in texts] == [at] * 5
    assert read_instants(texts).tolist() == [at] * 5


@given(st.text("0123456789-TZtz:+. ", max_size=30))
@settings(max_examples=settings().max_examples * 5)
def test_whatever_the_text_both_readers_agree(text: str) -> None:
    try:
        expected = expected_instant(text)
    except ValueError:
        expected = None
    assert read_instant(text) == expected
    many = read_instants([text, text])
    assert (None if many is None else many.tolist()) == (expected and [expected] * 2)


@given(st.integers(1, date.max.toordinal()))
def test_a_date_written_is_the_date_read(day: int) -> None:
    assert read_date(write_date(day)) == day


def test_a_register_of_the_last_second_before_it_is_in_the_future_is_taken() -> None:
    ahead = [REGISTER | {"date": day} for day in ("2026-03-09", "2026-03-10")]
    heard = hear([builders.as_line(event) for event in ahead])
    assert heard.positions == [0]
    assert [each.reason for each in heard.rejects] == ["in the future"]
    late = REGISTER | {"recorded_at": "2026-03-01T23:30:00-01:00", "date": "2026-03-09"}
    assert hear([builders.as_line(late)]).positions == [0]  # its UTC date counts


def test_columns_are_narrow() -> None:
    (registers,) = hear([LINE]).columns.registers
    assert registers.code.dtype == np.uint8
    assert registers.minutes.dtype == np.int16
    assert registers.date.dtype == np.int32
