"""One file of a node is older than the other: nothing is passed over, nobody hears twice."""

from pathlib import Path
from shutil import copy

import living
import nodes
import pytest
from states import halves

from alerts.desk.database import open_desk


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A node's folder in the middle of its life, and at the end of it."""
    before, after = halves()
    middle, end = (tmp_path_factory.mktemp(name) for name in ("middle", "end"))
    desk = open_desk(f"sqlite:///{middle / 'desk.db'}")
    living.load_directory(desk, before)
    desk.dispose()
    living.live(middle, before)
    for name in ("log.db", "desk.db"):
        copy(middle / name, end / name)
    living.live(end, after)
    return middle, end


def put_together(log: Path, desk: Path, folder: Path) -> None:
    copy(log / "log.db", folder / "log.db")
    copy(desk / "desk.db", folder / "desk.db")


def told_but_of_the_outbox(folder: Path) -> dict[str, list[living.Row]]:
    found = living.told(folder)
    found["messages"] = [row[:-1] for row in found["messages"]]
    return found


def test_a_log_that_is_older_than_its_desk_is_read_again(
    lives: tuple[Path, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    middle, end = lives
    put_together(middle, end, tmp_path)
    _, after = halves()
    living.live(tmp_path, after)
    assert "the log is older than what the desk has read of it" in caplog.text
    assert nodes.standing_in(tmp_path) == nodes.standing_in(end)
    assert told_but_of_the_outbox(tmp_path) == told_but_of_the_outbox(end)


def test_a_desk_that_is_older_than_its_log_reads_on(
    lives: tuple[Path, Path], tmp_path: Path
) -> None:
    middle, end = lives
    put_together(end, middle, tmp_path)
    _, after = halves()
    now = max(map(living.recorded, after))
    desk = open_desk(f"sqlite:///{tmp_path / 'desk.db'}")
    follow = living.following(tmp_path, desk)
    living.hear(follow, desk, now)
    follow.close()
    desk.dispose()
    cases = living.told(tmp_path)["cases"]
    assert cases == living.told(end)["cases"]
