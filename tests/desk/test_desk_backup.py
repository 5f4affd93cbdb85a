"""A copy of a node has its desk too, and a node goes on with it."""

import sqlite3
import stat
import threading

import pytest
from casebooks import rows_of
from desk_folder import NAMES, SCHOOL, WHO, desk_of, make_folder
from nodes import wait_until
from served import gemist, serving
from sqlalchemy import insert, select, update

from alerts.desk.casebook.erasing import erase
from alerts.desk.tables import METADATA, PROGRESS
from streams.embedded import backup
from streams.embedded.backup import back_up
from streams.embedded.folder import FolderError

ENROLMENT = (
    b'{"type":"enrolment","id":"e1","school":"01AB","recorded_at":"2026-11-01T08:00:00Z",'
    b'"pupil":"pupil-81","from":"2026-08-24"}'
)

CALENDAR = (
    b'{"type":"calendar","id":"c1","school":"01AB","recorded_at":"2026-11-01T08:00:00Z",'
    b'"date":"2026-12-24","open":false}'
)


@pytest.fixture
def folder(tmp_path):
    make_folder(tmp_path / "node", ENROLMENT, CALENDAR)
    return tmp_path / "node"


def names_in(folder):
    return sorted(each.name for each in folder.iterdir())


def everything(folder):
    desk = desk_of(folder)
    found = rows_of(desk, METADATA.sorted_tables)
    desk.dispose()
    return found


def test_a_copy_has_the_desk_as_it_is_and_for_nobody_else_to_read(folder, tmp_path):
    done = gemist("backup", "--data", folder, "--out", tmp_path / "copy")
    assert done.returncode == 0, done.stderr
    names = {each.name: each for each in (tmp_path / "copy").iterdir()}
    assert set(names) == {"log.db", "desk.db"}
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in names.values())
    sizes = sum(each.stat().st_size for each in names.values())
    assert done.stdout == f"{tmp_path / 'copy'}: 2 events, {sizes:,} bytes\n"
    assert everything(tmp_path / "copy") == everything(folder)


def test_the_desk_is_copied_before_the_log_that_it_follows(folder, tmp_path, monkeypatch):
    copied = []
    whole = backup._copy_whole
    monkeypatch.setattr(
        backup, "_copy_whole", lambda source, part: (copied.append(part.name), whole(source, part))
    )
    back_up(folder, tmp_path / "copy")
    assert copied == ["desk.db.part", "log.db.part"]


def test_a_copy_made_while_the_desk_is_written_is_of_one_moment(folder, tmp_path):
    desk = desk_of(folder)
    with desk.begin() as connection:
        connection.execute(insert(PROGRESS), [{"name": "a", "value": 0}, {"name": "b", "value": 0}])
    over, begun = threading.Event(), threading.Event()

    def write() -> None:
        while not over.is_set():
            with desk.begin() as connection:
                for name in ("a", "b"):
                    add = update(PROGRESS).where(PROGRESS.c.name == name)
                    connection.execute(add.values(value=PROGRESS.c.value + 1))
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(20)
        for number in range(5):
            back_up(folder, tmp_path / f"copy{number}")
    finally:
        over.set()
        writer.join()
        desk.dispose()
    for number in range(5):
        copy = desk_of(tmp_path / f"copy{number}")
        with copy.begin() as connection:
            asked = select(PROGRESS.c.value).where(PROGRESS.c.name.in_(["a", "b"]))
            assert len(set(connection.execute(asked).scalars())) == 1
        copy.dispose()


def test_a_node_that_is_started_on_the_copy_reads_in_the_log_what_the_desk_had_not_read(
    folder, tmp_path
):
    back_up(folder, tmp_path / "copy")
    assert calendar_of(tmp_path / "copy") == []
    with serving(tmp_path / "copy", tmp_path / "served.log"):
        wait_until(lambda: calendar_of(tmp_path / "copy") == ["2026-12-24"], "it is read")
    assert len(everything(tmp_path / "copy")["case"]) == 2


def calendar_of(folder):
    return [row[1] for row in everything(folder)["calendar"]]


def test_nothing_of_who_was_erased_is_in_a_copy(folder, tmp_path):
    desk = desk_of(folder)
    with desk.begin() as connection:
        erase(connection, SCHOOL, WHO, 2_000_000_000)
    desk.dispose()
    back_up(folder, tmp_path / "copy")
    content = (tmp_path / "copy" / "desk.db").read_bytes()
    assert WHO.encode() not in content
    assert NAMES[WHO].encode() not in content


def test_a_folder_without_a_desk_is_copied_without_one(folder, tmp_path):
    (folder / "desk.db").unlink()
    back_up(folder, tmp_path / "copy")
    assert names_in(tmp_path / "copy") == ["log.db"]


def test_a_desk_that_is_elsewhere_is_not_in_the_copy_and_that_is_said(folder, tmp_path):
    settings = tmp_path / "gemist.toml"
    settings.write_text(f'[desk]\ndatabase = "sqlite:///{tmp_path / "other.db"}"\n')
    done = gemist("backup", "--data", folder, "--out", tmp_path / "copy", "--config", settings)
    assert done.returncode == 0
    assert done.stderr == "not in it: cases and messages, which are where desk.database says\n"
    assert names_in(tmp_path / "copy") == ["log.db"]


def test_a_desk_that_cannot_be_copied_leaves_nothing_at_all(folder, tmp_path):
    (folder / "desk.db").write_bytes(b"no database" * 1000)
    with pytest.raises(FolderError, match="cannot be copied"):
        back_up(folder, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_log_that_cannot_be_copied_leaves_no_desk_either(folder, tmp_path, monkeypatch):
    def fail(*_):
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(backup, "_measured", fail)
    with pytest.raises(FolderError, match="disk I/O error"):
        back_up(folder, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
