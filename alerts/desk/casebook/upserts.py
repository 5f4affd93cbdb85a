"""Rows that are put in the place of those with the same key, in either database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def is_postgresql(connection: Connection) -> bool:
    """Is it PostgreSQL, rather than SQLite?"""
    return connection.dialect.name == "postgresql"


def insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Begin an ``INSERT`` that may say what to do with rows that are there."""
    return postgresql.insert(table) if is_postgresql(connection) else sqlite.insert(table)


def put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write whole rows, over those that have their primary key."""
    if not rows:
        return
    statement = insert(connection, table)
    key = [column.name for column in table.primary_key]
    others = {name: statement.excluded[name] for name in rows[0] if name not in key}
    if others:
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=others), rows)
    else:
        connection.execute(statement.on_conflict_do_nothing(index_elements=key), rows)
