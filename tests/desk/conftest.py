"""Desks to test with, on each database that a desk can have."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import KINDS, SQLITE, database
from sqlalchemy import Engine, event

from alerts.desk.database import open_desk


@pytest.fixture(params=KINDS)
def desk_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    with database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def any_desk(desk_url: str) -> Iterator[Engine]:
    """An open desk on each kind of database."""
    engine = open_desk(desk_url)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Engine]:
    """An open desk as a node has it, in a file."""
    with database(SQLITE, tmp_path) as url:
        engine = open_desk(url)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module", params=KINDS)
def same_desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """One open desk for all examples of a property; `casebooks.empty` empties it."""
    with database(request.param, tmp_path_factory.mktemp("desk")) as url:
        engine = open_desk(url)
        if request.param == SQLITE:  # so many transactions need not outlive the machine

            @event.listens_for(engine, "connect")
            def hurry(connection: Any, _record: Any) -> None:
                connection.execute("PRAGMA synchronous=OFF")

            engine.dispose()
        yield engine
        engine.dispose()
