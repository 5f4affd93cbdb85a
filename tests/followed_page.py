"""A page of docs, followed: its blocks of commands one after the other, in one shell.

````
```sh            runs
```sh download   runs with the machine's own network
```sh unrun      is not run; the page's last section says why
````
"""

import re
import select
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from empty_machine import ROOT, Machine

BLOCK = re.compile(r"(?ms)^```sh( \w+)?\n(.*?)^```$")
PATIENCE_SECONDS = 120
DONE = "a block is done"


@dataclass(frozen=True)
class Block:
    """Commands of a page."""

    section: str
    how: str
    """Empty, `download` or `unrun`."""
    text: str


def sections(page: str) -> dict[str, list[Block]]:
    """List a page's blocks, in order, by the title of their section."""
    found: dict[str, list[Block]] = {}
    for section in re.split(r"(?m)^(?=## )", (ROOT / "docs" / page).read_text(encoding="utf-8")):
        title = section.partition("\n")[0].lstrip("# ")
        blocks = [Block(title, how.strip(), text) for how, text in BLOCK.findall(section)]
        if blocks:
            found[title] = blocks
    return found


class Shell:
    """Root's shell on a machine, as somebody has it open who follows a page."""

    def __init__(self, machine: Machine, log: Path) -> None:
        self._machine = machine
        self._log = log.open("ab")
        self._bash = subprocess.Popen(
            [*machine.everywhere(), "bash", "-e", "-o", "pipefail"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._blocks = 0

    def follow(self, block: Block) -> str:
        """Run a block; what it printed. Fails where a command of it does."""
        if block.how == "download":
            return self._machine.downloading(block.text)
        self._blocks += 1
        path = f"/run/page/{self._blocks}"
        self._machine.put(path, block.text)
        assert self._bash.stdin is not None
        self._bash.stdin.write(f". {path} </dev/null\necho '{DONE}'\n".encode())
        self._bash.stdin.flush()
        printed = self._until_done(block)
        self._log.write(f"$ {block.text}{printed}\n".encode())
        return printed

    def _until_done(self, block: Block) -> str:
        assert self._bash.stdout is not None
        printed = b""
        limit = time.monotonic() + PATIENCE_SECONDS
        while not printed.endswith(f"{DONE}\n".encode()):
            ready, _, _ = select.select([self._bash.stdout], [], [], limit - time.monotonic())
            more = ready and self._bash.stdout.read1(65536)
            assert more, f"{block.section}:\n{block.text}\n{printed.decode()}"
            printed += more
        return printed.decode().removesuffix(f"{DONE}\n")

    def close(self) -> None:
        """Log out."""
        self._bash.kill()
        self._bash.communicate()
        self._log.close()


@contextmanager
def shell(machine: Machine, log: Path) -> Iterator[Shell]:
    """A shell that is closed at the end."""
    opened = Shell(machine, log)
    try:
        yield opened
    finally:
        opened.close()


def follow(opened: Shell, followed: Iterable[Block]) -> str:
    """Run what is to be run of these blocks; what they printed."""
    return "".join(opened.follow(block) for block in followed if block.how != "unrun")
