"""The desk's database: opened, and brought to today's form.

SQLite as a node has it (a file beside the log), or PostgreSQL for many. In SQLite every commit is
on the disk before it counts, what is deleted is overwritten, and a transaction takes the file's
one pen at its beginning, so that none fails half-way because another writes.
"""

import logging
import os
import secrets
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from alembic.command import upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, insert, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from alerts.desk.tables import SECRET

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_BUSY_SECONDS: Final = 30.0
_SECRET_BYTES: Final = 32
_MIGRATION_LOCK: Final = 0x67656D697374
"""``gemist``, as a number for PostgreSQL's advisory locks."""

log = logging.getLogger(__name__)


class DeskError(Exception):
    """A database that cannot be used as it has to be; says why, in a line."""


def open_desk(url: str) -> Engine:
    """Open a desk's database, made or migrated where need be; raises `DeskError`.

    ``url`` is SQLAlchemy's: ``sqlite:////var/lib/gemist/desk.db``, ``postgresql+psycopg://…``.
    """
    parsed, shown = _address(url)
    engine = _engine(parsed)
    try:
        _migrate(engine, shown)
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        raise _not_opened(shown, error) from error
    except DeskError:
        engine.dispose()
        raise
    return engine


def check_desk(url: str) -> None:
    """See that a desk's database, where there is one, is not a newer gemist's; changes nothing.

    For whoever is about to change something else, and then to open it. Raises `DeskError`.
    """
    parsed, shown = _address(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database or "").absolute()
        if not path.is_file():
            return
        parsed = make_url(f"sqlite:///file:{quote(str(path))}?mode=ro&uri=true")
    engine = create_engine(parsed)
    try:
        with looking(engine) as connection:
            _known_revision(connection, ScriptDirectory.from_config(_config()), shown)
    except (SQLAlchemyError, OSError) as error:
        raise _not_opened(shown, error) from error
    finally:
        engine.dispose()


def secret(connection: Connection, name: str) -> bytes:
    """Give a key of 32 random bytes, made at the first time."""
    asked = select(SECRET.c.value).where(SECRET.c.name == name)
    found = connection.execute(asked).scalar()
    if found is None:
        connection.execute(
            insert(SECRET).values(name=name, value=secrets.token_bytes(_SECRET_BYTES))
        )
        found = connection.execute(asked).scalar_one()
    return bytes(found)


def looking(engine: Engine) -> Connection:
    """Connect to look, without a transaction: in SQLite one would keep others from writing."""
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def leave_no_bytes(engine: Engine) -> bool:
    """See to it that nothing of what was deleted is in the database's files; says if that holds.

    SQLite overwrites what it deletes, but not the copies that it leaves where it moved rows, nor
    those in the write-ahead log, which it keeps while somebody reads an older state. PostgreSQL
    then uses the room anew.
    """
    if engine.dialect.name != "sqlite":
        with looking(engine) as vacuuming:
            vacuuming.exec_driver_sql("VACUUM")
        return True
    with closing(engine.raw_connection()) as connection:  # neither can be done in a transaction
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        is_busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy


def _address(url: str) -> tuple[URL, str]:
    """Read an address, and write it without its password."""
    try:
        parsed = make_url(url)
        return parsed, parsed.render_as_string(hide_password=True)
    except (ValueError, SQLAlchemyError):  # what they say repeats parts of it, even of a password
        raise DeskError(
            "desk.database: is no address of a database, such as"
            " postgresql+psycopg://user:password@host:5432/name"
        ) from None


def _not_opened(shown: str, error: Exception) -> DeskError:
    first = str(getattr(error, "orig", error)).strip().partition("\n")[0]
    return DeskError(f"{shown}: cannot be opened: {first}")


def _engine(parsed: URL) -> Engine:
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        path = Path(parsed.database)
        if not path.exists() and path.parent.is_dir():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(parsed, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # whoever begins says so
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _known_revision(connection: Connection, scripts: ScriptDirectory, shown: str) -> str | None:
    """Give the revision that a database has, None where it is new; raises `DeskError`."""
    was = MigrationContext.configure(connection).get_current_revision()
    if was is not None and was not in {each.revision for each in scripts.walk_revisions()}:
        raise DeskError(f"{shown}: format {was}, made by a newer gemist than this one")
    return was


def _migrate(engine: Engine, shown: str) -> None:
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # one at a time, as SQLite's pen sees to
            connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        was = _known_revision(connection, scripts, shown)
        if was == head:
            return
        config.attributes["connection"] = connection
        upgrade(config, "head")
    if was is not None:
        log.warning(
            "%s: format %s became %s, which an older gemist does not open", shown, was, head
        )
