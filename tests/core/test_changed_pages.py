"""Writing the pages that changed: together with those from before they are all pages."""

import random

import msgspec
import pytest
from builders import Shape, random_log, random_long_log
from engines import Live, cut
from hypothesis import given, settings
from samples import PACKS, SEEDS, SHAPE_NAMES, SHAPES, some
from stored import Store

from models.page_format import PageKind
from streams.step import Batch, Engine


def heard_and_kept(
    rng: random.Random, lines: list[bytes], pack: str, stops: float
) -> tuple[Live, Live]:
    """Hear a log without a stop, and once more, going on from kept pages now and then."""
    steady, stopped, store = Live(pack), Live(pack), Store()
    for batch in cut(rng, lines):
        if rng.random() < stops:
            stopped.engine = store.read(pack)
        steady.hear(*batch)
        stopped.hear(*batch)
        store.keep(stopped.engine)
    for each in (steady, stopped):
        for _, told in each.engine.end():
            each.alerts += told
    return steady, stopped


@given(SEEDS, SHAPE_NAMES)
def test_what_changed_and_what_was_there_are_all_pages(seed: int, shape: str) -> None:
    rng = random.Random(seed)
    lines = random_log(rng, schools=rng.choice((1, 1, 2)), shape=SHAPES[shape])
    steady, stopped = heard_and_kept(rng, lines, rng.choice(PACKS), stops=0)
    assert msgspec.json.encode(stopped.alerts) == msgspec.json.encode(steady.alerts)


@given(SEEDS, SHAPE_NAMES)
def test_from_them_a_school_goes_on_as_if_it_had_never_stopped(seed: int, shape: str) -> None:
    rng = random.Random(seed)
    lines = random_log(rng, shape=SHAPES[shape])
    steady, stopped = heard_and_kept(rng, lines, rng.choice(PACKS), rng.choice((0.05, 0.3, 1)))
    assert msgspec.json.encode(stopped.alerts) == msgspec.json.encode(steady.alerts)


@given(SEEDS)
@settings(max_examples=4)
def test_so_it_does_when_dates_are_gone_and_days_final(seed: int) -> None:
    rng = random.Random(seed)
    shape = Shape(
        dates=rng.randint(115, 160),
        pupils=6,
        sessions=1,
        corrections=0.1,
        erasures=0.3,
        no_enrolments=0.5,
    )
    lines = random_long_log(rng, shape=shape)
    steady, stopped = heard_and_kept(rng, lines, "nl", rng.choice((0, 0.1)))
    assert msgspec.json.encode(stopped.alerts) == msgspec.json.encode(steady.alerts)


@given(SEEDS, SHAPE_NAMES)
@some(0.5)
def test_a_replay_that_writes_now_and_then_writes_all_that_changed(seed: int, shape: str) -> None:
    rng = random.Random(seed)
    engine, store = Engine("nl", live=False), Store()
    for batch in cut(rng, random_log(rng, shape=SHAPES[shape])):
        engine.step(Batch(batch, range(len(batch))))
        if rng.random() < 0.3:
            store.keep(engine)
    for name, school in list(engine.schools.items()):
        school.end()
        store.keep(engine)
        assert store.pages[name]


# ---- what is not written again


@pytest.fixture
def school() -> tuple[Live, Store]:
    """Three school days of two pupils; the last is open."""
    live, store = Live(), Store()
    for day in (23, 24, 25):
        live.hear(register(day))
    store.keep(live.engine)
    store.written.clear()
    return live, store


def register(day: int, session: int = 1, pupil: str = "p1", status: str = "present") -> bytes:
    at = f"2026-11-{day}T09:{session:02}:00Z"
    return msgspec.json.encode(
        {"type": "register", "id": f"r{day}-{session}", "school": "01AB", "recorded_at": at}
        | {"date": f"2026-11-{day}", "session": session, "minutes": 480}
        | {"marks": [{"pupil": "p0", "status": "present"}, {"pupil": pupil, "status": status}]}
    )


def written(school: tuple[Live, Store], line: bytes) -> dict[PageKind, int]:
    live, store = school
    live.hear(line)
    store.keep(live.engine)
    return dict(store.written)


def test_a_mark_that_tells_nothing_rewrites_its_date_and_progress(
    school: tuple[Live, Store],
) -> None:
    told = written(school, register(25, session=2))
    assert told == {PageKind.DATE: 1, PageKind.PROGRESS: 1}


def test_a_mark_that_tells_something_rewrites_episodes(school: tuple[Live, Store]) -> None:
    told = written(school, register(25, session=2, status="absent"))
    assert told == {PageKind.DATE: 1, PageKind.PROGRESS: 1, PageKind.EPISODES: 1}


def test_a_pupil_not_met_before_rewrites_the_roster(school: tuple[Live, Store]) -> None:
    told = written(school, register(25, session=2, pupil="p2"))
    assert told == {PageKind.DATE: 1, PageKind.PROGRESS: 1, PageKind.ROSTER: 1}


def test_a_line_that_comes_again_rewrites_no_more_than_its_date(school: tuple[Live, Store]) -> None:
    told = written(school, register(25))
    assert told == {PageKind.DATE: 1, PageKind.PROGRESS: 1}


def test_an_event_that_changes_nothing_rewrites_progress(school: tuple[Live, Store]) -> None:
    close = b'{"type":"close","id":"c","school":"01AB","date":"2026-11-23",'
    told = written(school, close + b'"recorded_at":"2026-11-23T17:00:00Z"}')
    assert told == {PageKind.PROGRESS: 1}


def test_an_erasure_rewrites_the_dates_of_the_pupil(school: tuple[Live, Store]) -> None:
    live, _ = school
    live.hear(register(24, session=3, pupil="p9"))
    erase = b'{"type":"erase","id":"x","school":"01AB","pupil":"p9",'
    school[1].keep(live.engine)
    school[1].written.clear()
    told = written(school, erase + b'"recorded_at":"2026-11-26T09:00:00Z"}')
    assert told[PageKind.DATE] == 1
    assert told[PageKind.ROSTER] == 1
