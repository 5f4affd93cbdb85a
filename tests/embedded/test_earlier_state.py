"""What earlier versions left in a folder is read, and gone on with."""

from pathlib import Path

import engines
import nodes
import orjson
import pytest
import zstandard
from earlier import EVENTS, FOLDER, LOG, STANDING

from models.page_format import FORMAT_VERSION
from streams.embedded.store import SCHEMA_VERSION

EVERY_FORMAT = pytest.mark.parametrize(
    "fixture", sorted(FOLDER.iterdir()), ids=lambda each: each.name
)


def read(packed: Path) -> bytes:
    return zstandard.ZstdDecompressor().decompress(packed.read_bytes())


def unpacked(fixture: Path, folder: Path) -> Path:
    (folder / "log.db").write_bytes(read(fixture / LOG))
    return folder


@EVERY_FORMAT
def test_what_stood_still_stands(fixture: Path, tmp_path: Path) -> None:
    with nodes.node(unpacked(fixture, tmp_path)):
        pass
    stood = orjson.loads((fixture / STANDING).read_bytes())
    assert len(stood) > 2
    assert nodes.standing_in(tmp_path) == [tuple(each) for each in stood]


@EVERY_FORMAT
def test_a_node_goes_on_to_what_one_that_never_stopped_says(fixture: Path, tmp_path: Path) -> None:
    said = read(fixture / EVENTS).splitlines()
    last = nodes.closes([("S1", "2026-11-20"), ("S2", "2026-11-20")])
    with nodes.node(unpacked(fixture, tmp_path)) as log:
        for start in range(0, len(said), 25):
            nodes.send(log, *said[start : start + 25])
        nodes.send(log, *last)
    assert nodes.standing_in(tmp_path) == engines.run([said]).standing


def test_there_is_a_fixture_of_this_versions_format() -> None:
    assert (FOLDER / f"{SCHEMA_VERSION}-{FORMAT_VERSION}").is_dir()
