"""Rows that are put in the place of those with the same key, in either database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write whole rows, over those that have their primary key."""
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    key = [column.name for column in table.primary_key]
    others = {name: statement.excluded[name] for name in rows[0] if name not in key}
    if others:
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=others), rows)
    else:
        connection.execute(statement.on_conflict_do_nothing(index_elements=key), rows)
