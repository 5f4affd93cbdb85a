"""A node's state as this version leaves it, for later ones: ``python -m tests.embedded.earlier``.

Writes ``tests/data/nodes/<format of the file>-<format of pages>/``: the log in the middle of its
life, what stood then, and all events of that life. Run it once with each new format; what is
there is never written anew.
"""

import random
import sys
import tempfile
from pathlib import Path

import zstandard

sys.path.insert(0, str(Path(__file__).parents[1]))

import builders
import nodes
import orjson

from models.page_format import FORMAT_VERSION
from streams.embedded.store import SCHEMA_VERSION

FOLDER = Path(__file__).parents[1] / "data" / "nodes"
LOG, STANDING, EVENTS = "log.db.zst", "standing.json", "events.ndjson.zst"
SCHOOLS = 2


def main() -> None:
    folder = FOLDER / f"{SCHEMA_VERSION}-{FORMAT_VERSION}"
    folder.mkdir(parents=True)
    said = builders.random_log(random.Random(7), schools=SCHOOLS, shape=builders.TROUBLED)
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        with nodes.node(data) as log:
            nodes.send_all(
                log, [said[start : start + 20] for start in range(0, len(said) // 2, 20)]
            )
        compress = zstandard.ZstdCompressor(19).compress
        (folder / LOG).write_bytes(compress((data / "log.db").read_bytes()))
        (folder / EVENTS).write_bytes(compress(b"\n".join(said)))
        standing = orjson.dumps(nodes.standing_in(data), option=orjson.OPT_INDENT_2)
        (folder / STANDING).write_bytes(standing + b"\n")


if __name__ == "__main__":
    main()
