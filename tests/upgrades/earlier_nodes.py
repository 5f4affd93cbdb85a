"""States that earlier versions left, to be unpacked where a test wants them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic.command import upgrade
from alembic.config import Config
from sqlalchemy import MetaData, create_engine, insert, select
from states import DESK, FOLDER, LOG, STOOD, unpacked

from alerts.desk.database import MIGRATIONS

NODES = sorted(each.name for each in FOLDER.glob("log*"))
"""Folders with a log and a desk."""
PAGES = [*NODES, "pages1"]
"""Folders whose log has pages and alerts."""


def stood(name: str) -> dict[str, list[tuple[Any, ...]]]:
    """What stood and was told when a state was kept."""
    found = json.loads((FOLDER / name / STOOD).read_text(encoding="utf-8"))
    return {what: [tuple(row) for row in rows] for what, rows in found.items()}


def unpack(name: str, folder: Path) -> Path:
    """Put a state's files into a folder, as a node has them."""
    folder.mkdir(exist_ok=True)
    for packed, file in ((LOG, "log.db"), (DESK, "desk.db")):
        if (FOLDER / name / packed).exists():
            (folder / file).write_bytes(unpacked(FOLDER / name / packed))
    return folder


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """Ask a state's log."""
    with closing(sqlite3.connect(folder / "log.db")) as log:
        return log.execute(sql).fetchall()


def revision_of(desk: Path) -> str:
    with closing(sqlite3.connect(desk)) as database:
        return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def move_desk(desk: Path, url: str) -> None:
    """Make a database of the revision that a desk's file has, with the same rows."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    source, target = create_engine(f"sqlite:///{desk}"), create_engine(url)
    tables = MetaData()
    with target.begin() as connection, source.connect() as old:
        config.attributes["connection"] = connection
        upgrade(config, revision_of(desk))
        tables.reflect(connection)
        for table in tables.sorted_tables:
            found = [dict(row._mapping) for row in old.execute(select(table))]
            if found and table.name != "alembic_version":
                connection.execute(insert(table), found)
    source.dispose()
    target.dispose()
