"""The desk follows a node's log: its cases are the log's alerts, whatever happens in between."""

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import builders
import msgspec
import nodes
import orjson
import pytest
from sqlalchemy import Engine, select, text

from alerts.desk.casebook.erasing import leave_nothing_erased
from alerts.desk.casebook.reading import cases, school_facts
from alerts.desk.database import open_desk
from alerts.desk.tables import CASE, METADATA, TOLD
from streams.embedded.folder import desk_of, log_of
from streams.embedded.following import Following, rebuild_casebook

NOW = nodes.Clock()()


@contextmanager
def following(folder: Path, desk: Engine) -> Iterator[Following]:
    with closing(Following(log_of(folder), desk)) as follow:
        yield follow


def follow_all(folder: Path, desk: Engine) -> None:
    with following(folder, desk) as follow:
        while follow(NOW):
            pass


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "node").mkdir()
    engine = open_desk(desk_of(tmp_path / "node", ""))
    yield engine
    engine.dispose()


def newest(desk: Engine) -> dict[str, bytes]:
    """The newest message of every alert, as the casebook has it."""
    with desk.begin() as connection:
        rows = connection.execute(select(TOLD).order_by(TOLD.c.version, TOLD.c.told_at))
        return {row.alert: row.message for row in rows}


def rows(desk: Engine) -> dict[str, list[tuple]]:
    with desk.begin() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
        }


def in_log(folder: Path) -> dict[str, bytes]:
    return {each.id: msgspec.json.encode(each) for each in nodes.messages(folder)}


def log_lines(seed: int) -> list[bytes]:
    return builders.random_log(
        random.Random(seed), schools=3, shape=builders.TROUBLED, erasures=0.0
    )


def test_the_casebook_holds_the_newest_message_of_every_alert_however_often_one_looks(
    tmp_path: Path, desk: Engine
) -> None:
    folder = tmp_path / "node"
    lines = log_lines(3)
    with nodes.node(folder) as log:
        for start in range(0, len(lines), 400):
            nodes.send(log, *lines[start : start + 400])
            follow_all(folder, desk)  # another reader each time: it goes on where the last was
    follow_all(folder, desk)
    assert newest(desk) == in_log(folder)
    assert len(newest(desk)) > 3
    before = rows(desk)
    follow_all(folder, desk)
    assert rows(desk) == before


def test_a_casebook_that_is_built_again_is_the_same(tmp_path: Path, desk: Engine) -> None:
    folder = tmp_path / "node"
    with nodes.node(folder) as log:
        nodes.send(log, *log_lines(4))
        follow_all(folder, desk)
        spoken = {
            "type": "response", "id": "a1", "school": "", "recorded_at": "2026-11-24T12:00:00Z",
            "pupil": "", "alert": "", "action": "spoken", "by": "m1",
        }  # fmt: skip
        with desk.begin() as connection:
            standing = connection.execute(
                select(CASE).where(CASE.c.state == "new", CASE.c.pupil.is_not(None))
            ).first()
        assert standing is not None
        about = {"school": standing.school, "pupil": standing.pupil, "alert": standing.alert}
        nodes.send(log, orjson.dumps(spoken | about))
        follow_all(folder, desk)
        before = rows(desk)
        with desk.begin() as connection:
            states = {each.case: each.state for each in cases(connection, standing.school)}
            assert states[standing.case] == "in_hand"
            connection.execute(text("UPDATE \"case\" SET state = 'new', tier = 1"))
        assert rebuild_casebook(log_of(folder), desk) == len(before["case"])  # while it serves
    assert rows(desk) == before


def test_an_erased_pupil_is_in_no_byte_of_the_desk(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    desk = open_desk(desk_of(folder, ""))
    with nodes.node(folder) as log:
        lines = log_lines(5)
        nodes.send(log, *lines)
        follow_all(folder, desk)
        with desk.begin() as connection:
            found = connection.execute(select(CASE).where(CASE.c.pupil.is_not(None))).first()
        assert found is not None
        names = rows(desk)
        assert any(found.pupil in row for row in names["case"])
        erase = {
            "type": "erase", "id": "x1", "school": found.school, "pupil": found.pupil,
            "recorded_at": "2026-11-24T12:00:00Z",
        }  # fmt: skip
        nodes.send(log, orjson.dumps(erase))
        follow_all(folder, desk)
        assert leave_nothing_erased(desk)
    with desk.begin() as connection:
        assert cases(connection, found.school, states=None) is not None
        assert all(each.pupil != found.pupil for each in cases(connection, found.school))
        facts = school_facts(connection, found.school)
        assert facts is not None
        assert facts.registers_until is not None
    left = [row for table, each in rows(desk).items() for row in each if found.school in row]
    assert left
    assert not any(found.pupil in row and found.school in row for row in left)
    desk.dispose()
