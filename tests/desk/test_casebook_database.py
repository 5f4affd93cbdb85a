"""The desk's database is made by its revisions, kept to itself, and refused where it is too new."""

import re
import stat
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text

from alerts.desk.database import DeskError, open_desk, secret
from alerts.desk.tables import METADATA


def test_the_revisions_make_just_the_tables_that_the_code_knows(any_desk: Engine) -> None:
    with any_desk.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_database_is_opened_again_with_what_is_in_it(desk_url: str) -> None:
    first = open_desk(desk_url)
    with first.begin() as connection:
        made = secret(connection, "links")
        assert len(made) == 32
        assert secret(connection, "others") != made
    first.dispose()
    again = open_desk(desk_url)
    with again.begin() as connection:
        assert secret(connection, "links") == made
    again.dispose()


def test_a_database_of_a_newer_gemist_is_refused_in_a_line(desk_url: str) -> None:
    engine = open_desk(desk_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'tomorrow'"))
    engine.dispose()
    with pytest.raises(DeskError, match=r"tomorrow.*newer gemist") as refused:
        open_desk(desk_url)
    assert "\n" not in str(refused.value)
    check = create_engine(desk_url)
    with check.connect() as connection:  # and nothing was changed
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        assert found == "tomorrow"
    check.dispose()


def test_an_address_that_cannot_be_read_is_refused_and_not_repeated() -> None:
    with pytest.raises(DeskError, match=r"^desk.database: is no address") as refused:
        open_desk("postgresql+psycopg://gemist:secret@localhost:port/desk")
    assert "secret" not in str(refused.value)


def test_many_may_open_a_new_database_at_once(desk_url: str) -> None:
    opened: list[object] = []

    def open_it() -> None:
        try:
            opened.append(open_desk(desk_url))
        except DeskError as error:
            opened.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engines = [each for each in opened if isinstance(each, Engine)]
    assert len(engines) == 4, opened
    for engine in engines:
        engine.dispose()


def test_a_file_is_its_owners_alone_and_every_commit_is_on_the_disk(desk: Engine) -> None:
    path = Path(desk.url.database or "")
    with desk.begin() as connection:
        secret(connection, "links")
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
    }
    assert set(modes.values()) == {0o600}
    assert any(name.endswith("-wal") for name in modes)


def test_a_file_that_is_no_database_is_refused_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_bytes(b"Dear mentor,\n" * 1000)
    with pytest.raises(DeskError, match="not a database") as refused:
        open_desk(f"sqlite:///{path}")
    assert "\n" not in str(refused.value)
    assert path.read_bytes() == b"Dear mentor,\n" * 1000


def test_a_folder_that_is_not_there_is_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(DeskError, match="cannot be opened"):
        open_desk(f"sqlite:///{tmp_path / 'none' / 'desk.db'}")


def test_a_server_that_does_not_answer_is_refused_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://gemist:geheim@/desk?host={tmp_path}"
    with pytest.raises(DeskError, match="cannot be opened") as refused:
        open_desk(url)
    assert not re.search("geheim|\n", str(refused.value))
