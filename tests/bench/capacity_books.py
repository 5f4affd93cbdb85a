"""Reading books back, in a process of its own: ``python -m tests.bench.capacity_books FILE``.

FILE has a school's pages in each line, as JSON. Prints what the process takes before the first
book, and what all books take then: bytes, bytes, CPU seconds.
"""

import gc
import sys
import time
from pathlib import Path

import msgspec

import streams.worker.app  # noqa: F401 - what a worker has loaded before its first book
from alerts.pages import read_watch
from models.page_format import PageKey
from streams.step import Engine


class SchoolPages(msgspec.Struct):
    """A school and its pages, by their keys."""

    school: str
    pages: dict[str, bytes]


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
    gc.collect()
    taken = resident_bytes() - before
    print(before, taken, spent)  # noqa: T201


if __name__ == "__main__":
    main()
