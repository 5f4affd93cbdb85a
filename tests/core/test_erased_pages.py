"""The id of an erased pupil is on no page, until something newer is said about the pupil."""

import json
import random
from typing import Any

import msgspec
import zstandard
from builders import Event, Shape, as_line, random_log, random_long_log
from engines import Live, cut
from hypothesis import given, settings
from samples import SEEDS, SHAPE_NAMES, SHAPES, some
from stored import Store
from test_pages import resealed

from alerts.pages import write_changed, write_watch
from models.book import NAMELESS
from models.events.instants import instant_of
from models.page_format import PageKey, PageKind
from streams.step import Batch, Engine

PLAIN: dict[str, Any] = {"rejects": 0, "bad_marks": 0, "noise": 0}
"""All lines are events, plainly written."""


def long_names(name: str, thing: Any) -> Any:
    """A log's line with pupils' ids that no other bytes could be."""
    match thing:
        case dict():
            return {key: long_names(key, value) for key, value in thing.items()}
        case list():
            return [long_names(name, each) for each in thing]
        case str() if name == "pupil" and thing[:1] == "p" and thing[1:].isdigit():
            return f"the-pupil-{thing[1:]}"
    return thing


def renamed(lines: list[bytes]) -> list[bytes]:
    """A log's lines, with long ids of pupils."""
    return [as_line(long_names("", json.loads(line))) for line in lines]


def erase(pupil: str, at: str, school: str = "S1") -> bytes:
    fields = {"type": "erase", "id": f"x-{at}", "school": school, "recorded_at": at}
    return as_line(fields | {"pupil": pupil})


def names_in(line: bytes) -> tuple[Event, set[str]]:
    event = json.loads(line)
    named = {each["pupil"] for each in event.get("marks", [])}
    return event, named | ({event["pupil"]} if "pupil" in event else set())


class Said:
    """What a log has said about pupils so far: when erased, and when last named otherwise."""

    def __init__(self) -> None:
        self.erased: dict[str, int] = {}
        self.newest: dict[str, int] = {}

    def hear(self, lines: list[bytes]) -> None:
        for line in lines:
            event, names = names_in(line)
            at = instant_of(event["recorded_at"])
            when = self.erased if event.get("type") == "erase" else self.newest
            for name in names:
                when[name] = max(when.get(name, at), at)

    @property
    def gone(self) -> set[str]:
        """Pupils about whom nothing was said that was recorded after they were erased."""
        return {pupil for pupil, at in self.erased.items() if self.newest.get(pupil, at) <= at}


def contents(engine: Engine) -> dict[str, bytes]:
    return {
        str(key): zstandard.decompress(page[12:])
        for school in engine.schools.values()
        for key, page in write_watch(school.watch)
    }


def assert_gone(engine: Engine, pupils: set[str]) -> None:
    for key, content in contents(engine).items():
        for pupil in pupils:
            assert pupil.encode() not in content, f"{pupil} is on {key}"


def with_erasures(rng: random.Random, lines: list[bytes], school: str) -> list[bytes]:
    """Some pupils erased for good, anywhere in a log."""
    lines = renamed(lines)
    for number in rng.sample(range(1, 13), 3):
        line = erase(f"the-pupil-{number:02}", "2040-01-01T00:00:00Z", school)
        lines.insert(rng.randint(0, len(lines)), line)
    return lines


@given(SEEDS, SHAPE_NAMES)
def test_whatever_the_order_the_id_of_an_erased_pupil_is_on_no_page(seed: int, shape: str) -> None:
    rng = random.Random(seed)
    lines = with_erasures(rng, random_log(rng, shape=SHAPES[shape], **PLAIN), "S1")
    steady, stopped, store, said = Live(), Live(), Store(), Said()
    stops = rng.choice((0, 0.1, 1))
    for batch in cut(rng, lines):
        if rng.random() < stops:
            stopped.engine = store.read("nl")
        steady.hear(*batch)
        stopped.hear(*batch)
        store.keep(stopped.engine)
        said.hear(list(batch))
        assert_gone(stopped.engine, said.gone)
        assert contents(stopped.engine) == contents(steady.engine)
    for each in (steady, stopped):
        schools = dict(each.engine.schools)
        for _, told in each.engine.end():
            each.alerts += told
        each.engine.schools |= schools
        assert_gone(each.engine, said.gone)
    assert len(said.gone) >= 1
    assert msgspec.json.encode(stopped.alerts) == msgspec.json.encode(steady.alerts)


@given(SEEDS)
@settings(max_examples=3)
def test_nor_is_it_when_dates_are_gone(seed: int) -> None:
    rng = random.Random(seed)
    shape = Shape(dates=130, pupils=6, sessions=1, erasures=0.5, no_enrolments=0.5, **PLAIN)
    lines = renamed(random_long_log(rng, shape=shape))
    steady, stopped, store, said = Live(), Live(), Store(), Said()
    for batch in cut(rng, lines):
        if rng.random() < 0.1:
            stopped.engine = store.read("nl")
        steady.hear(*batch)
        stopped.hear(*batch)
        store.keep(stopped.engine)
        said.hear(list(batch))
    assert_gone(stopped.engine, said.gone)
    assert contents(stopped.engine) == contents(steady.engine)
    assert msgspec.json.encode(stopped.alerts) == msgspec.json.encode(steady.alerts)


