"""Reading books back, in a process of its own: ``python -m tests.bench.capacity_books FILE``.

FILE has a school in each line, as JSON: its pages, and what comes of it then. Prints the bytes of
the process before the first book, the CPU seconds in which all books are read back, and the bytes
that they take when each school was told something: what was told before is read only then.
"""

import gc
import sys
import time
from pathlib import Path

import msgspec

import streams.worker.app  # noqa: F401 - what a worker has loaded before its first book
from alerts.pages import read_watch
from models.page_format import PageKey
from streams.step import Batch, Engine


class SchoolPages(msgspec.Struct):
    """A school, its pages by their keys, and the lines of its next day."""

    school: str
    pages: dict[str, bytes]
    lines: list[bytes]


def resident_bytes() -> int:
    """What of the process is in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def main() -> None:
    schools = [
        msgspec.json.decode(line, type=SchoolPages)
        for line in Path(sys.argv[1]).read_bytes().splitlines()
    ]
    engine = Engine("nl")
    gc.collect()
    before, begun = resident_bytes(), time.process_time()
    for each in schools:
        pages = {PageKey.read(key): page for key, page in each.pages.items()}
        engine.adopt(read_watch(each.school, pages, "nl"))
    spent = time.process_time() - begun
    for each in schools:
        step = engine.step(Batch(each.lines, range(len(each.lines))))
        if step.rejects or not step.alerts:
            raise SystemExit(f"{each.school} was told nothing")
    gc.collect()
    print(before, spent, resident_bytes() - before)  # noqa: T201


if __name__ == "__main__":
    main()
