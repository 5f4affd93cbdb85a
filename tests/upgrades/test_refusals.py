"""An older program that meets newer state says so in one line, and changes no byte of it."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from casebooks import rows_of
from databases import POSTGRESQL, database
from earlier_nodes import NODES, move_desk, unpack
from served import gemist
from sqlalchemy import MetaData, create_engine, text
from states import DESK_REVISION
from typer.models import CommandInfo
from typer.testing import CliRunner, Result

from alerts.desk.database import open_desk
from gemist.cli import app
from models.page_format import FORMAT_VERSION
from streams.embedded.store import SCHEMA_VERSION

TODAY = f"log{SCHEMA_VERSION}-pages{FORMAT_VERSION}-desk{DESK_REVISION}"
WRONG_USAGE = 2
SCHOOL = ("--school", "s001")


def change(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as opened:
        for each in statements:
            opened.execute(each)
        opened.commit()


def newer_log(folder: Path) -> None:
    change(folder / "log.db", f"PRAGMA user_version={SCHEMA_VERSION + 1}")


def newer_desk(folder: Path) -> None:
    change(folder / "desk.db", "UPDATE alembic_version SET version_num = 'later'")


def newer_page(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "log.db")) as log:
        key, page = log.execute("SELECT key, content FROM page ORDER BY key DESC").fetchone()
        raised = page[:4] + (FORMAT_VERSION + 1).to_bytes(2, "little") + page[6:]
        log.execute("UPDATE page SET content = ? WHERE key = ?", (raised, key))
        log.commit()


NEWER = {"log": newer_log, "desk": newer_desk, "page": newer_page}

SERVE = ("serve", "--data", "DIR", "--listen", "127.0.0.1:0")
OPENS = {
    SERVE: "log desk page",
    ("casebook", "rebuild", "--data", "DIR"): "log desk",
    ("casebook", "opened", "--data", "DIR"): "desk",
    ("silent", "--data", "DIR"): "log",  # it names pages that it cannot read, and goes on
    ("rejects", "--data", "DIR"): "log",
    ("directory", "list", *SCHOOL, "--data", "DIR"): "desk",
    ("directory", "unassigned", *SCHOOL, "none", "--data", "DIR"): "desk",
    ("directory", "shadow", *SCHOOL, "on", "--data", "DIR"): "desk",
    ("directory", "load", *SCHOOL, "LISTS/pupils.csv", "LISTS/people.csv", "--data", "DIR"): "desk",
    ("outbox", "list", "--data", "DIR"): "desk",
    ("outbox", "retry", "--all", "--data", "DIR"): "desk",
    ("token", "create", *SCHOOL, "--data", "DIR"): "log",
    ("token", "list", "--data", "DIR"): "log",
    ("token", "revoke", "k3x", "--data", "DIR"): "log",
    ("purge", "--data", "DIR"): "log desk",
    ("backup", "--data", "DIR", "--out", "OUT"): "log desk",
    ("export", "events", "--data", "DIR", "--out", "OUT"): "log",
    ("export", "alerts", "--data", "DIR", "--out", "OUT"): "log",
    ("export", "pupil", *SCHOOL, "--pupil", "p000001", "--data", "DIR", "--out", "OUT"): (
        "log desk page"
    ),
}
CASES = [
    pytest.param(command, newer, id=f"{'-'.join(command[:2])}-{newer}")
    for command, stores in OPENS.items()
    for newer in stores.split()
]


def content(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """Run a command in this process; where it would serve, in one of its own."""
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "pupils.csv").write_text("pupil,name,group\np1,One,1\n")
    (lists / "people.csv").write_text("person,role,name,address,language\n")
    places = {"DIR": tmp_path / "node", "OUT": tmp_path / "out", "LISTS": lists}

    def run_it(*words: str) -> Result:
        for name, place in places.items():
            words = tuple(word.replace(name, str(place)) for word in words)
        return CliRunner().invoke(app, list(words))

    return run_it


@pytest.mark.parametrize(("command", "newer"), CASES)
def test_a_newer_store_is_refused_before_a_byte_is_changed(
    command: tuple[str, ...], newer: str, tmp_path: Path, run: Callable[..., Result]
) -> None:
    folder = unpack(TODAY, tmp_path / "node")
    NEWER[newer](folder)
    before = content(folder)
    told = run(*command)
    assert told.exit_code == WRONG_USAGE, told.output
    assert told.stderr.startswith("gemist: ")
    assert told.stderr.count("\n") == 1
    assert "newer gemist" in told.stderr
    after = content(folder)
    assert {name: after[name] for name in before} == before
    # What reading alone leaves beside a file: locks, and a write-ahead log with nothing in it.
    added = {name for name in set(after) - set(before) if not name.endswith("-shm")}
    assert not any(after[name] for name in added), added
    assert not (tmp_path / "out").exists()


def test_every_command_that_opens_a_data_folder_is_among_them() -> None:
    found = _with_data(app.registered_commands)
    for group in app.registered_groups:
        commands = group.typer_instance
        assert commands is not None
        parent = group.name or str(commands.info.name)
        found |= {(parent, *name) for name in _with_data(commands.registered_commands)}
    assert found == {command[: 1 if command[1].startswith("-") else 2] for command in OPENS}


def _with_data(commands: Iterable[CommandInfo]) -> set[tuple[str, ...]]:
    return {
        (each.name or each.callback.__name__,)
        for each in commands
        if each.callback is not None and "data" in each.callback.__annotations__
    }


@pytest.mark.parametrize("newer", ["log", "desk"])
def test_a_backup_of_a_newer_gemist_is_refused_as_a_folder_is(
    newer: str, tmp_path: Path, run: Callable[..., Result]
) -> None:
    unpack(TODAY, tmp_path / "node")
    made = run("backup", "--data", "DIR", "--out", "OUT")
    assert made.exit_code == 0, made.output
    NEWER[newer](tmp_path / "out")
    before = content(tmp_path / "out")
    told = run("serve", "--data", "OUT", "--listen", "127.0.0.1:0")
    assert told.exit_code == WRONG_USAGE
    assert "newer gemist" in told.stderr
    assert {name: content(tmp_path / "out")[name] for name in before} == before


def test_a_desk_of_an_earlier_version_stays_as_it_is_where_the_log_is_refused(
    tmp_path: Path, run: Callable[..., Result]
) -> None:
    for command in (SERVE, ("casebook", "rebuild", "--data", "DIR"), ("purge", "--data", "DIR")):
        folder = unpack(NODES[0], tmp_path / "node")
        newer_log(folder)
        before = content(folder)
        assert run(*command).exit_code == WRONG_USAGE
        assert {name: content(folder)[name] for name in before} == before


def test_a_newer_scorecard_is_refused_before_a_byte_is_changed(
    tmp_path: Path, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = unpack(TODAY, tmp_path / "node")
    before = content(folder)
    card = tmp_path / "card.json"
    card.write_text('{"format": 2}')
    monkeypatch.setenv("GEMIST_SCORECARD", str(card))
    for command in (SERVE, ("export", "pupil", *SCHOOL, "--pupil", "p000001", "--data", "DIR")):
        told = run(*command)
        assert told.exit_code == WRONG_USAGE
        assert told.stderr.count("\n") == 1
        assert "newer format" in told.stderr
        assert content(folder) == before


def test_a_setting_of_a_newer_version_is_refused_in_a_line(
    tmp_path: Path, run: Callable[..., Result]
) -> None:
    folder = unpack(TODAY, tmp_path / "node")
    before = content(folder)
    file = tmp_path / "gemist.toml"
    file.write_text("[later]\nsetting = 1\n")
    told = run(*SERVE, "--config", str(file))
    assert told.exit_code == WRONG_USAGE
    assert told.stderr.count("\n") == 1
    assert "later" in told.stderr
    assert content(folder) == before


ON_A_DATABASE = (
    ("casebook", "rebuild"),
    ("directory", "list", *SCHOOL),
    ("directory", "shadow", *SCHOOL, "on"),
    ("outbox", "list"),
    ("outbox", "retry", "--all"),
    ("token", "create", *SCHOOL),
    ("token", "list"),
)


@pytest.fixture
def newer_database(tmp_path: Path) -> Iterator[str]:
    """A desk in PostgreSQL, of a revision that nobody here knows."""
    file = unpack(TODAY, tmp_path / "node") / "desk.db"
    with database(POSTGRESQL, tmp_path) as url:
        move_desk(file, url)
        desk = create_engine(url)
        with desk.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
        desk.dispose()
        yield url


def test_a_newer_database_is_refused_before_a_row_is_changed(
    newer_database: str, run: Callable[..., Result]
) -> None:
    desk = create_engine(newer_database)
    tables = MetaData()
    tables.reflect(desk)
    keyed = [table for table in tables.sorted_tables if table.primary_key.columns]
    before = rows_of(desk, keyed)
    for command in ON_A_DATABASE:
        told = run(*command, "--database", newer_database)
        assert told.exit_code == WRONG_USAGE, command
        assert told.stderr.count("\n") == 1
        assert "format later, made by a newer gemist" in told.stderr
    assert rows_of(desk, keyed) == before
    desk.dispose()


def test_a_desk_that_is_brought_to_todays_form_says_that_there_is_no_way_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{unpack(NODES[0], tmp_path / 'node') / 'desk.db'}"
    open_desk(url).dispose()
    said = f"{url}: format 1 became {DESK_REVISION}, which an older gemist does not open"
    assert caplog.messages == [said]
    open_desk(url).dispose()
    assert len(caplog.messages) == 1


def test_the_command_of_its_own_says_it_as_well(tmp_path: Path) -> None:
    folder = unpack(TODAY, tmp_path / "node")
    newer_desk(folder)
    told = gemist("serve", "--data", folder, "--listen", "127.0.0.1:0")
    assert told.returncode == WRONG_USAGE
    assert told.stderr.count("\n") == 1
