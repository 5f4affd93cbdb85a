"""Numbers that the desk keeps of how far it is: in a log, in its days, in its nights."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, bindparam, select

from alerts.desk.casebook.upserts import put
from alerts.desk.tables import PROGRESS

_ASKED: Final = select(PROGRESS.c.value).where(PROGRESS.c.name == bindparam("of_name"))
"""Made once: it is asked of every school, again and again."""


def progress(connection: Connection, name: str) -> int:
    """Give a number that is kept; 0 where it was never set."""
    found = connection.execute(_ASKED, {"of_name": name}).scalar()
    return 0 if found is None else int(found)


def set_progress(connection: Connection, numbers: Mapping[str, int]) -> None:
    """Keep numbers, by name."""
    put(connection, PROGRESS, [{"name": name, "value": value} for name, value in numbers.items()])
