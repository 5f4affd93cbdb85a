"""Pages of deploy/runbook as a reader takes them: their parts, and the commands in each."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "deploy" / "runbook"
MEANS, SEE, DO, CALL, OVER = PARTS = (
    "What it means to pupils",
    "How to see it",
    "What to do",
    "When to call whom",
    "How to know that it is over",
)
WELL = "When all is well"
"""Begins the line after which commands stand with what they print when there is no trouble."""
_BLOCK = re.compile(r"^( *)```console\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    """A command as it stands on a page, and what it prints there."""

    line: str
    printed: tuple[str, ...]


class Page:
    """The page of an alarm."""

    def __init__(self, alarm: str) -> None:
        self.alarm = alarm
        self.text = (FOLDER / f"{alarm}.md").read_text()
        self.head, *parts = re.split(r"^## (.*)\n", self.text, flags=re.MULTILINE)
        self.parts = dict(zip(parts[::2], parts[1::2], strict=True))

    @property
    def severity(self) -> str:
        """As the first sentence says it."""
        return self.head.strip().splitlines()[-1].partition(".")[0]

    def trouble(self) -> list[Command]:
        """What shows the cause."""
        return commands(self.parts[SEE].partition(WELL)[0])

    def well(self) -> list[Command]:
        """What shows that there is none."""
        return commands(self.parts[SEE].partition(WELL)[2])

    def steps(self) -> list[Command]:
        """What mends it, in order."""
        return commands(self.parts[DO])


def pages() -> list[str]:
    """Names of all alarms that have a page."""
    return sorted(path.stem for path in FOLDER.glob("Gemist*.md"))


def commands(text: str) -> list[Command]:
    """Commands of the blocks in a text, each with the lines below it."""
    found: list[list[str]] = []
    for indent, block in _BLOCK.findall(text):
        for line in block.splitlines():
            bare = line.removeprefix(indent)
            if bare.startswith("$ "):
                found.append([bare.removeprefix("$ ")])
            else:
                found[-1].append(bare)
    return [Command(line, tuple(printed)) for line, *printed in found]


def form(line: str) -> str:
    """A line without its numbers and its spaces: what stays the same from night to night."""
    return re.sub(r"\s+", " ", re.sub(r"\d+", "0", line)).strip()
