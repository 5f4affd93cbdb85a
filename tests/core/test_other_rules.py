"""Pages say by which rules their episodes were folded; by others they are folded anew."""

import random

from builders import random_log, random_long_log
from engines import Live, cut, standing
from hypothesis import given, settings
from samples import SEEDS, SHAPE_NAMES, SHAPES
from stored import Store
from test_pages import WRITTEN_BY_VERSION_1, fields_in_full, from_text

from alerts.pages import read_watch, write_changed
from models.events.types import Pack
from models.page_format import PageKind
from streams.step import Engine
from streams.tables import SchoolTables, tables_of


def heard_by_others(seed: int, shape: str, packs: tuple[str, str]) -> tuple[Live, Live]:
    """A log by one pack, and by another from somewhere on; and by that other alone."""
    rng = random.Random(seed)
    batches = list(cut(rng, random_log(rng, shape=SHAPES[shape])))
    change = rng.randint(1, len(batches))
    changed, store, fresh = Live(packs[0]), Store(), Live(packs[1])
    for at, batch in enumerate([*batches, []]):
        if at == change:
            store.keep(changed.engine)
            changed.engine = store.read(packs[1])
        changed.hear(*batch)
        fresh.hear(*batch)
    return changed, fresh


def ended(live: Live) -> tuple[object, dict[str, SchoolTables]]:
    """What was worked out of schools in the end, and their tables."""
    schools = {name: school.watch for name, school in live.engine.schools.items()}
    for _, told in live.engine.end():
        live.alerts += told
    return (
        {
            name: [
                (moment.day, [(kind, fields_in_full(it, ())) for kind, it in moment.folds.items()])
                for moment in watch.moments[-1:]
            ]
            for name, watch in schools.items()
        },
        {name: tables_of(watch) for name, watch in schools.items()},
    )


@given(SEEDS, SHAPE_NAMES)
def test_by_other_rules_what_stands_is_what_a_fresh_replay_says(seed: int, shape: str) -> None:
    packs = random.Random(seed).choice(
        (("any", "nl"), ("nl", "any"), ("none", "nl"), ("nl", "none"))
    )
    changed, fresh = heard_by_others(seed, shape, packs)
    assert ended(changed) == ended(fresh)
    assert standing(changed.alerts) == standing(fresh.alerts)


@given(SEEDS)
@settings(max_examples=3)
def test_by_other_rules_final_days_stay_as_they_were_worked_out(seed: int) -> None:
    rng = random.Random(seed)
    live, store = Live("nl"), Store()
    for batch in cut(rng, random_long_log(rng, dates=150, sessions=1, pack=0)):
        live.hear(*batch)
    watch = live.engine.schools["L1"].watch
    watch.freeze()
    changeable = watch.book.first_changeable
    (final,) = (each for each in watch.moments if each.day == last_before(watch, changeable))
    store.keep(live.engine)
    live.engine = store.read("none")
    live.engine.schools["L1"].publish()
    watch = live.engine.schools["L1"].watch
    again = next(each for each in watch.moments if each.day == final.day)
    for kind, folds in final.folds.items():
        assert fields_in_full(again.folds[kind], ()) == fields_in_full(folds, ())
    assert watch.moments[-1].day == watch.newest_closed
    assert not (watch.moments[-1].folds["attendance"].held >= changeable).any()


def last_before(watch, date: int) -> int:
    days = watch.book.days
    return int(days[days < date][-1])


# ---- when nothing is worked out anew


def school(pack: Pack | None = None) -> Store:
    live, store = Live("nl"), Store()
    said = b'"school":"01AB","recorded_at":"2026-11-2%dT09:00:00Z"}'
    if pack is not None:
        live.hear(b'{"type":"school","id":"s","pack":"' + pack.encode() + b'",' + said % 2)
    for day in (3, 4, 5):
        live.hear(
            b'{"type":"register","id":"r%d","date":"2026-11-2%d","session":1,"minutes":480,'
            b'"marks":[{"pupil":"p1","status":"absent"}],' % (day, day) + said % day
        )
    store.keep(live.engine)
    return store


def anew(engine: Engine) -> bool:
    (only,) = engine.schools.values()
    return only.watch.book.dirty_from <= only.watch.folded_until


def test_by_the_same_rules_nothing_is_worked_out_anew() -> None:
    engine = school().read("nl")
    assert not anew(engine)
    assert list(write_changed(engine.schools["01AB"].watch)) == []


def test_another_default_pack_means_nothing_to_a_school_that_names_its_own() -> None:
    assert not anew(school(Pack.ANY).read("none"))
    assert anew(school().read("none"))


def test_that_it_is_to_be_worked_out_anew_is_kept_with_the_pages() -> None:
    store = school()
    store.keep(store.read("none"))
    assert anew(store.read("none"))
    engine = store.read("none")
    (withdrawn,) = engine.schools["01AB"].publish()
    assert (withdrawn.state, withdrawn.opened_on) == ("withdrawn", "2026-11-23")
    store.keep(engine)
    assert not anew(store.read("none"))


def test_pages_of_version_1_do_not_say_by_which_rules_and_are_worked_out_anew() -> None:
    engine = Engine("nl", live=True)
    engine.adopt(read_watch("01AB", from_text(WRITTEN_BY_VERSION_1), "nl"))
    assert anew(engine)
    assert engine.schools["01AB"].publish() == []
    assert PageKind.EPISODES in {key.kind for key, _ in write_changed(engine.schools["01AB"].watch)}
