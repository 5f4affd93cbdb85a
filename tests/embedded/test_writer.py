"""The writer, when something fails that should not: everybody is answered, and nothing is lost."""

import asyncio
import json
import sqlite3
from contextlib import suppress

import nodes
import pytest

from config.metrics import new_metrics
from models.events.checks import Reject
from streams.embedded.node import Node
from streams.embedded.store import Store, make_log
from streams.embedded.writer import Writer
from streams.gateway.log import Arrival, UnkeptError
from streams.school import School
from streams.step import Engine

PATIENCE_SECONDS = 5


def line(kind, id_, recorded_at="2026-09-01T10:00:00Z", school="A1", **fields):
    said = {"type": kind, "id": id_, "school": school, "recorded_at": recorded_at}
    return json.dumps(said | fields).encode()


def enrolment(pupil, id_="e1", school="A1"):
    return line("enrolment", id_, school=school, pupil=pupil, **{"from": "2026-09-01"})


def register(id_="r1"):
    marks = [{"pupil": "p1", "status": "absent"}]
    return line("register", id_, date="2026-09-01", session=1, marks=marks)


@pytest.fixture
def store(tmp_path):
    store = Store(make_log(tmp_path))
    yield store
    store.close()


@pytest.fixture
def node(store):
    return Node(store, lambda: Engine("nl"), new_metrics(), None)


def lines_in(store):
    return [line for (line,) in store.connection.execute("SELECT line FROM event")]


def append(writer, *lines):
    async def answered():
        waiting = [writer.append(nodes.arrivals([line])) for line in lines]
        return await asyncio.wait_for(
            asyncio.gather(*waiting, return_exceptions=True), PATIENCE_SECONDS
        )

    return asyncio.run(answered())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_who_waits_is_answered_when_the_writer_ends(node, monkeypatch):
    def end(*_):
        raise SystemExit

    monkeypatch.setattr(node, "keep", end)
    writer = Writer(node, lambda: 0.0, new_metrics())
    writer.start()
    (answer,) = append(writer, register())
    assert isinstance(answer, UnkeptError)
    nodes.wait_until(lambda: writer.trouble == "the writer has ended", "it is said")
    (answer,) = append(writer, register())
    assert isinstance(answer, UnkeptError)
    writer.stop()


def test_who_comes_between_the_look_and_the_end_is_answered(node):
    writer = Writer(node, lambda: 0.0, new_metrics())
    writer.start()
    writer.stop()
    writer._is_over = False  # as it was when the request looked
    (answer,) = append(writer, register())
    assert isinstance(answer, UnkeptError)


def test_what_is_kept_is_not_kept_again_where_an_erasure_cannot_be_ended(node, store, monkeypatch):
    def broken():
        raise RuntimeError

    monkeypatch.setattr(node, "leave_nothing_erased", broken)
    writer = Writer(node, lambda: 0.0, new_metrics())
    both = [register("a"), register("b")]

    async def answered():
        waiting = [asyncio.ensure_future(writer.append(nodes.arrivals([line]))) for line in both]
        await asyncio.sleep(0)  # both wait, so they are one batch
        writer.start()
        return await asyncio.wait_for(
            asyncio.gather(*waiting, return_exceptions=True), PATIENCE_SECONDS
        )

    answers = asyncio.run(answered())
    writer.stop()
    assert all(isinstance(each, UnkeptError) for each in answers)
    assert lines_in(store) == both


def test_an_erasure_that_was_not_kept_erases_nothing(node, store, monkeypatch):
    node.keep(nodes.arrivals([enrolment("p1")]), 0)
    node.tell_all(0)
    set_progress = store.set_progress

    def broken(*_):
        raise sqlite3.OperationalError

    monkeypatch.setattr(store, "set_progress", broken)
    with pytest.raises(UnkeptError):
        node.keep(nodes.arrivals([line("erase", "x1", "2026-09-02T10:00:00Z", pupil="p1")]), 0)
    monkeypatch.setattr(store, "set_progress", set_progress)
    node.keep(nodes.arrivals([enrolment("p1", "again")]), 0)
    assert len(lines_in(store)) == 2


@pytest.mark.parametrize("error", [sqlite3.OperationalError, RuntimeError, MemoryError, SystemExit])
def test_what_cannot_be_kept_of_a_school_is_told_later(node, store, monkeypatch, error):
    write_pages = store.write_pages

    def broken(*_):
        raise error

    node.keep(nodes.arrivals([register()]), 0)
    monkeypatch.setattr(store, "write_pages", broken)
    with suppress(UnkeptError, SystemExit):
        node.tell_next(0)
    assert store.pages() == {}
    monkeypatch.setattr(store, "write_pages", write_pages)
    again = Node(store, lambda: Engine("nl"), new_metrics(), None)
    for each in (node, again):
        each.tell_all(0)
    assert again.books(0).engine.schools["A1"].book.version == 1
    assert store.pages()


def test_what_the_door_refuses_is_in_no_book_where_another_school_is_set_aside(node, monkeypatch):
    take = School.take

    def broken(school, event):
        if school.book.school == "BAD":
            raise RuntimeError
        return take(school, event)

    monkeypatch.setattr(School, "take", broken)
    node.keep([Arrival(enrolment("p1", school="BAD"), "BAD")], 0)
    node.tell_all(0)
    assert node.books(0).stuck == {"BAD": 0}
    node.keep(
        [
            Arrival(enrolment("p2", school="BAD"), "BAD"),
            Arrival(enrolment("p3", school="B"), "A", Reject(0, "another school", "school", "B")),
        ],
        0,
    )
    node.tell_all(0)
    assert "B" not in node.books(0).engine.schools
