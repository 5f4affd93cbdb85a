"""Databases for desks: SQLite in a folder, and PostgreSQL where a server is there.

``make postgres`` starts one; CI has to have it.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KINDS = (SQLITE, POSTGRESQL)
IN_CI = os.environ.get("CI") == "true"
_SERVER = Path(__file__).parents[1] / ".postgresql" / "url"


def server_or_skip() -> str:
    """Where PostgreSQL listens."""
    url = os.environ.get("TEST_POSTGRES_URL", "")
    if not url and _SERVER.is_file():
        url = _SERVER.read_text().strip()
    if not url:
        assert not IN_CI, "there is no PostgreSQL"
        pytest.skip("there is no PostgreSQL: make postgres starts one")
    return url


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """An empty database, as a URL: a file in a folder, or one of the server's."""
    name = f"desk_{uuid.uuid4().hex}"
    if kind == SQLITE:
        yield f"sqlite:///{folder / name}.db"
        return
    url = server_or_skip()
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()