@given(SEEDS, SHAPE_NAMES)
@some(0.5)
def test_nor_after_a_replay(seed: int, shape: str) -> None:
    rng = random.Random(seed)
    lines = with_erasures(rng, random_log(rng, shape=SHAPES[shape], **PLAIN), "S1")
    engine, said = Engine("nl", live=False), Said()
    engine.step(Batch(lines, range(len(lines))))
    said.hear(lines)
    schools = dict(engine.schools)
    list(engine.end())
    engine.schools |= schools
    assert_gone(engine, said.gone)


# ---- coming back


def register(day: int, pupil: str, at: str | None = None, status: str = "absent") -> bytes:
    head = {"type": "register", "id": f"r{day}", "school": "S1", "date": f"2026-11-{day}"}
    said = {"recorded_at": at or f"2026-11-{day}T09:00:00Z", "session": 1, "minutes": 480}
    return as_line(head | said | {"marks": [{"pupil": pupil, "status": status}]})


def erased_and_read_back() -> tuple[Live, Store]:
    """A school that erased p-away, of another process."""
    live, store = Live(), Store()
    live.hear(register(23, "p-here"), register(23, "p-away"), register(24, "p-away"))
    live.hear(register(25, "p-here"))
    live.hear(erase("p-away", "2026-11-25T12:00:00Z"))
    store.keep(live.engine)
    live.engine = store.read("nl")
    return live, store


def pupils_of(live: Live) -> list[str]:
    return live.engine.schools["S1"].book.pupils


def test_who_is_erased_has_no_name_after_a_restart() -> None:
    live, _ = erased_and_read_back()
    assert pupils_of(live) == [NAMELESS, "p-here"]
    assert_gone(live.engine, {"p-away"})


def test_what_was_recorded_before_the_erasure_and_comes_later_stays_unsaid() -> None:
    live, store = erased_and_read_back()
    assert live.hear(register(24, "p-away", at="2026-11-25T12:00:00Z")) == []
    assert pupils_of(live) == ["p-away", "p-here"]
    store.keep(live.engine)
    assert_gone(live.engine, {"p-away"})


def test_who_is_spoken_of_again_has_the_old_number_and_the_name_again() -> None:
    live, store = erased_and_read_back()
    live.hear(register(25, "p-away", at="2026-11-25T12:00:01Z"))
    store.keep(live.engine)
    live.engine = store.read("nl")
    assert pupils_of(live) == ["p-away", "p-here"]
    live.hear(erase("p-away", "2026-11-25T13:00:00Z"))
    store.keep(live.engine)
    assert_gone(live.engine, {"p-away"})


def test_a_mark_that_goes_with_its_date_takes_the_name_along() -> None:
    live, store = erased_and_read_back()
    for month in range(1, 13):
        for day in range(1, 29):
            date = f"2027-{month:02}-{day:02}"
            said = {"recorded_at": f"{date}T09:00:00Z", "date": date, "session": 1}
            head = {"type": "register", "id": f"r{date}", "school": "S1"}
            pupil = "p-away" if (month, day) == (3, 5) else "p-here"
            live.hear(as_line(head | said | {"marks": [{"pupil": pupil, "status": "present"}]}))
        store.keep(live.engine)
        is_named = any(b"p-away" in content for content in contents(live.engine).values())
        assert is_named or month not in (3, 4, 5)
    assert_gone(live.engine, {"p-away"})


def test_an_erased_pupil_of_whom_something_is_to_be_told_still_has_a_name() -> None:
    """A replay tells what was withdrawn at the next close: pages in between know of whom."""
    engine, store = Engine("nl", live=False), Store()
    lines = [register(23, "p-away"), register(24, "p-away"), register(25, "p-away")]
    lines += [erase("p-away", "2026-11-25T12:00:00Z")]
    engine.step(Batch(lines, range(4)))
    store.keep(engine)
    assert store.read("nl").schools["S1"].book.pupils == ["p-away"]
    ((watch, told),) = engine.end()
    assert [(each.pupil, each.state) for each in told] == [("p-away", "withdrawn")]
    changed = dict(write_changed(watch))
    roster = changed[PageKey("S1", PageKind.ROSTER)]
    assert roster is not None
    assert b"p-away" not in zstandard.decompress(roster[12:])


def test_a_roster_of_version_1_that_has_the_name_is_written_anew() -> None:
    _, store = erased_and_read_back()
    pages = store.pages["S1"]
    key = PageKey("S1", PageKind.ROSTER)
    content = msgspec.msgpack.decode(zstandard.decompress(pages[key][12:]))
    del content["nameless"]
    body = zstandard.compress(msgspec.msgpack.encode(content | {"pupils": ["p-away", "p-here"]}))
    pages[key] = resealed(key, body, version=1)
    engine = store.read("nl")
    assert engine.schools["S1"].book.pupils == ["p-away", "p-here"]
    store.keep(engine)
    assert_gone(engine, {"p-away"})
