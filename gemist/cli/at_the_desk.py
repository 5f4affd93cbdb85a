"""Work at the desk, and the one line that ends a command where it cannot be done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gemist.cli.desk import Where, desk_or_exit
from gemist.cli.refusal import refuse

if TYPE_CHECKING:  # it takes a moment to import, and most commands do not need it
    from sqlalchemy import Connection, Engine


@contextmanager
def desk_opened(where: Where) -> "Iterator[Engine]":
    """Open a desk; it is closed at the end."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    engine = desk_or_exit(where)
    try:
        yield engine
    except SQLAlchemyError as error:
        first = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        refuse(f"{where}: {first}" if where.data is None else f"{where}: the desk: {first}")
    finally:
        engine.dispose()


@contextmanager
def at_the_desk(where: Where) -> "Iterator[Connection]":
    """Do something there in one transaction."""
    with desk_opened(where) as engine, engine.begin() as connection:
        yield connection
